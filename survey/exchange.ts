import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';

/*
 * Each request to the service and its answer, verbatim and with times. All answers of the survey follow from these.
 */

export type Members = Readonly<Record<string, unknown>>;

export interface Exchange {
  /** The API's name of the operation, e.g. `GetBackend`. */
  readonly operation: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly input: Members;
  readonly reply: Reply;
}

export type Caller = 'the user of the survey' | 'a new role';

export type Reply =
  | { readonly kind: 'answered'; readonly answer: Members }
  /** `words` may be empty. */
  | { readonly kind: 'refused'; readonly name: string; readonly status: number; readonly words: string }
  /** No answer of the service arrived. */
  | { readonly kind: 'lost'; readonly words: string };

export interface Observer {
  readonly caller: Caller;
  now(): number;
  saw(exchange: Exchange): void;
}

/** Passes every later call of this client to the observer. */
export function observe(client: AmplifyBackendClient, { caller, now, saw }: Observer): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '');
      const input: Members = { ...args.input };
      const sentAt = now();
      const record = (reply: Reply): void => saw({ operation, caller, sentAt, receivedAt: now(), input, reply });
      try {
        const result = await next(args);
        const { $metadata: _, ...answer } = result.output;
        record({ kind: 'answered', answer: { ...answer } });
        return result;
      } catch (error) {
        record(replyOf(error));
        throw error;
      }
    },
    { step: 'initialize', name: 'survey' },
  );
}

function replyOf(error: unknown): Reply {
  if (!(error instanceof Error)) return { kind: 'lost', words: String(error) };
  const status = statusOf(error);
  if (status !== undefined && status >= 400) {
    return { kind: 'refused', name: error.name, status, words: error.message === error.name ? '' : error.message };
  }
  const code: unknown = Reflect.get(error, 'code');
  return { kind: 'lost', words: `${typeof code === 'string' ? `${code} ` : ''}${error.name}: ${error.message}` };
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = Reflect.get(error, '$metadata');
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const status: unknown = Reflect.get(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

export function textOf(members: Members, name: string): string | undefined {
  const value = members[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list in an answer: GetBackend has names, ListBackendJobs has jobs. */
export function listOf(members: Members, name: string): readonly unknown[] | undefined {
  const value = members[name];
  return Array.isArray(value) ? value : undefined;
}

/** The names of this error in reported answers and in AWS's reference; SERVICE_NAMES in the handler has their meaning. */
export function isNotFound(reply: Reply): boolean {
  return reply.kind === 'refused' && /^(Resource)?NotFoundException$/.test(reply.name);
}

/** Seen on other operations of the same job system (amplify-studio 336, 417, 483; amplify-cli 9295). */
export function saysPending(reply: Reply): boolean {
  const words = reply.kind === 'refused' ? reply.words : reply.kind === 'answered' ? textOf(reply.answer, 'Error') : '';
  return /already a pending job/i.test(words ?? '');
}

export function isAnswered({ reply }: Exchange): boolean {
  return reply.kind === 'answered';
}

/** Whether the service processed the call. */
export function isOfService({ reply }: Exchange): boolean {
  return reply.kind === 'answered' || (reply.kind === 'refused' && reply.status < 500 && reply.status !== 429);
}

export function isBadRequest({ reply }: Exchange): boolean {
  return reply.kind === 'refused' && reply.status === 400 && !isNotFound(reply);
}
