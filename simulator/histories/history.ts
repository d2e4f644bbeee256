import type { FaultRates } from '../amplify-backend/faults';
import type { CallerRights } from '../amplify-backend/permissions';
import type { Variants } from '../amplify-backend/variants';
import type { FailedUpdate } from '../cloudformation/custom-resource';
import type { Fault as LedgerFault } from '../dynamodb/faults';

/**
 * All that is drawn before a run. The run draws the rest (IDs, lags, faults, kills) from the history's seed, so that the same
 * history is the same run each time.
 */
export interface History {
  readonly seed: number;
  readonly variants: Variants;
  readonly service: ServiceBehavior;
  readonly cloudFormation: CloudFormationBehavior;
  readonly lambda: LambdaBehavior;
  readonly ledger: LedgerBehavior;
  readonly pollInterval: PollInterval;
  readonly stacks: readonly StackPlan[];
  readonly otherActions: readonly OtherAction[];
}

export const POLL_INTERVALS = [10, 60] as const;
/** Seconds. */
export type PollInterval = (typeof POLL_INTERVALS)[number];

/** How AmplifyBackend behaves. Members without a unit in their name are probabilities. */
export interface ServiceBehavior {
  readonly faults: FaultRates;
  readonly longestCloneMinutes: number;
  readonly longestDeletionSeconds: number;
  readonly cloneFails: number;
  readonly cloneIsStuck: number;
  readonly deletionFails: number;
  /** CloneBackend returns an error, whether the service has accepted the call or not. */
  readonly cloneAnswerLost: number;
  /** The same for DeleteBackend. */
  readonly deletionAnswerLost: number;
  readonly callerRights: CallerRights;
}

/** Probabilities, per call of the ledger's table. */
export type LedgerBehavior = Readonly<Record<LedgerFault, number>>;

export interface CloudFormationBehavior {
  readonly failedUpdate: FailedUpdate;
  readonly maxDelaySeconds: number;
  readonly duplicateProbability: number;
  readonly maxDuplicateDelaySeconds: number;
}

/** Probabilities: `coldStart` per invocation, the others per call of the handler. */
export interface LambdaBehavior {
  readonly coldStart: number;
  readonly killedBeforeCall: number;
  readonly killedAfterCall: number;
  /** Just before or just after a call that writes to the ledger, or that starts a job of the service. */
  readonly killedAroundChange: number;
  readonly callHangs: number;
  /** The longest time that a call takes to its receiver, and that its answer takes back. */
  readonly longestWayMilliseconds: number;
}

/** What happens to one stack, in order. */
export interface StackPlan {
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

/** What makes a deployment fail while its clones are created. */
export type Interruption =
  | { readonly kind: 'another resource fails'; readonly afterSeconds: number }
  /** `when` counts from the beginning of the deployment. */
  | { readonly kind: 'cancelled'; readonly when: When };

/** What a race can be about: cancellations and actions of other people are timed around these. */
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
  /**
   * The moment's `nth` time, 1 being the first. Negative milliseconds work only for the end of a job, whose time is known when
   * the job starts.
   */
  | { readonly kind: 'around'; readonly moment: Moment; readonly nth: number; readonly milliseconds: number };

export const REMOVAL_POLICIES = ['DESTROY', 'RETAIN_ON_UPDATE_OR_DELETE', 'RETAIN'] as const;
export type RemovalPolicyName = (typeof REMOVAL_POLICIES)[number];

export interface CloneSpec {
  readonly logicalId: string;
  readonly appId: string;
  /** The name of an environment, or the logical ID of another clone of the stack. */
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
  /** Undefined for the environment that the moment is about. */
  readonly environment: string | undefined;
}

export const OTHER_ACTIONS = [
  /** With the Amplify CLI: at once, and without a job of AmplifyBackend. */
  'creates by CLI',
  'deletes by CLI',
  /** The app lists it at once. It gets its backend ten minutes later. */
  'starts to create by CLI',
  /** Deletes it, and creates another one of that name. */
  'recreates by CLI',
  /** With a job of AmplifyBackend. */
  'clones onto',
  'deletes',
  /** Clones the source to a name that nobody else uses. */
  'clones to an unused name',
  /** For ten minutes. */
  'switches Amplify Studio off',
] as const;

export const APP_IDS = ['d1a2b3c4d5e6f7', 'd9z8y7x6w5v4u3'] as const;
/** Environments that exist from the start. */
export const SOURCES = ['dev', 'test'] as const;
/** A list for each stack, since the README asks for names of its own. The lists are short, so that a name is used repeatedly. */
export const TARGETS = [
  ['pa', 'pb', 'pc'],
  ['qa', 'qb', 'qc'],
  ['ra', 'rb', 'rc'],
] as const;
