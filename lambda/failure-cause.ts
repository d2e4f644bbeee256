import * as v from 'valibot';
import type { signedCalls } from './signed-calls';

/*
 * Why a clone failed, from where people are sent to look: the events of its CloudFormation stack. The service often says
 * nothing (amplify-hosting 1836, 2016, 3022). The cause is nice to have: where it cannot be read, the failure goes without.
 */

export interface FailureCause {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly reason: string;
}

/** The two calls that it takes. Each rejects where it brings no answer. */
export interface StackReader {
  /** `stackName` of GetBackendEnvironment of AWS Amplify. */
  stackName(appId: string, environmentName: string): Promise<string>;
  /** Newest first, as DescribeStackEvents has them; the first page is enough for a stack that was just made. */
  events(stack: string): Promise<readonly StackEvent[]>;
}

export interface StackEvent {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

/** Amplify's root stack has stacks per category, and an API has stacks of its own. */
const DEEPEST = 3;

export async function failureCause(
  { appId, environmentName }: { readonly appId: string; readonly environmentName: string },
  reader: StackReader,
): Promise<FailureCause | undefined> {
  const stackName = await reader.stackName(appId, environmentName);
  const event = await firstFailure(stackName, reader, DEEPEST);
  return event && { stackName, logicalId: event.logicalId, type: event.type, reason: event.reason };
}

/** What failed first is the cause; what came later was cancelled for it, or rolled back. */
async function firstFailure(stack: string, reader: StackReader, depth: number): Promise<StackEvent | undefined> {
  const events = await reader.events(stack);
  const first = [...events]
    .reverse()
    .find(({ status, reason }) => status.endsWith('_FAILED') && reason !== '' && !/cancelled/i.test(reason));
  const isNested =
    first?.type === 'AWS::CloudFormation::Stack' && first.physicalId !== '' && first.physicalId !== stack;
  if (!isNested || depth === 0) return first;
  return (await firstFailure(first.physicalId, reader, depth - 1)) ?? first;
}

type Call = ReturnType<typeof signedCalls>;

const environmentAnswer = v.object({ backendEnvironment: v.object({ stackName: v.pipe(v.string(), v.nonEmpty()) }) });

export function stackReader(amplify: Call, cloudFormation: Call): StackReader {
  return {
    async stackName(appId, environmentName): Promise<string> {
      const path = `/apps/${appId}/backendenvironments/${encodeURIComponent(environmentName)}`;
      const { status, body } = await amplify({ method: 'GET', path });
      if (status !== 200) throw new Error(`GetBackendEnvironment: HTTP ${status}`);
      return v.parse(environmentAnswer, JSON.parse(body)).backendEnvironment.stackName;
    },

    async events(stack): Promise<readonly StackEvent[]> {
      const { status, body } = await cloudFormation({
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `Action=DescribeStackEvents&Version=2010-05-15&StackName=${encodeURIComponent(stack)}`,
      });
      if (status !== 200) throw new Error(`DescribeStackEvents: HTTP ${status}`);
      return [...body.matchAll(/<member>([\s\S]*?)<\/member>/g)].map(([, member = '']) => ({
        logicalId: textOf(member, 'LogicalResourceId'),
        physicalId: textOf(member, 'PhysicalResourceId'),
        type: textOf(member, 'ResourceType'),
        status: textOf(member, 'ResourceStatus'),
        reason: textOf(member, 'ResourceStatusReason'),
      }));
    },
  };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Of an element that holds nothing but text. */
function textOf(xml: string, element: string): string {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? '';
  return text.replace(/&(#\d+|#x[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
    return name.startsWith('#') && code <= 0x10ffff ? String.fromCodePoint(code) : (ENTITIES[name] ?? whole);
  });
}
