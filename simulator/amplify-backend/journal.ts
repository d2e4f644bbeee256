/** The sender of a request: free text, such as `isComplete#17`. */
export type Caller = string;

/** How an environment was created: by a clone job, or by other people, outside of AmplifyBackend. */
export type Origin =
  | { readonly kind: 'clone'; readonly jobId: string; readonly caller: Caller }
  | { readonly kind: 'other' };

export type Remover =
  | { readonly kind: 'deletion job'; readonly jobId: string; readonly caller: Caller }
  | { readonly kind: 'failed clone'; readonly jobId: string }
  | { readonly kind: 'other' };

/** An event. `at` is in milliseconds since the epoch on the simulator's clock, without skew and lag. */
export type JournalEvent =
  | {
      readonly kind: 'clone-accepted';
      readonly at: number;
      readonly appId: string;
      readonly caller: Caller;
      readonly source: string;
      readonly target: string;
      readonly jobId: string;
      /** The target existed: the job will fail and changes nothing. */
      readonly ontoExisting: boolean;
    }
  | {
      readonly kind: 'clone-refused';
      readonly at: number;
      readonly appId: string;
      readonly caller: Caller;
      readonly source: string;
      readonly target: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'delete-accepted';
      readonly at: number;
      readonly appId: string;
      readonly caller: Caller;
      readonly environment: string;
      readonly jobId: string;
      /** The origin of the environment to delete. Undefined if it is not listed yet, or does not exist. */
      readonly origin: Origin | undefined;
    }
  | {
      readonly kind: 'delete-refused';
      readonly at: number;
      readonly appId: string;
      readonly caller: Caller;
      readonly environment: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'job-ended';
      readonly at: number;
      readonly appId: string;
      readonly caller: Caller;
      readonly jobId: string;
      readonly operation: 'CloneBackend' | 'DeleteBackend';
      readonly environment: string;
      readonly status: 'COMPLETED' | 'FAILED';
      readonly error: string | undefined;
    }
  | {
      readonly kind: 'environment-created';
      readonly at: number;
      readonly appId: string;
      readonly environment: string;
      readonly origin: Origin;
    }
  | {
      readonly kind: 'environment-deleted';
      readonly at: number;
      readonly appId: string;
      readonly environment: string;
      readonly origin: Origin;
      readonly by: Remover;
    };

/** Keeps the last `limit` events, so that a long run needs no more memory than a short one. */
export class Journal {
  private kept: JournalEvent[] = [];
  private readonly listeners = new Set<(event: JournalEvent) => void>();

  constructor(private readonly limit: number) {}

  append(event: JournalEvent): void {
    this.kept.push(event);
    if (this.kept.length >= 2 * this.limit) this.kept = this.kept.slice(-this.limit);
    for (const listener of this.listeners) listener(event);
  }

  /** Oldest first. */
  events(): readonly JournalEvent[] {
    return this.kept.slice(-this.limit);
  }

  /** Returns the events since the last call, and removes them. */
  drain(): readonly JournalEvent[] {
    const events = this.events();
    this.kept = [];
    return events;
  }

  /** Calls `listener` for each later event. Returns a function that removes the listener. */
  onEvent(listener: (event: JournalEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
