import { ServiceError } from './backend-service';
import { isRecord, isText } from './unknown-value';

/*
 * The ledger has one item for each custom resource, with one entry for each request. The handler records what it is about to
 * do before it calls the service, so an entry exists for a request that is cancelled, delivered twice or killed. Each write is
 * conditional on the version that was read: of two concurrent writes one succeeds, and the other reads again.
 */

export interface LedgerItem {
  readonly resource: string;
  /** 0 while nothing is written. */
  readonly version: number;
  readonly entries: Readonly<Record<string, Entry>>;
}

export type Entry = CloneEntry | FollowUpEntry;

/** Of a Create, or of an Update to another environment. */
export interface CloneEntry {
  readonly kind: 'clone';
  /** Milliseconds since the epoch by the handler's clock, as all times in the ledger are. */
  readonly begunAt: number;
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
  /** The request that created the environment which this one replaces. */
  readonly replaces: string | undefined;
  /** CloudFormation has sent the physical ID back: it decides what becomes of the environment. */
  readonly confirmed: boolean;
  /** The update that returns, or has returned, to the environment after another one had replaced it. */
  readonly returned: Return | undefined;
  readonly stage: Stage;
}

export interface Return {
  readonly by: string;
  /** The request whose environment that update left. */
  readonly from: string;
}

export type Stage =
  /** The handler checks source and target. It has called nothing that changes anything. */
  | { readonly at: 'examining' }
  /** CloneBackend was called, or is about to be. The ledger does not have its answer. */
  | { readonly at: 'calling'; readonly calledAt: number }
  | ({ readonly at: 'cloning' } & Clone)
  /** `reported`: the outputs have been read, and the request has succeeded or is about to. */
  | ({ readonly at: 'created'; readonly stackId: StackId; readonly reported: boolean } & Clone)
  /** The clone is complete, and its Create has failed for lack of an output, with a message that says that it is kept. */
  | ({ readonly at: 'kept'; readonly stackId: StackId; readonly failure: Failure } & Clone)
  | { readonly at: 'adopted' }
  | Removing
  /** Nothing of this request exists, and nothing will. */
  | { readonly at: 'nothing'; readonly failure: Failure | undefined };

export interface Clone {
  readonly calledAt: number;
  readonly job: CloneJobReference;
}

/** A clone that the service accepted for a request of this provider. Where an answer was lost, it very likely did. */
export interface OwnedClone extends Clone {
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
}

/**
 * Of the environment's root stack. Each stack has its own, so an environment that was deleted and created again has another.
 * Undefined where it could not be read, or a read could be stale.
 */
export type StackId = string | undefined;

export type CloneJobReference =
  | { readonly id: string; readonly filedUnder: 'target' | 'source' }
  /** The answer to CloneBackend was lost, and only the source says that clones have begun. */
  | { readonly id: undefined; readonly filedUnder: 'source' };

export interface Removing {
  readonly at: 'removing';
  readonly calledAt: number;
  /** Undefined while the answer to CloneBackend is unknown. */
  readonly job: CloneJobReference | undefined;
  /** Why the clone's own request removes it. Undefined where another request does. */
  readonly failure: Failure | undefined;
  /** How the clone ended, where the handler has seen that: the service may forget jobs. */
  readonly ended: Ended | undefined;
  readonly stackId: StackId;
  readonly deletion: Deletion | undefined;
  /** Why each deletion failed, in sentences, since the request that removes the clone began. */
  readonly failedDeletions: readonly string[];
}

export type Ended = 'COMPLETED' | 'FAILED';

/** A call of DeleteBackend that was made, or is about to be. */
export interface Deletion {
  readonly calledAt: number;
  readonly jobId: string | undefined;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
}

/** Of a Delete, or of an Update in place: a request that follows the one that created the environment. */
export interface FollowUpEntry {
  readonly kind: 'follow-up';
  readonly begunAt: number;
  readonly endedAt: number | undefined;
  readonly cancellation: Cancellation | undefined;
}

/** The request follows one that CloudFormation cancelled, which may not have arrived yet. */
export interface Cancellation {
  /** The request whose environment the cancelled one replaces; undefined for a Create. */
  readonly replaces: string | undefined;
  /** The cancelled request, once its entry is found. */
  readonly found: string | undefined;
}

/** The table. */
export interface LedgerTable {
  read(resource: string): Promise<StoredItem | undefined>;
  /** Writes over the previous version. False when the table has another version. */
  write(resource: string, item: StoredItem, expiresAt: number | undefined): Promise<boolean>;
}

export interface StoredItem {
  readonly version: number;
  readonly text: string;
}

export async function readItem(table: LedgerTable, resource: string): Promise<LedgerItem> {
  const stored = await table.read(resource);
  if (stored === undefined) return { resource, version: 0, entries: {} };
  return { resource, version: stored.version, entries: parseEntries(stored.text) };
}

/** Few deliveries write at the same time. */
const MOST_CONFLICTS = 8;

/**
 * Writes what `change` makes of the newest item, which may be newer than `item`. Writes nothing where `change` returns the same
 * entries.
 */
