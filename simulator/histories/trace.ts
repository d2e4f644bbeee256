import type { JournalEvent } from '../amplify-backend/journal';
import type { WireRequest } from '../amplify-backend/wire';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { StackEvent } from '../cloudformation/stack-event';
import { operationOf } from '../dynamodb/wire';
import type { NetworkReply } from '../lambda/lambda-function';
import { GUARANTEES } from './checker/guarantees';
import {
  describeAnswer,
  describeBehavior,
  describeCall,
  describeOtherAction,
  describeReply,
  describeRequest,
  describeServiceEvent,
  describeStackEvent,
} from './descriptions';
import type { History } from './history';
import { withoutRepetitions } from './repetitions';
import { type HistoryRun, runHistory } from './run-history';

/** What a line is about. A trace that has to be short leaves the last kinds out first. */
const KINDS = [
  'behavior',
  'broken guarantee',
  'what others do',
  'what the service does',
  'request',
  'what a job creates or deletes',
  'disturbance',
  'stack event',
  'ledger',
  'call',
  'log',
] as const;
type Kind = (typeof KINDS)[number];

export interface Line {
  readonly kind: Kind;
  readonly text: string;
}

export interface Trace {
  readonly lines: readonly Line[];
  readonly historyRun: HistoryRun;
}

/** What happened in a history, line by line, with the time since its beginning. */
export async function traceOf(history: History, assembly: CloudAssembly): Promise<Trace> {
  const lines: Line[] = describeBehavior(history).map((text) => ({ kind: 'behavior', text }));
  let begun: number | undefined;
  const say = (kind: Kind, at: number, text: string): void => {
    begun ??= at;
    lines.push({ kind, text: `${elapsed(at - begun)}  ${text.trimEnd().replace(/\s*\n\s*/g, ' ')}` });
  };
  const historyRun = await runHistory(history, assembly, {
    stackEvent: (event) => {
      if (isWorthTelling(event)) say('stack event', event.at, describeStackEvent(event));
    },
    serviceEvent: (event) => say(kindOfEvent(event), event.at, `  ${describeServiceEvent(event)}`),
    request: (at, request) => say('request', at, `  ${describeRequest(request)}`),
    answer: (at, ...told) => say('request', at, `  ${describeAnswer(...told)}`),
    otherAction: (at, action, subject) => say('what others do', at, `  ${describeOtherAction(action, subject)}`),
    call: (at, request, { handler }, reply) => {
      const kind = kindOfCall(request, reply);
      if (kind !== undefined) say(kind, at, `    ${handler} ${describeCall(request)}: ${describeReply(reply)}`);
    },
    log: (at, message) => say('log', at, `    log: ${message.slice(0, 250)}`),
  });
  for (const { guarantee, at, what } of historyRun.violations) {
    say('broken guarantee', at, `GUARANTEE ${guarantee} IS BROKEN (${GUARANTEES[guarantee]}): ${what}`);
  }
  return { lines, historyRun };
}

/** @returns hours, minutes and seconds */
function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60];
  return parts.map((part) => `${Math.floor(part)}`.padStart(2, '0')).join(':');
}

/** The resources of the provider itself matter only if they fail. */
function isWorthTelling({ type, status }: StackEvent): boolean {
  return !type.startsWith('AWS::') || type === 'AWS::CloudFormation::Stack' || status.endsWith('FAILED');
}

/** What a job has created or deleted follows from how it ended. */
function kindOfEvent(event: JournalEvent): Kind {
  switch (event.kind) {
    case 'environment-created':
      return event.origin.kind === 'other' ? 'what others do' : 'what a job creates or deletes';
    case 'environment-deleted':
      return event.by.kind === 'other' ? 'what others do' : 'what a job creates or deletes';
    default:
      return 'what the service does';
  }
}

/** Undefined for a read that succeeds. */
function kindOfCall(request: WireRequest, reply: NetworkReply): Kind | undefined {
  const ledgerOperation = operationOf(request);
  const changes = ledgerOperation === 'PutItem' || /clone$|remove$/.test(request.path);
  const isDisturbed = reply.kind !== 'response' || reply.statusCode >= 500 || reply.body.startsWith('<');
  if (isDisturbed && changes) return 'disturbance';
  const succeeds = reply.kind === 'response' && reply.statusCode === 200 && !isDisturbed;
  if (succeeds && !changes) return undefined;
  return ledgerOperation === undefined ? 'call' : 'ledger';
}

/** @param most lines: what says least is left out, and repeated passages are shortened. @default - all */
export function textOf({ lines }: Pick<Trace, 'lines'>, most = Number.POSITIVE_INFINITY): string {
  let texts: readonly string[] = lines.map(({ text }) => text);
  for (let kinds = KINDS.length; kinds > 0 && texts.length > most; kinds -= 1) texts = shortened(lines, kinds);
  const shown = texts.length <= most ? texts : [...texts.slice(0, most - 12), ...texts.slice(-12)];
  return shown.join('\n');
}

/** The lines that say what happened, without those that say how the handler did it. */
export function storyOf({ lines }: Pick<Trace, 'lines'>): readonly string[] {
  return shortened(lines, KINDS.indexOf('request') + 1);
}

/** The lines of the first so many kinds. */
function shortened(lines: readonly Line[], kinds: number): readonly string[] {
  const kept = lines.filter(({ kind }) => KINDS.indexOf(kind) < kinds);
  return withoutRepetitions(kept.map(({ text }) => text));
}
