import type { JournalEvent } from '../../amplify-backend/journal';
import type { CustomResourceRequest } from '../../cloudformation/custom-resource-protocol';
import { type Sender, senderOf } from '../sender';
import { isSameResource, keyOf, type Resource } from './identities';

/** A CloneBackend that the service accepted. */
export interface ObservedClone {
  readonly jobId: string;
  /** Undefined for other people. */
  readonly caller: Sender | undefined;
  readonly source: string;
  readonly target: string;
  readonly at: number;
  /** The name was taken. One variant of the service accepts such a clone, which then fails. */
  readonly ontoExisting: boolean;
}

interface RunningJob {
  readonly operation: 'CloneBackend' | 'DeleteBackend';
  readonly environment: string;
  /** Undefined for a deletion. */
  readonly source?: string;
  readonly at: number;
}

interface EndedJob {
  readonly jobId: string;
  readonly operation: 'CloneBackend' | 'DeleteBackend';
  readonly environment: string;
  readonly acceptedAt: number;
  readonly endedAt: number;
}

/** What happened to the environments of one name. */
interface NameHistory {
  /** When the current environment was created. */
  createdAt: number;
  /** When the last one was deleted. */
  deletedAt: number;
  /** The request whose job deleted the last one. Undefined once another one exists. */
  deleter: Sender | undefined;
  /** The stacks that have deleted one. */
  readonly deletedBy: Set<string>;
  /** Other people have created, cloned onto or deleted one. Guarantees about SUCCESS do not cover what they do. */
  isUsedByOthers: boolean;
  /** The request whose environment other people deleted last. */
  takenAway: { readonly creator: Sender; readonly at: number } | undefined;
  /** A request deleted the remains of a failed clone. */
  hasLostRemains: boolean;
}

/** What the service's journal shows. */
export class ObservedService {
  readonly clones: ObservedClone[] = [];
  private readonly names = new Map<string, NameHistory>();
  /** The service's words on each failure, if it had any, by job ID. */
  readonly failedClones = new Map<string, string | undefined>();
  readonly completed: EndedJob[] = [];
  private readonly accepted = new Map<string, number>();
  /** By job ID. */
  private readonly running = new Map<string, RunningJob>();

  happened(event: JournalEvent): void {
    switch (event.kind) {
      case 'clone-accepted': {
        const { at, appId, jobId, ontoExisting } = event;
        const caller = senderOf(event.caller);
        const names = { source: keyOf(appId, event.source), target: keyOf(appId, event.target) };
        this.accepted.set(jobId, at);
        this.running.set(jobId, { operation: 'CloneBackend', environment: names.target, source: names.source, at });
        this.clones.push({ jobId, caller, at, ontoExisting, ...names });
        return;
      }
      case 'delete-accepted': {
        const key = keyOf(event.appId, event.environment);
        this.accepted.set(event.jobId, event.at);
        this.running.set(event.jobId, { operation: 'DeleteBackend', environment: key, at: event.at });
        if (senderOf(event.caller) === undefined) this.name(key).isUsedByOthers = true;
        return;
      }
      case 'job-ended': {
        const { operation, jobId, at: endedAt } = event;
        this.running.delete(jobId);
        if (event.status === 'FAILED') {
          if (operation === 'CloneBackend') this.failedClones.set(jobId, event.error);
          return;
        }
        const environment = keyOf(event.appId, event.environment);
        this.completed.push({ jobId, operation, environment, acceptedAt: this.acceptedAt(jobId), endedAt });
        return;
      }
      case 'environment-created': {
        const name = this.name(keyOf(event.appId, event.environment));
        name.createdAt = event.at;
        name.deleter = undefined;
        if (event.origin.kind === 'other' || senderOf(event.origin.caller) === undefined) name.isUsedByOthers = true;
        return;
      }
      case 'environment-deleted':
        this.deleted(event);
        return;
      default:
        return;
    }
  }

  private deleted({
    appId,
    environment,
    origin,
    by,
    at,
  }: Extract<JournalEvent, { kind: 'environment-deleted' }>): void {
    const name = this.name(keyOf(appId, environment));
    name.deletedAt = at;
    if (by.kind === 'failed clone') return;
    const creator = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
    const deleter = by.kind === 'other' ? undefined : senderOf(by.caller);
    if (deleter === undefined) {
      name.isUsedByOthers = true;
      if (creator !== undefined) name.takenAway = { creator, at };
      return;
    }
    name.deleter = deleter;
    name.deletedBy.add(deleter.stackName);
    if (origin.kind === 'clone' && this.failedClones.has(origin.jobId)) name.hasLostRemains = true;
  }

  private name(environment: string): NameHistory {
    const found = this.names.get(environment);
    if (found !== undefined) return found;
    const name: NameHistory = {
      createdAt: 0,
      deletedAt: 0,
      deleter: undefined,
      deletedBy: new Set(),
      isUsedByOthers: false,
      takenAway: undefined,
      hasLostRemains: false,
    };
    this.names.set(environment, name);
    return name;
  }

  of(environment: string): Readonly<NameHistory> {
    return this.name(environment);
  }

  acceptedAt(jobId: string): number {
    return this.accepted.get(jobId) ?? 0;
  }

  isBeingDeleted(environment: string): boolean {
    return [...this.running.values()].some(
      (job) => job.environment === environment && job.operation === 'DeleteBackend',
    );
  }

  /** The jobs that clone onto the environment or delete it, run now, and began before that time. */
  runningSince(environment: string, time: number): readonly RunningJob[] {
    return [...this.running.values()].filter((job) => job.environment === environment && job.at < time);
  }

  /** The clone that is creating an environment of that name. */
  cloneRunningOnto(environment: string): ObservedClone | undefined {
    return this.clones.find(
      ({ target, ontoExisting, jobId }) => target === environment && !ontoExisting && this.running.has(jobId),
    );
  }

  clonesFor({ RequestId }: CustomResourceRequest): readonly ObservedClone[] {
    return this.clones.filter(({ caller }) => caller?.requestId === RequestId);
  }

  clonesOf(resource: Resource): readonly ObservedClone[] {
    return this.clones.filter(({ caller }) => caller !== undefined && isSameResource(caller, resource));
  }

  /** The jobs that began and ended in that time, and deleted the environment or created another one of that name. */
  replacing(
    environment: string,
    { since, until }: { readonly since: number; readonly until: number },
  ): readonly EndedJob[] {
    return this.completed.filter(
      (job) => job.environment === environment && job.acceptedAt > since && job.endedAt < until,
    );
  }
}
