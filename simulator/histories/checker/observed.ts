import type { Origin } from '../../amplify-backend/journal';
import { type Sender, senderOf } from '../sender';
import { isSameResource, keyOf, type Resource } from './identities';
import { ObservedRequests } from './observed-requests';
import { ObservedService } from './observed-service';
import { ObservedStacks } from './observed-stacks';

/** The current state of the service and of CloudFormation, without lag, and limits of what the handler can know of it. */
export interface Truth {
  now(): number;
  environments(): readonly TrueEnvironment[];
  runningClones(): readonly { readonly jobId: string; readonly caller: string; readonly environment: string }[];
  /** The stacks whose rollback or deletion has failed, and which people have to continue. */
  unfinishedStacks(): readonly string[];
  /** The resources of all existing stacks, with those that a stack failed to delete. */
  resources(): readonly (Resource & { readonly physicalId: string })[];
  /** Whether GetBackend does not show the app's environments now, or may fail for each of them. */
  isHidden(appId: string): boolean;
  /** The longest time from the state that a read shows to a DeleteBackend that follows from it. */
  readonly blindMilliseconds: number;
  /** How long the service shows a job after its end. */
  readonly jobsShownMilliseconds: number;
  /** Calls may fail. So CloneBackend may be called without its answer being recorded, or be recorded without being called. */
  readonly answersGetLost: boolean;
  /** The service files clones under their source, not under their target. */
  readonly filedUnderSource: boolean;
}

/** With the longest poll interval. */
const TWO_POLLS = 120_000;

/**
 * The longest time between the state from which an answer follows, and the answer. A call that fails after the handler has
 * decided, or has written its decision into the ledger, delays the answer until a later poll.
 */
export function longestAnswerDelay({ blindMilliseconds, answersGetLost }: Truth): number {
  return blindMilliseconds + (answersGetLost ? TWO_POLLS : 0);
}

export interface TrueEnvironment {
  readonly appId: string;
  readonly name: string;
  readonly origin: Origin;
  readonly populated: boolean;
}

/** All that the checker knows of a history. */
export interface Observed {
  readonly truth: Truth;
  readonly requests: ObservedRequests;
  readonly service: ObservedService;
  readonly stacks: ObservedStacks;
}

export function nothingObserved(truth: Truth): Observed {
  return { truth, requests: new ObservedRequests(), service: new ObservedService(), stacks: new ObservedStacks() };
}

/** The clone that created an environment for a request. Undefined if other people created it. */
export interface Creation {
  readonly jobId: string;
  readonly creator: Sender;
}

export function creationOf(origin: Origin): Creation | undefined {
  const creator = origin.kind === 'clone' ? senderOf(origin.caller) : undefined;
  return origin.kind === 'clone' && creator !== undefined ? { jobId: origin.jobId, creator } : undefined;
}

/** The environment of that name, if it exists. */
export function environmentNow(environment: string, { truth }: Observed): TrueEnvironment | undefined {
  return truth.environments().find(({ appId, name }) => keyOf(appId, name) === environment);
}

/**
 * Whether the resource may delete the environment: its request created it, or a resource of its stack did, the resource adopted
 * it, and CloudFormation has requested the deletion of the one that created it.
 */
export function isOwner(
  resource: Resource,
  environment: string,
  { creator }: Creation,
  { requests, service, stacks }: Observed,
): boolean {
  if (isSameResource(creator, resource)) return true;
  const { createdAt } = service.of(environment);
  const adopters = stacks.adoptersOf(environment, creator.stackName, createdAt);
  const hasAdopted = adopters.some((adopter) => isSameResource(adopter, resource));
  return hasAdopted && requests.isDeletionSent(creator, environment, createdAt);
}
