import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';

/*
 * What was asked of the service and what it said, word for word and with its times: all that the answers are drawn from.
 */

export type Members = Readonly<Record<string, unknown>>;

export interface Exchange {
  /** As the API calls it: `GetBackend`. */
  readonly operation: string;
  readonly caller: Caller;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly input: Members;
  readonly reply: Reply;
}

export type Caller = 'the one who runs the survey' | 'a new role';

export type Reply =
  | { readonly kind: 'answered'; readonly answer: Members }
  /** `words` may be empty. */
  | { readonly kind: 'refused'; readonly name: string; readonly status: number; readonly words: string }
  /** Nothing came from the service itself. */
  | { readonly kind: 'lost'; readonly words: string };

export interface Observer {
  readonly caller: Caller;
  now(): number;
  saw(exchange: Exchange): void;
}

/** From now on the observer is told of every call of this client, whoever makes it. */
export function observe(client: AmplifyBackendClient, { caller, now, saw }: Observer): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '');
      const input: Members = { ...args.input };
      const sentAt = now();
      const tell = (reply: Reply): void => saw({ operation, caller, sentAt, receivedAt: now(), input, reply });
      try {
        const result = await next(args);
        const { $metadata: _, ...answer } = result.output;
        tell({ kind: 'answered', answer: { ...answer } });
        return result;
      } catch (error) {
        tell(replyOf(error));
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

/** Of the lists of the answers: a GetBackend has names, a ListBackendJobs has jobs. */
export function listOf(members: Members, name: string): readonly unknown[] | undefined {
  const value = members[name];
  return Array.isArray(value) ? value : undefined;
}

/** In the answers that were seen and in AWS's reference; see SERVICE_NAMES in the handler for what they mean. */
export function isNotFound(reply: Reply): boolean {
  return reply.kind === 'refused' && /^(Resource)?NotFoundException$/.test(reply.name);
}

/** Seen on other operations of the same job system (amplify-studio 336, 417, 483; amplify-cli 9295). */
export function saysPending(reply: Reply): boolean {
  const words = reply.kind === 'refused' ? reply.words : reply.kind === 'answered' ? textOf(reply.answer, 'Error') : '';
  return /already a pending job/i.test(words ?? '');
}
