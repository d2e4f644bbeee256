import type { Origin } from '../../amplify-backend/journal';
import { type Sender, senderOf } from '../sender';
import type { Resource } from './identities';
import { ObservedRequests } from './observed-requests';
import { ObservedService } from './observed-service';
import { ObservedStacks } from './observed-stacks';

/** The actual state of the service and of CloudFormation, at the moment of asking. */
export interface Truth {
  now(): number;
  environments(): readonly TrueEnvironment[];
  runningClones(): readonly { readonly jobId: string; readonly caller: string; readonly environment: string }[];
  /** Stacks whose rollback or deletion has failed: people have to continue it. */
  unfinishedStacks(): readonly string[];
  /** Of every stack that exists, with those that it failed to delete. */
  resources(): readonly (Resource & { readonly physicalId: string })[];
  /** GetBackend does not show the app's environments now, or may fail for each of them. */
  isHidden(appId: string): boolean;
  /** The longest time between the state that a read shows, and a DeleteBackend that follows from it. */
  readonly blindMilliseconds: number;
  /** How long the service shows a job after its end. */
  readonly jobsShownMilliseconds: number;
  /** CloneBackend may be called without its answer being recorded, or be recorded without being called. */
  readonly answersGetLost: boolean;
  /** The service files clones under their source, not under their target. */
  readonly filedUnderSource: boolean;
}

export interface TrueEnvironment {
  readonly appId: string;
  readonly name: string;
  readonly origin: Origin;
  readonly populated: boolean;
}

/** What is known of a history when a guarantee is checked. */
export interface Observed {
  readonly truth: Truth;
  readonly requests: ObservedRequests;
  readonly service: ObservedService;
  readonly stacks: ObservedStacks;
}

export function nothingObserved(truth: Truth): Observed {
  return { truth, requests: new ObservedRequests(), service: new ObservedService(), stacks: new ObservedStacks() };
}

/** The clone that created an environment for a request. Undefined where other people created it. */
export interface Creation {
  readonly jobId: string;
  readonly creator: Sender;
}

export function creationOf(origin: Origin): Creation | undefined {
  const creator = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
  return origin.kind === 'clone' && creator !== undefined ? { jobId: origin.jobId, creator } : undefined;
}

/**
 * The resources that may delete the environment: the one whose request created it and, once CloudFormation has asked for that
 * one's deletion, those of its stack that have adopted the environment.
 */
export function ownersOf(
  environment: string,
  creator: Sender,
  { requests, service, stacks }: Observed,
): readonly Resource[] {
  const { createdAt } = service.of(environment);
  if (!requests.isDeletionSent(creator, environment, createdAt)) return [creator];
  return [creator, ...stacks.adoptersOf(environment, creator.stackName, createdAt)];
}
