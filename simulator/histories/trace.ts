import type { JournalEvent } from '../amplify-backend/journal';
import { DEFAULT_VARIANTS } from '../amplify-backend/variants';
import type { WireRequest } from '../amplify-backend/wire';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { CustomResourceAnswer, CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import { isJsonObject, isSameJson, parseJsonObject } from '../cloudformation/json';
import { operationOf } from '../dynamodb/wire';
import type { NetworkReply } from '../lambda/lambda-function';
import { CALM } from './calm';
import { GUARANTEES } from './checker/guarantees';
import type { History } from './history';
import { withoutRepetitions } from './repetitions';
import { type HistoryRun, runHistory } from './run-history';
import { senderOf } from './sender';

/** What to leave out first, where a trace is to be short: the last. */
const KINDS = [
  'conduct',
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
  const lines: Line[] = conductOf(history).map((text) => ({ kind: 'conduct', text }));
  let begun: number | undefined;
  const say = (kind: Kind, at: number, text: string): void => {
    begun ??= at;
    const seconds = Math.floor((at - begun) / 1000);
    const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
      `${Math.floor(part)}`.padStart(2, '0'),
    );
    lines.push({ kind, text: `${clock.join(':')}  ${text.trimEnd().replace(/\s*\n\s*/g, ' ')}` });
  };
  const historyRun = await runHistory(history, assembly, {
    stackEvent: ({ at, stackName, logicalId, status, physicalId, reason = '', type }) => {
      if (type.startsWith('AWS::') && type !== 'AWS::CloudFormation::Stack' && !status.endsWith('FAILED')) return;
      say('stack event', at, `${stackName}/${logicalId} ${status} ${physicalId} ${reason}`);
    },
    serviceEvent: (event) => {
      say(kindOf(event), event.at, `  ${describeEvent(event)}`);
    },
    request: (at, request) => say('request', at, `  ${describeRequest(request)}`),
    answer: (at, request, answer) => say('request', at, `  ${describeAnswer(request, answer)}`),
    otherAction: (at, { kind }, { environment }) => say('what others do', at, `  other people: ${kind} ${environment}`),
    call: (at, request, { handler }, reply) => {
      const isRight = reply.kind === 'response' && reply.statusCode === 200;
      const isWrong = reply.kind !== 'response' || reply.statusCode >= 500 || reply.body.startsWith('<');
      const ledgerOperation = operationOf(request);
      const changes = ledgerOperation === 'PutItem' || /clone$|remove$/.test(request.path);
      if (isRight && !isWrong && !changes) return;
      const kind = isWrong && changes ? 'disturbance' : ledgerOperation === undefined ? 'call' : 'ledger';
      say(kind, at, `    ${handler} ${describeCall(request)}: ${describeReply(reply)}`);
    },
    log: (at, message) => say('log', at, `    log: ${message.slice(0, 250)}`),
  });
  for (const { guarantee, at, what } of historyRun.violations) {
    say('broken guarantee', at, `GUARANTEE ${guarantee} IS BROKEN (${GUARANTEES[guarantee]}): ${what}`);
  }
  return { lines, historyRun };
}

/** What a job has created or deleted follows from how it ended. */
function kindOf(event: JournalEvent): Kind {
  if (!event.kind.startsWith('environment-')) return 'what the service does';
  return describeEvent(event).endsWith('by other people') ? 'what others do' : 'what a job creates or deletes';
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

/** What is not as in a calm history, in a line each. */
function conductOf(history: History): string[] {
  const differences = (name: string, conduct: object, calm: object): string[] => {
    const members = Object.entries(conduct).filter(([member, value]) => !isSameJson(value, Reflect.get(calm, member)));
    if (members.length === 0) return [];
    return [`${name}: ${members.map(([member, value]) => `${member} ${JSON.stringify(value)}`).join(', ')}`];
  };
  return [
    ...differences('unknown behavior of the service', history.variants, DEFAULT_VARIANTS),
    ...differences('service', history.service, CALM.service),
    ...differences('CloudFormation', history.cloudFormation, CALM.cloudFormation),
    ...differences('Lambda', history.lambda, CALM.lambda),
    ...differences('ledger', history.ledger, CALM.ledger),
  ];
}

function describeRequest({
  RequestType,
  StackId,
  LogicalResourceId,
  ResourceProperties,
}: CustomResourceRequest): string {
  const { ServiceToken: _, ...properties } = ResourceProperties;
  return `${RequestType} is sent for ${StackId.split('/')[1]}/${LogicalResourceId}: ${JSON.stringify(properties)}`;
}

function describeAnswer(
  { RequestType, StackId, LogicalResourceId }: CustomResourceRequest,
  answer: CustomResourceAnswer,
): string {
  const result = answer.kind === 'success' ? `succeeds: ${answer.physicalResourceId}` : `fails: ${answer.reason}`;
  return `${RequestType} of ${StackId.split('/')[1]}/${LogicalResourceId} ${result}`;
}

function describeCall(request: WireRequest): string {
  const ledgerOperation = operationOf(request);
  if (ledgerOperation === undefined) return `${request.method} ${request.path}`;
  const { Item: item } = parseJsonObject(request.body, 'the body of a call of the ledger');
  const text = isJsonObject(item) && isJsonObject(item['text']) ? item['text']['S'] : '';
  return `${ledgerOperation} ${String(text).slice(0, 200)}`.trimEnd();
}

function describeReply(reply: NetworkReply): string {
  return reply.kind === 'response' ? `${reply.statusCode} ${reply.body.slice(0, 150)}` : reply.kind;
}

function describeEvent(event: JournalEvent): string {
  switch (event.kind) {
    case 'clone-accepted':
      return `the clone ${event.jobId} of ${event.source} to ${event.target} is accepted for ${who(event.caller)}`;
    case 'clone-refused':
      return `the clone of ${event.source} to ${event.target} is refused to ${who(event.caller)}: ${event.reason}`;
    case 'delete-accepted':
      return `the deletion ${event.jobId} of ${event.environment} is accepted for ${who(event.caller)}`;
    case 'delete-refused':
      return `the deletion of ${event.environment} is refused to ${who(event.caller)}: ${event.reason}`;
    case 'job-ended':
      return `${event.operation} ${event.jobId} for ${event.environment} ended: ${event.status} ${event.error ?? ''}`;
    case 'environment-created':
      return `${event.environment} is created by ${event.origin.kind === 'clone' ? event.origin.jobId : 'other people'}`;
    case 'environment-deleted':
      return `${event.environment} is deleted by ${event.by.kind === 'other' ? 'other people' : event.by.jobId}`;
  }
}

function who(caller: string): string {
  const sender = senderOf(caller);
  return sender === undefined ? caller : `the ${sender.requestType} of ${sender.stackName}/${sender.logicalId}`;
}
