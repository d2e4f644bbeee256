import type { BackendService } from './backend-service';
import type { FailureCause } from './failure-cause';
import type { LedgerTable, OwnedClone } from './ledger';
import type { Log } from './log';

export interface LifecycleContext {
  readonly service: BackendService;
  readonly ledger: LedgerTable;
  readonly clock: HandlerClock;
  readonly log: Log;
  /** Why a clone failed, from the events of its stack. Never rejects. */
  readonly failureCause: (clone: OwnedClone) => Promise<FailureCause | undefined>;
  /** After this time, by the clock, the invocation begins no further step. */
  readonly deadline: number;
  /** The role, as messages name it at the beginning of a sentence. */
  readonly role: string;
}

export interface HandlerClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
}
