import type { FaultRates } from '../amplify-backend/faults';
import type { CallerRights } from '../amplify-backend/model';
import type { Variants } from '../amplify-backend/variants';
import type { FailedUpdate } from '../cloudformation/custom-resource';
import type { Fault as LedgerFault } from '../dynamodb/faults';

/**
 * All that is drawn before a run. The run draws the rest (ids, lags, faults, who is killed) from the seed in it, so that
 * the same history is the same run each time.
 */
export interface History {
  readonly seed: number;
  readonly variants: Variants;
  readonly service: ServiceConduct;
  readonly cloudFormation: CloudFormationConduct;
  readonly lambda: LambdaConduct;
  readonly ledger: LedgerConduct;
  readonly pollInterval: PollInterval;
  readonly stacks: readonly StackLife[];
  readonly otherActions: readonly OtherAction[];
}

export const POLL_INTERVALS = [10, 60] as const;
/** Seconds. */
export type PollInterval = (typeof POLL_INTERVALS)[number];

/** How the service behaves. All but the minutes and seconds are probabilities. */
export interface ServiceConduct {
  readonly faults: FaultRates;
  readonly longestCloneMinutes: number;
  readonly longestDeletionSeconds: number;
  readonly cloneFails: number;
  readonly cloneIsStuck: number;
  readonly deletionFails: number;
  /** Of a call of CloneBackend: it is answered with an error, whether the service has taken it or not. */
  readonly cloneAnswerLost: number;
  /** The same of DeleteBackend. */
  readonly deletionAnswerLost: number;
  readonly callerRights: CallerRights;
}

/** Probabilities, per call of the table that the handler keeps its ledger in. */
export type LedgerConduct = Readonly<Record<LedgerFault, number>>;

export interface CloudFormationConduct {
  readonly failedUpdate: FailedUpdate;
  readonly maxDelaySeconds: number;
  readonly duplicateProbability: number;
  readonly maxDuplicateDelaySeconds: number;
}

/** Probabilities: of a cold start per invocation, of the others per call that the handler makes. */
export interface LambdaConduct {
  readonly coldStart: number;
  readonly killedBeforeCall: number;
  readonly killedAfterCall: number;
  /** Just before or just after a call that changes something, be it in the ledger or at the service. */
  readonly killedAroundChange: number;
  readonly callHangs: number;
  /** Each call takes up to this long until it is there, and as long until its answer is. */
  readonly longestWayMilliseconds: number;
}

export interface StackLife {
  readonly steps: readonly Step[];
}

export type Step =
  | {
      readonly kind: 'deploy';
      /** Before it begins. */
      readonly waitSeconds: number;
      readonly clones: readonly CloneSpec[];
      readonly interruption: Interruption | undefined;
    }
  | { readonly kind: 'destroy'; readonly waitSeconds: number };

/** Something that makes the deployment fail while its clones are made. */
export type Interruption =
  | { readonly kind: 'another resource fails'; readonly afterSeconds: number }
  /** Counted from when the deployment begins, a moment of its own clones included. */
  | { readonly kind: 'cancelled'; readonly when: When };

/** What happens in a run by itself, and what a race is about. */
export const MOMENTS = [
  'CloneBackend is accepted',
  'a clone ends',
  'DeleteBackend is accepted',
  'a deletion ends',
  'the ledger is written',
  'a request is sent',
  'a request is answered',
] as const;
export type Moment = (typeof MOMENTS)[number];

export type When =
  | { readonly kind: 'at'; readonly seconds: number }
  /** The moment's `nth` time, 1 being the first. Before it only where its time is known by then: that of a job's end. */
  | { readonly kind: 'around'; readonly moment: Moment; readonly nth: number; readonly milliseconds: number };

export const REMOVAL_POLICIES = ['DESTROY', 'RETAIN_ON_UPDATE_OR_DELETE', 'RETAIN'] as const;
export type RemovalPolicyName = (typeof REMOVAL_POLICIES)[number];

export interface CloneSpec {
  readonly logicalId: string;
  readonly appId: string;
  /** The name of an environment, or the logical id of another clone of the stack. */
  readonly source: string | { readonly cloneOf: string };
  readonly target: string;
  readonly removalPolicy: RemovalPolicyName;
  readonly timeoutMinutes: number;
  readonly existing: 'FAIL' | 'ADOPT';
  readonly wantsOutput: boolean;
}

/** What other people do in the app. */
export interface OtherAction {
  readonly when: When;
  readonly kind: (typeof OTHER_ACTIONS)[number];
  readonly appId: string;
  /** Undefined for the one that the moment is about. */
  readonly environment: string | undefined;
}

export const OTHER_ACTIONS = [
  /** With the Amplify CLI: at once, and without a job. */
  'makes',
  'removes',
  /** Listed at once, and filled ten minutes later. */
  'begins to make',
  /** Both, so that there is another one of that name. */
  'makes anew',
  /** With a job of the service. */
  'clones onto',
  'deletes',
  /** Of a source, onto a name that nobody else uses. */
  'clones',
  'switches Amplify Studio off for ten minutes',
] as const;

export const APP_IDS = ['d1a2b3c4d5e6f7', 'd9z8y7x6w5v4u3'] as const;
/** Environments that are there from the start. */
export const SOURCES = ['dev', 'test'] as const;
/** Of each stack its own, as the README asks for, where names are not shared; few, so that a name is used again and again. */
export const TARGETS = [
  ['pa', 'pb', 'pc'],
  ['qa', 'qb', 'qc'],
  ['ra', 'rb', 'rc'],
] as const;
