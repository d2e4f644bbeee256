import * as v from 'valibot';
import { ServiceError } from './backend-service';

/*
 * The ledger has one item for each custom resource, with one entry for each request. The handler records what it is about to
 * do before it calls the service, so an entry exists for a request that is cancelled, delivered twice or killed. Each write is
 * conditional on the version that was read: of two concurrent writes one succeeds, and the other reads again.
 */

const text = v.pipe(v.string(), v.nonEmpty());

const failure = v.object({ name: text, text });
export type Failure = Readonly<v.InferOutput<typeof failure>>;

const job = v.object({
  /** Undefined where the answer to CloneBackend was lost, and only the source shows that clones have begun. */
  id: v.optional(text),
  /** The environment under which the service has the job: the target or, perhaps, the source. */
  filedUnder: text,
});

const clone = v.object({ calledAt: v.number(), job });
export type Clone = Readonly<v.InferOutput<typeof clone>>;

/** A clone that the service accepted for a request of this provider. Where an answer was lost, it very likely did. */
export type OwnedClone = Clone & Pick<CloneEntry, 'appId' | 'environmentName' | 'sourceName'>;

/**
 * Of the environment's root stack. Each stack has its own, so an environment that was deleted and created again has another.
 * Undefined where it could not be read, or a read could be stale.
 */
const stackId = v.optional(text);

const ended = v.picklist(['COMPLETED', 'FAILED']);
export type Ended = v.InferOutput<typeof ended>;

/** A call of DeleteBackend that was made, or is about to be. */
const deletion = v.object({ calledAt: v.number(), jobId: v.optional(text) });
export type Deletion = Readonly<v.InferOutput<typeof deletion>>;

const removing = v.object({
  at: v.literal('removing'),
  calledAt: v.number(),
  /** Undefined while the answer to CloneBackend is unknown. */
  job: v.optional(job),
  /** Why the clone's own request removes it. Undefined where another request does. */
  failure: v.optional(failure),
  /** How the clone ended, where the handler has seen that: the service may forget jobs. */
  ended: v.optional(ended),
  stackId,
  deletion: v.optional(deletion),
  /** Why each deletion failed, in sentences, since the request that removes the clone began. */
  failedDeletions: v.array(text),
});
export type Removing = Readonly<v.InferOutput<typeof removing>>;

const stage = v.variant('at', [
  /** The handler checks source and target. It has called nothing that changes anything. */
  v.object({ at: v.literal('examining') }),
  /** CloneBackend was called, or is about to be. `job` is undefined while its answer is unknown. */
  v.object({ at: v.literal('cloning'), calledAt: v.number(), job: v.optional(job) }),
  /** `answer`: what the request is answered, or is about to be. After a failure, the clone is kept, and the message says so. */
  v.object({
    at: v.literal('created'),
    ...clone.entries,
    stackId,
    answer: v.optional(v.union([v.literal('SUCCESS'), failure])),
  }),
  /** The resource uses an environment that it does not own. */
  v.object({ at: v.literal('adopted'), answer: v.optional(v.literal('SUCCESS')) }),
  removing,
  /** The request has created nothing, and will not; or the resource does not own it any more. */
  v.object({ at: v.literal('nothing'), failure: v.optional(failure) }),
]);
export type Stage = Readonly<v.InferOutput<typeof stage>>;

/** Of a Create, or of an Update to another environment. */
const cloneEntry = v.object({
  kind: v.literal('clone'),
  /** Milliseconds since the epoch by the handler's clock, as all times in the ledger are. */
  begunAt: v.number(),
  appId: text,
  environmentName: text,
  sourceName: text,
  /** The request that created the environment which this one replaces. */
  replaces: v.optional(text),
  /** CloudFormation has sent the physical ID back: it decides what becomes of the environment. */
  confirmed: v.boolean(),
  /** The last update that returned to the environment. The resource holds it under the physical ID with that update. */
  returnedBy: v.optional(text),
  /** As they were last answered. The configuration of the environment can become unreadable. */
  attributes: v.optional(v.record(text, v.string())),
  stage,
});
export type CloneEntry = Readonly<v.InferOutput<typeof cloneEntry>>;

