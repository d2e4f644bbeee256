import type {
  BackendService,
  ConfigRead,
  EnvironmentNames,
  Job,
  MetaConfig,
  StartedClone,
} from '../../lambda/backend-service';
import { CLONE, ServiceError } from '../../lambda/backend-service';
import type { HandlerClock, LifecycleContext } from '../../lambda/context';
import type { FailureCause } from '../../lambda/failure-cause';
import type {
  Clone,
  CloneEntry,
  Entry,
  FollowUpEntry,
  LedgerItem,
  LedgerTable,
  Removing,
  Stage,
  StoredItem,
} from '../../lambda/ledger';
import type { Log } from '../../lambda/log';
import type { HeldEnvironment } from '../../lambda/physical-id';
import type { Properties, ResourceReference } from '../../lambda/request';

export const APP = 'd1a2b3c4d5e6f7';
/** The custom resource that all requests are about, and its item in the ledger. */
export const resource: ResourceReference = {
  stackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/S/guid',
  logicalId: 'Clone',
};
export const RESOURCE = `${resource.stackId}|${resource.logicalId}`;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
/** When the request of {@link cloneEntryOf} began. */
export const START = Date.UTC(2026, 0, 1);

/** `dev` is to be cloned to `preview`. */
export const properties: Properties = {
  appId: APP,
  sourceName: 'dev',
  targetName: 'preview',
  timeoutMilliseconds: 45 * MINUTE,
  existing: 'FAIL',
  outputs: [],
};

/** CloneBackend was called when the request began, and has answered. */
export const called: Clone = { calledAt: START, job: { id: 'ours', filedUnder: 'preview' } };
export const cloning: Stage = { at: 'cloning', ...called };
export const created: Stage = { at: 'created', ...called, stackId: undefined };
export const createdOfLostAnswer: Stage = {
  at: 'created',
  calledAt: START,
  job: { id: undefined, filedUnder: 'dev' },
  stackId: undefined,
};
export const nothing: Stage = { at: 'nothing', failure: undefined };

/** What was made is to be removed by another request, which has not called DeleteBackend yet. */
export function removingOf(changes: Partial<Removing> = {}): Removing {
  return {
    at: 'removing',
    ...called,
    ended: 'COMPLETED',
    stackId: undefined,
    failure: undefined,
    deletion: undefined,
    failedDeletions: [],
    ...changes,
  };
}

/** What such a request holds. */
export function heldOf(requestId: string): HeldEnvironment {
  return { appId: APP, environmentName: 'preview', sourceName: 'dev', requestId, adopted: false };
}

/**
 * What the handler sees of the context, all of it said by the test: what the service shows, what the ledger has, and what
 * time it is. Time passes only when the handler sleeps.
 */
export class TestContext implements LifecycleContext {
  time = START;
  readonly sleeps: number[] = [];
  readonly logged: { readonly message: string; readonly details: unknown }[] = [];
  /** Those that change something, as `CloneBackend dev preview` and `DeleteBackend preview`. */
  readonly changes: string[] = [];

  names: EnvironmentNames = new Set(['dev', 'preview']);
  /** By environment; where nothing is said, there is a backend. */
  readonly configs = new Map<string, MetaConfig>();
  /** The service's words on each environment whose configuration it does not give. */
  readonly unreadable = new Map<string, string>();
  /** By the environment under which they are filed. */
  readonly jobs = new Map<string, readonly Job[]>();
  cloneAnswer: StartedClone | ServiceError = { id: 'ours', filedUnder: 'preview' };
  removalAnswer: string | undefined | ServiceError = 'removal';
  /** Happens when the service is asked, before it answers; what it throws is all that the handler gets. */
  onCall: (operation: keyof BackendService) => void = () => {};

  readonly table = new LedgerUnderTest();
  readonly ledger: LedgerTable = this.table;
  deadline = Number.POSITIVE_INFINITY;
  readonly role = 'The role of Lambda function Handler';
  cause: FailureCause | undefined = undefined;
  readonly failureCause = async (): Promise<FailureCause | undefined> => this.cause;

  readonly clock: HandlerClock = {
    now: () => this.time,
    sleep: async (milliseconds) => {
      this.sleeps.push(milliseconds);
      this.time += milliseconds;
    },
    random: () => 0.5,
  };

