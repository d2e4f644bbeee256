import type { BackendService } from './backend-service';
import type { LedgerTable } from './ledger';
import type { Log } from './log';

/** All that the lifecycle knows of what is outside it. */
export interface World {
  readonly service: BackendService;
  readonly ledger: LedgerTable;
  readonly clock: HandlerClock;
  readonly log: Log;
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