/** The request follows one that CloudFormation cancelled, which may not have arrived yet. */
const cancellation = v.object({
  /** The request whose environment the cancelled one replaces; undefined for a Create. */
  replaces: v.optional(text),
  /** The cancelled request, once its entry is found. */
  found: v.optional(text),
});
export type Cancellation = Readonly<v.InferOutput<typeof cancellation>>;

/** Of a Delete, or of an Update in place: a request that follows the one that created the environment. */
const followUpEntry = v.object({
  kind: v.literal('follow-up'),
  begunAt: v.number(),
  endedAt: v.optional(v.number()),
  cancellation: v.optional(cancellation),
});
export type FollowUpEntry = Readonly<v.InferOutput<typeof followUpEntry>>;

/** In the item of an environment, under the key of a resource: the request of that resource that adopted it. */
const adoptionEntry = v.object({ kind: v.literal('adoption'), begunAt: v.number(), requestId: text });

const entry = v.variant('kind', [cloneEntry, followUpEntry, adoptionEntry]);
export type Entry = Readonly<v.InferOutput<typeof entry>>;

/** By request ID, or by resource in the item of an environment. */
const entriesSchema = v.record(text, entry);
export type Entries = Readonly<Record<string, Entry>>;

export interface LedgerItem {
  readonly resource: string;
  /** 0 while nothing is written. */
  readonly version: number;
  readonly entries: Entries;
}

export interface LedgerTable {
  read(resource: string): Promise<StoredItem | undefined>;
  /** Writes over the previous version. False when the table has another version. */
  write(resource: string, item: StoredItem, expiresAt: number | undefined): Promise<boolean>;
}

export interface StoredItem {
  readonly version: number;
  readonly text: string;
}

/** @throws Error when the item is not one that this handler writes */
export async function readItem(table: LedgerTable, resource: string): Promise<LedgerItem> {
  const stored = await table.read(resource);
  if (stored === undefined) return { resource, version: 0, entries: {} };
  const parsed = v.safeParse(entriesSchema, JSON.parse(stored.text));
  if (parsed.success) return { resource, version: stored.version, entries: parsed.output };
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? 'the item';
  throw new Error(`The ledger has what this version of the handler does not write: ${where}: ${issue.message}.`);
}

/** Few deliveries write at the same time. */
const MOST_CONFLICTS = 8;

/** Writes what `how` makes of the newest item, or nothing where it returns the same entries. */
export async function change(
  item: LedgerItem,
  { ledger, clock }: { readonly ledger: LedgerTable; readonly clock: { now(): number } },
  how: (entries: Entries) => Entries,
): Promise<LedgerItem> {
  const now = clock.now();
  let current = item;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const changed = how(current.entries);
    if (changed === current.entries) return current;
    const entries = withoutForgotten(changed, now);
    const version = current.version + 1;
    const expiresAt = Object.values(entries).every(isOver) ? now + FORGOTTEN_AFTER : undefined;
    if (await ledger.write(item.resource, { version, text: JSON.stringify(entries) }, expiresAt)) {
      return { ...current, version, entries };
    }
    current = await readItem(ledger, item.resource);
  }
  throw new ServiceError('UNAVAILABLE', 'PutItem', 'the item was written by others again and again', 'dynamodb');
}

/** Longer than a request can be late, and longer than any request takes. */
const FORGOTTEN_AFTER = 24 * 60 * 60 * 1000;

function isOver(entry: Entry): boolean {
  if (entry.kind === 'clone') return entry.stage.at === 'nothing';
  return entry.kind === 'follow-up' && entry.endedAt !== undefined;
}

function withoutForgotten(entries: Entries, now: number): Entries {
  const kept = Object.entries(entries).filter(([, entry]) => !isOver(entry) || entry.begunAt > now - FORGOTTEN_AFTER);
  return Object.fromEntries(kept);
}
