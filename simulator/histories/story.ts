import type { JournalEvent } from '../amplify-backend/journal';
import type { WireRequest } from '../amplify-backend/wire';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import { isJsonObject, parseJsonObject } from '../cloudformation/json';
import { operationOf } from '../dynamodb/wire';
import { type Enacted, enact } from './enact';
import type { History } from './history';
import { PROMISES } from './promises';
import { senderOf } from './sender';

/** What happened in a history, line by line, with the time since its beginning. */
export async function tell(history: History, assembly: CloudAssembly): Promise<{ story: string; enacted: Enacted }> {
  const lines: string[] = [`The service: ${JSON.stringify(history.variants)}`, ''];
  let begun: number | undefined;
  const say = (at: number, text: string): void => {
    begun ??= at;
    const seconds = Math.floor((at - begun) / 1000);
    const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) =>
      `${Math.floor(part)}`.padStart(2, '0'),
    );
    lines.push(`${clock.join(':')}  ${text}`);
  };
  const enacted = await enact(history, assembly, {
    stackEvent: ({ at, stackName, logicalId, status, physicalId, reason, type }) => {
      if (type.startsWith('AWS::') && type !== 'AWS::CloudFormation::Stack' && !status.endsWith('FAILED')) return;
      say(at, `${stackName}/${logicalId} ${status} ${physicalId} ${reason ?? ''}`.trimEnd());
    },
    serviceEvent: (event) => say(event.at, `  service: ${describeEvent(event)}`),
    request: (at, { RequestType: type, StackId: stack, LogicalResourceId: id, ResourceProperties: properties }) =>
      say(
        at,
        `  ${type} is sent for ${stack.split('/')[1]}/${id}: ${JSON.stringify({ ...properties, ServiceToken: undefined })}`,
      ),
    call: (at, request, { handler }, reply) => {
      const result = reply.kind === 'response' ? `${reply.statusCode} ${reply.body.slice(0, 150)}` : reply.kind;
      const ledgerOperation = operationOf(request);
      const changes = ledgerOperation === 'PutItem' || /clone$|remove$/.test(request.path);
      if (reply.kind === 'response' && reply.statusCode === 200 && !changes) return;
      const asked = ledgerOperation === undefined ? `${request.method} ${request.path}` : describeLedgerCall(request);
      say(at, `    ${handler} ${asked}: ${result}`);
    },
    log: (at, message) => say(at, `    log: ${message.slice(0, 250)}`),
  });
  for (const { promise, at, what } of enacted.violations)
    say(at, `PROMISE ${promise} IS BROKEN (${PROMISES[promise]}): ${what}`);
  return { story: lines.join('\n'), enacted };
}

function describeLedgerCall(request: WireRequest): string {
  const { Item: item } = parseJsonObject(request.body, 'the body of a call of the ledger');
  const text = isJsonObject(item) && isJsonObject(item['text']) ? item['text']['S'] : '';
  return `${operationOf(request)} ${String(text).slice(0, 200)}`.trimEnd();
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
      return `${event.operation} ${event.jobId} onto ${event.environment} ended: ${event.status} ${event.error ?? ''}`;
    case 'environment-created':
      return `${event.environment} is there, by ${event.origin.kind === 'clone' ? event.origin.jobId : 'other people'}`;
    case 'environment-deleted':
      return `${event.environment} is gone, by ${event.by.kind === 'other' ? 'other people' : event.by.jobId}`;
  }
}

function who(caller: string): string {
  const sender = senderOf(caller);
  return sender === undefined ? caller : `the ${sender.requestType} of ${sender.stackName}/${sender.logicalId}`;
}