  readonly service: BackendService = {
    environmentNames: () => this.answer('environmentNames', () => this.names),
    metaConfig: (_, name) =>
      this.answer('metaConfig', (): ConfigRead => {
        const words = this.unreadable.get(name);
        if (words !== undefined) return { kind: 'unreadable', words };
        return { kind: 'read', config: this.configs.get(name) ?? { auth: { pool: {} } } };
      }),
    job: (_, filedUnder, id) => this.answer('job', () => this.jobs.get(filedUnder)?.find((job) => job.id === id)),
    jobs: (_, filedUnder) => this.answer('jobs', () => this.jobs.get(filedUnder)),
    startClone: (_, source, target) =>
      this.answer('startClone', () => {
        this.changes.push(`CloneBackend ${source} ${target}`);
        return orThrow(this.cloneAnswer);
      }),
    startRemoval: (_, name) =>
      this.answer('startRemoval', () => {
        this.changes.push(`DeleteBackend ${name}`);
        return orThrow(this.removalAnswer);
      }),
  };

  readonly log: Log = (message, details) => {
    this.logged.push({ message, details });
  };

  /** What the ledger has from now on, as an item that was read. */
  itemOf(entries: Readonly<Record<string, Entry>>): LedgerItem {
    this.table.stored = { version: 1, text: JSON.stringify(entries) };
    return { resource: RESOURCE, version: 1, entries };
  }

  private async answer<T>(operation: keyof BackendService, give: () => T): Promise<T> {
    this.onCall(operation);
    return give();
  }
}

function orThrow<T>(answer: T | ServiceError): T {
  if (answer instanceof ServiceError) throw answer;
  return answer;
}

/** The service refuses, with these words. */
export function refusal(words: string): ServiceError {
  return new ServiceError('REJECTED', 'the call', words);
}

/** The items, as the table would keep them; `stored` is the item of {@link RESOURCE}. */
export class LedgerUnderTest implements LedgerTable {
  stored: StoredItem | undefined;
  readonly others = new Map<string, StoredItem>();
  expiresAt: number | undefined;
  writes = 0;
  /** Happens before an item is read; what it throws is all that the handler gets. */
  beforeRead: (resource: string) => void = () => {};
  /** Done by somebody else just before a write. */
  beforeWrite: () => void = () => {};

  /** What is on the item now. */
  get entries(): Readonly<Record<string, unknown>> {
    const parsed: unknown = JSON.parse(this.stored?.text ?? '{}');
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  }

  async read(resource: string): Promise<StoredItem | undefined> {
    this.beforeRead(resource);
    return resource === RESOURCE ? this.stored : this.others.get(resource);
  }

  async write(resource: string, item: StoredItem, expiresAt: number | undefined): Promise<boolean> {
    this.writes += 1;
    this.beforeWrite();
    if (resource !== RESOURCE) {
      if ((this.others.get(resource)?.version ?? 0) !== item.version - 1) return false;
      this.others.set(resource, item);
      return true;
    }
    if ((this.stored?.version ?? 0) !== item.version - 1) return false;
    this.stored = item;
    this.expiresAt = expiresAt;
    return true;
  }
}

/** Of a request that began at {@link START} to clone `dev` to `preview`. */
export function cloneEntryOf(stage: Stage, changes: Partial<CloneEntry> = {}): CloneEntry {
  return {
    kind: 'clone',
    begunAt: START,
    appId: APP,
    environmentName: 'preview',
    sourceName: 'dev',
    replaces: undefined,
    confirmed: false,
    returnedBy: undefined,
    attributes: undefined,
    stage,
    ...changes,
  };
}

export function followUpEntryOf(changes: Partial<FollowUpEntry> = {}): FollowUpEntry {
  return { kind: 'follow-up', begunAt: START, endedAt: undefined, cancellation: undefined, ...changes };
}

/** One that began at {@link START} and ended, or was last seen, a minute later. */
export function jobOf(id: string, status: Job['status'], changes: Partial<Job> = {}): Job {
  return { id, operation: CLONE, status, createdAt: START, updatedAt: START + MINUTE, error: undefined, ...changes };
}