export async function changeItem(
  table: LedgerTable,
  item: LedgerItem,
  now: number,
  change: (entries: LedgerItem['entries']) => LedgerItem['entries'],
): Promise<LedgerItem> {
  let current = item;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const changed = change(current.entries);
    if (changed === current.entries) return current;
    const entries = withoutForgotten(changed, now);
    const version = current.version + 1;
    const expiresAt = Object.values(entries).every(isOver) ? now + FORGOTTEN_AFTER : undefined;
    if (await table.write(item.resource, { version, text: formatEntries(entries) }, expiresAt)) {
      return { ...current, version, entries };
    }
    current = await readItem(table, item.resource);
  }
  throw new ServiceError('UNAVAILABLE', 'PutItem', 'the item was written by others again and again', 'dynamodb');
}

/** Longer than a request can be late, and longer than any request takes. */
const FORGOTTEN_AFTER = 24 * 60 * 60 * 1000;

function isOver(entry: Entry): boolean {
  return entry.kind === 'clone' ? entry.stage.at === 'nothing' : entry.endedAt !== undefined;
}

function withoutForgotten(entries: LedgerItem['entries'], now: number): LedgerItem['entries'] {
  const kept = Object.entries(entries).filter(([, entry]) => !isOver(entry) || entry.begunAt > now - FORGOTTEN_AFTER);
  return Object.fromEntries(kept);
}

function formatEntries(entries: LedgerItem['entries']): string {
  return JSON.stringify(entries);
}

/** @throws Error when the text is not one that `formatEntries` wrote */
function parseEntries(text: string): LedgerItem['entries'] {
  const parsed: unknown = JSON.parse(text);
  if (!isRecord(parsed)) throw unreadable('the item');
  return Object.fromEntries(Object.entries(parsed).map(([requestId, entry]) => [requestId, parseEntry(entry)]));
}

function parseEntry(value: unknown): Entry {
  if (!isRecord(value)) throw unreadable('an entry');
  const begunAt = number(value, 'begunAt');
  if (value['kind'] === 'follow-up') {
    const { endedAt, cancellation } = value;
    return {
      kind: 'follow-up',
      begunAt,
      endedAt: endedAt === undefined ? undefined : number(value, 'endedAt'),
      cancellation: isRecord(cancellation)
        ? { replaces: optionalText(cancellation, 'replaces'), found: optionalText(cancellation, 'found') }
        : undefined,
    };
  }
  const { returned } = value;
  return {
    kind: 'clone',
    begunAt,
    appId: text(value, 'appId'),
    environmentName: text(value, 'environmentName'),
    sourceName: text(value, 'sourceName'),
    replaces: optionalText(value, 'replaces'),
    confirmed: value['confirmed'] === true,
    returned: isRecord(returned) ? { by: text(returned, 'by'), from: text(returned, 'from') } : undefined,
    stage: parseStage(value['stage']),
  };
}

function parseStage(value: unknown): Stage {
  if (!isRecord(value)) throw unreadable('a stage');
  const { at } = value;
  switch (at) {
    case 'examining':
    case 'adopted':
      return { at };
    case 'calling':
      return { at, calledAt: number(value, 'calledAt') };
    case 'cloning':
    case 'created':
    case 'kept': {
      const job = parseJob(value['job']);
      if (job === undefined) throw unreadable('a job');
      const clone = { calledAt: number(value, 'calledAt'), job };
      if (at === 'cloning') return { at, ...clone };
      const stackId = optionalText(value, 'stackId');
      if (at === 'created') return { at, ...clone, stackId, reported: value['reported'] === true };
      const failure = parseFailure(value['failure']);
      if (failure === undefined) throw unreadable('a failure');
      return { at, ...clone, stackId, failure };
    }
    case 'removing': {
      const { deletion, failedDeletions } = value;
      return {
        at,
        calledAt: number(value, 'calledAt'),
        job: parseJob(value['job']),
        failure: parseFailure(value['failure']),
        deletion: isRecord(deletion)
          ? { calledAt: number(deletion, 'calledAt'), jobId: optionalText(deletion, 'jobId') }
          : undefined,
        ended: parseEnded(value['ended']),
        stackId: optionalText(value, 'stackId'),
        failedDeletions: Array.isArray(failedDeletions) ? failedDeletions.filter(isText) : [],
      };
    }
    case 'nothing':
      return { at, failure: parseFailure(value['failure']) };
    default:
      throw unreadable('a stage');
  }
}

function parseJob(value: unknown): CloneJobReference | undefined {
  if (!isRecord(value)) return undefined;
  const filedUnder = value['filedUnder'] === 'source' ? 'source' : 'target';
  if (filedUnder === 'source' && value['id'] === undefined) return { id: undefined, filedUnder };
  return { id: text(value, 'id'), filedUnder };
}

function parseEnded(value: unknown): Ended | undefined {
  return value === 'COMPLETED' || value === 'FAILED' ? value : undefined;
}

function parseFailure(value: unknown): Failure | undefined {
  return isRecord(value) ? { name: text(value, 'name'), message: text(value, 'message') } : undefined;
}

function number(value: Readonly<Record<string, unknown>>, member: string): number {
  const found = value[member];
  if (typeof found !== 'number') throw unreadable(member);
  return found;
}

function text(value: Readonly<Record<string, unknown>>, member: string): string {
  const found = value[member];
  if (!isText(found)) throw unreadable(member);
  return found;
}

function optionalText(value: Readonly<Record<string, unknown>>, member: string): string | undefined {
  return value[member] === undefined ? undefined : text(value, member);
}

function unreadable(what: string): Error {
  return new Error(`the ledger cannot be read: ${what} is not what this version of the handler wrote`);
}
