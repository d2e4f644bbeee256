import type { BackendService } from './backend-service';
import type { FailureCause } from './failure-cause';
import type { LedgerTable } from './ledger';
import type { OwnedClone } from './ledger-entries';
import type { Log } from './log';

/** All that the lifecycle knows of what is outside it. */
export interface LifecycleContext {
  readonly service: BackendService;
  readonly ledger: LedgerTable;
  readonly clock: HandlerClock;
  readonly log: Log;
  /** Why a clone failed, as far as its stack says so; never rejects. */
  readonly failureCause: (clone: OwnedClone) => Promise<FailureCause | undefined>;
  /** When this invocation is to begin no further step, by the clock. */
  readonly deadline: number;
  /** Who is refused when access is denied, as far as the handler knows. */
  readonly role: string;
}

export interface HandlerClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
}
