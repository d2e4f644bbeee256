import type { Credentials } from '../signature';
import { asNamed, type Result, refused, type ServiceException } from './exceptions';
import type { Fault } from './faults';
import type { Caller } from './journal';
import type { AmplifyBackend } from './model';
import type { Answer, Call } from './operations';
import type { CallerRights } from './permissions';
import { signatureProblem } from './signature';
import { exceptionReply, jsonReply, parseCall, type WireReply, type WireRequest } from './wire';

export type { Caller } from './journal';

export interface AnswerOptions {
  /** The credentials that requests have to be signed with. @default - signatures are not checked */
  readonly credentials?: Credentials | undefined;
  /** Whether the caller has the permissions for what the service does on its behalf. @default 'enough' */
  readonly callerRights?: CallerRights | undefined;
  /** The caller's role. Each role has its own first minute. @default - one role for all callers */
  readonly role?: string | undefined;
}

/** Answers a request in the same process. No request makes it throw. */
export async function answer(
  service: AmplifyBackend,
  request: WireRequest,
  caller: Caller,
  options: AnswerOptions = {},
): Promise<WireReply> {
  const { credentials } = options;
  if (credentials !== undefined) {
    const problem = signatureProblem(request, credentials, service.clock.now());
    if (problem !== undefined) return exceptionReply(problem);
  }
  const parsed = parseCall(request);
  const exceptional = (exception: ServiceException): WireReply =>
    exceptionReply(asNamed(exception, service.variants.exceptionNames));
  if (parsed.kind === 'refused') return exceptional(parsed.exception);
  const call = parsed.answer;
  const performed = (): Result<Answer> => {
    const result = perform(service, call, caller, options);
    return result.kind === 'answered' ? result : refused(asNamed(result.exception, service.variants.exceptionNames));
  };
  const fault = service.faults.draw(call.operation, service.clock.now());
  switch (fault) {
    case undefined:
      return reply(performed());
    case 'reset before acceptance':
      return { kind: 'reset' };
    case 'reset after acceptance':
      performed();
      return { kind: 'reset' };
    case '500 before acceptance':
      return INTERNAL_FAILURE;
    case '500 after acceptance':
      performed();
      return INTERNAL_FAILURE;
    case '504 before acceptance':
      return exceptional(GATEWAY_TIMEOUT);
    case '504 after acceptance':
      performed();
      return exceptional(GATEWAY_TIMEOUT);
    case '429':
      return exceptional(TOO_MANY_REQUESTS);
    case 'AccessDeniedException':
      return exceptionReply(service.permissions.accessDenied(call.operation, call.appId).exception);
    default:
      return garbled(fault, performed());
  }
}

const INTERNAL_FAILURE = exceptionReply({ name: 'InternalFailure', message: 'Internal server error' });
const GATEWAY_TIMEOUT: ServiceException = { name: 'GatewayTimeoutException', message: 'Endpoint request timed out' };
const TOO_MANY_REQUESTS: ServiceException = {
  name: 'TooManyRequestsException',
  message: 'Too Many Requests',
  limitType: 'Rate',
};

function perform(
  service: AmplifyBackend,
  call: Call,
  caller: Caller,
  { callerRights = 'enough', role }: AnswerOptions,
): Result<Answer> {
  const refusal = service.permissions.refusal(call.operation, call.appId, role);
  if (refusal !== undefined) return refusal;
  switch (call.operation) {
    case 'CloneBackend':
      return service.cloneBackend(call, caller, callerRights);
    case 'DeleteBackend':
      return service.deleteBackend(call, caller, callerRights);
    case 'GetBackend':
      return service.getBackend(call);
    case 'GetBackendJob':
      return service.getBackendJob(call);
    case 'ListBackendJobs':
      return service.listBackendJobs(call);
  }
}

function reply(result: Result<Answer>): WireReply {
  return result.kind === 'answered' ? jsonReply(result.answer) : exceptionReply(result.exception);
}

type GarbledAnswer = Extract<Fault, 'HTML body' | 'empty body' | 'broken JSON' | 'wrong types' | 'unknown status'>;

/** An answer of a broken proxy or of another release of the service. An error keeps its types and its status. */
function garbled(fault: GarbledAnswer, result: Result<Answer>): WireReply {
  const body = '<html><body><h1>Service Unavailable</h1></body></html>';
  switch (fault) {
    case 'HTML body':
      return { kind: 'response', statusCode: 200, headers: { 'content-type': 'text/html' }, body };
    case 'empty body':
      return { kind: 'response', statusCode: 200, headers: {}, body: '' };
    case 'broken JSON':
      return { kind: 'response', statusCode: 200, headers: { 'content-type': 'application/json' }, body: '{"jobs":[' };
    case 'wrong types':
      return result.kind === 'answered' ? jsonReply(withWrongTypes(result.answer)) : reply(result);
    case 'unknown status':
      return result.kind === 'answered' ? jsonReply(withUnknownStatus(result.answer)) : reply(result);
  }
}

/** Turns texts into numbers, and lists into objects. */
function withWrongTypes(answer: Answer): unknown {
  const members = Object.entries(answer).map(([name, value]: [string, unknown]): [string, unknown] => [
    name,
    typeof value === 'string' ? value.length : Array.isArray(value) ? { length: value.length } : value,
  ]);
  return Object.fromEntries(members);
}

function withUnknownStatus(answer: Answer): unknown {
  if ('jobs' in answer) return { ...answer, jobs: answer.jobs.map((job) => ({ ...job, status: 'AWAITING_REVIEW' })) };
  return 'status' in answer ? { ...answer, status: 'AWAITING_REVIEW' } : answer;
}
