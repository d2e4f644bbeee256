import * as fc from 'fast-check';
import type { WireRequest } from '../../simulator/amplify-backend/wire';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { isJsonObject, type Json, type JsonObject, parseJsonObject } from '../../simulator/cloudformation/json';
import { operationOf } from '../../simulator/dynamodb/wire';
import { history } from '../../simulator/histories/drawn-history';
import type { History } from '../../simulator/histories/history';
import { type Observer, runHistory } from '../../simulator/histories/run-history';

/*
 * The diagram of stages in docs/architecture.md. It is drawn from the handler's writes to the ledger in random histories, so it
 * shows what the code does.
 */

/** The same in each run. */
export const DRAWN_HISTORIES: readonly History[] = fc.sample(history, { numRuns: 150, seed: 14 });

/** The diagram's start, which is not a stage. */
const START = '[*]';

export class StageObserver {
  private readonly items = new Map<string, JsonObject>();
  private readonly transitions = new Set<string>();

  /** The items of one history. The next one uses the same keys again. */
  observer(): Observer {
    this.items.clear();
    return {
      call: (_, request, __, reply) => {
        if (reply.kind !== 'response' || reply.statusCode !== 200) return;
        const operation = operationOf(request);
        if (operation === 'GetItem') this.remember(parseJsonObject(reply.body, 'an answer of the ledger')['Item']);
        if (operation === 'PutItem') this.follow(request);
      },
    };
  }

  /** The diagram in Mermaid's language. */
  diagram(): string {
    return ['stateDiagram-v2', ...[...this.transitions].sort().map((transition) => `  ${transition}`), ''].join('\n');
  }

  private follow(request: WireRequest): void {
    const item = this.remember(parseJsonObject(request.body, 'a call of the ledger')['Item']);
    if (item === undefined) return;
    const before = this.items.get(keyOf(item.resource, item.version - 1)) ?? {};
    for (const [requestId, entry] of Object.entries(item.entries)) {
      const stage = stageOf(entry);
      const former = stageOf(before[requestId]) ?? START;
      if (stage !== undefined && stage !== former) this.transitions.add(`${former} --> ${stage}`);
    }
  }

  private remember(value: Json | undefined) {
    if (!isJsonObject(value)) return undefined;
    const [resource, version, text] = ['resource', 'version', 'text'].map((name) => scalar(value[name]));
    if (resource === undefined || version === undefined || text === undefined) return undefined;
    const item = { resource, version: Number(version), entries: parseJsonObject(text, 'an item of the ledger') };
    this.items.set(keyOf(resource, item.version), item.entries);
    return item;
  }
}

/** @param assembly the cloud assembly that the histories deploy */
export async function stageDiagram(assembly: CloudAssembly): Promise<string> {
  const stages = new StageObserver();
  for (const each of DRAWN_HISTORIES) await runHistory(each, assembly, stages.observer());
  return stages.diagram();
}

const BLOCK = /(<!-- stages -->\n```mermaid\n)([^`]*)(```)/;

export function diagramIn(page: string): string | undefined {
  return BLOCK.exec(page)?.[2];
}

/** The page with the new diagram. */
export function withDiagram(page: string, diagram: string): string {
  return page.replace(BLOCK, (_, before: string, __, after: string) => `${before}${diagram}${after}`);
}

function keyOf(resource: string, version: number): string {
  return `${resource} ${version}`;
}

function stageOf(entry: Json | undefined): string | undefined {
  const stage = isJsonObject(entry) ? entry['stage'] : undefined;
  const at = isJsonObject(stage) ? stage['at'] : undefined;
  return typeof at === 'string' ? at : undefined;
}

/** `{S: text}` or `{N: text}`. */
function scalar(value: Json | undefined): string | undefined {
  const [found] = isJsonObject(value) ? Object.values(value) : [];
  return typeof found === 'string' ? found : undefined;
}
