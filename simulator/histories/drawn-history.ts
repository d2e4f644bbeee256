import * as fc from 'fast-check';
import type { FaultRates } from '../amplify-backend/faults';
import type { CallerRights } from '../amplify-backend/permissions';
import { CHOICES, DETAILS_ANSWERS, DETAILS_FAIL_OF, type Variants } from '../amplify-backend/variants';
import {
  APP_IDS,
  type CloneSpec,
  type CloudFormationBehavior,
  type History,
  type Interruption,
  type LambdaBehavior,
  type LedgerBehavior,
  MOMENTS,
  OTHER_ACTIONS,
  type OtherAction,
  REMOVAL_POLICIES,
  type ServiceBehavior,
  SOURCES,
  type StackPlan,
  type Step,
  TARGETS,
  type When,
} from './history';
import { scenario } from './scenarios/scenario';

/*
 * Histories as fast-check draws them. The draws favor collisions: there are few names, calls fail where it matters most, and
 * other people act around what the handler does rather than at any time.
 */

const MINUTE = 60_000;

function oneOf<T>(choices: readonly [T, ...T[]] | readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...choices);
}

const variants: fc.Arbitrary<Variants> = fc.record({
  cloneJobFiledUnder: oneOf(CHOICES.cloneJobFiledUnder),
  targetListed: oneOf(CHOICES.targetListed),
  failedCloneLeaves: oneOf(CHOICES.failedCloneLeaves),
  cloneOntoExisting: oneOf(CHOICES.cloneOntoExisting),
  deleteWhileCloning: oneOf(CHOICES.deleteWhileCloning),
  deleteAbsent: oneOf(CHOICES.deleteAbsent),
  firstMinute: oneOf(CHOICES.firstMinute),
  studioOff: oneOf(CHOICES.studioOff),
  jobsListed: oneOf(CHOICES.jobsListed),
  firstJobStatus: oneOf(CHOICES.firstJobStatus),
  jobOperation: oneOf(CHOICES.jobOperation),
  pendingJob: oneOf(CHOICES.pendingJob),
  exceptionNames: oneOf(CHOICES.exceptionNames),
  missingRights: oneOf(CHOICES.missingRights),
  environmentDetails: fc.oneof(
    fc.constant('work' as const),
    fc.record({
      answer: oneOf(DETAILS_ANSWERS),
      of: oneOf(DETAILS_FAIL_OF),
      fromAgeMilliseconds: oneOf([0, MINUTE, 60 * MINUTE]),
    }),
  ),
  readLag: oneOf([0, 5000, MINUTE]).map((maxMilliseconds) => ({ maxMilliseconds })),
  oldJobs: oneOf<Variants['oldJobs']>(['kept', { forgottenAfterMilliseconds: 30 * MINUTE }]),
  clockSkewMilliseconds: oneOf([0, 30_000, -30_000]),
});

const faults: fc.Arbitrary<FaultRates> = fc.oneof(
  fc.constant({}),
  fc.constant({ bursts: { meanGapMilliseconds: 10 * MINUTE, meanBurstMilliseconds: 2 * MINUTE } }),
  oneOf([0.003, 0.02]).map((each) => ({
    probabilities: {
      '429': each,
      '500 before acceptance': each,
      '500 after acceptance': each,
      '504 before acceptance': each,
      '504 after acceptance': each,
      'reset before acceptance': each,
      'reset after acceptance': each,
      'HTML body': each,
      'empty body': each,
      'broken JSON': each,
      'wrong types': each,
      'unknown status': each,
    },
  })),
);

const service: fc.Arbitrary<ServiceBehavior> = fc.record({
  faults,
  longestCloneMinutes: oneOf([2, 10, 40]),
  longestDeletionSeconds: oneOf([20, 300]),
  cloneFails: oneOf([0, 0.3]),
  cloneIsStuck: oneOf([0, 0, 0.1]),
  deletionFails: oneOf([0, 0.2, 0.6]),
  cloneAnswerLost: oneOf([0, 0, 0.5]),
  deletionAnswerLost: oneOf([0, 0, 0.5]),
  callerRights: oneOf([...Array<CallerRights>(15).fill('enough'), 'missing']),
});

const cloudFormation: fc.Arbitrary<CloudFormationBehavior> = fc.record({
  failedUpdate: oneOf(['update with the old id', 'update with the new id', 'delete the new id'] as const),
  maxDelaySeconds: oneOf([0, 20]),
  duplicateProbability: oneOf([0, 0.2]),
  maxDuplicateDelaySeconds: oneOf([5, 180]),
});

const lambda: fc.Arbitrary<LambdaBehavior> = fc.record({
  coldStart: oneOf([0, 0.2]),
  killedBeforeCall: oneOf([0, 0, 0.01]),
  killedAfterCall: oneOf([0, 0, 0.01]),
  killedAroundChange: oneOf([0, 0, 0.2]),
  callHangs: oneOf([0, 0, 0.01]),
  longestWayMilliseconds: oneOf([0, 100, 4000]),
});

const ledger: fc.Arbitrary<LedgerBehavior> = fc.record({
  ThrottlingException: oneOf([0, 0, 0.01]),
  '500 before acceptance': oneOf([0, 0, 0.01]),
  '500 after acceptance': oneOf([0, 0, 0.01]),
  'reset before acceptance': oneOf([0, 0, 0.01]),
  'reset after acceptance': oneOf([0, 0, 0.01]),
});

const LOGICAL_IDS = ['A', 'B', 'C'] as const;

/** The index of the first clone's logical ID; the others follow in order. Another index renames the constructs. */
const firstLogicalId = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat({ max: LOGICAL_IDS.length - 1 }) },
);

const clonesOnto = (targets: readonly string[]): fc.Arbitrary<CloneSpec[]> =>
  fc.tuple(firstLogicalId, cloneProps(targets)).map(([first, drawn]) => withLogicalIds(first, drawn));

const cloneProps = (targets: readonly string[]) =>
  fc.array(
    fc.record({
      appId: fc.oneof({ weight: 4, arbitrary: fc.constant(APP_IDS[0]) }, { weight: 1, arbitrary: oneOf(APP_IDS) }),
      source: oneOf(SOURCES),
      isOfFirst: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      target: oneOf(targets),
      removalPolicy: oneOf(REMOVAL_POLICIES),
      timeoutMinutes: oneOf([45, 50, 5]),
      existing: oneOf(['FAIL', 'FAIL', 'ADOPT'] as const),
      wantsOutput: fc.boolean(),
    }),
    { minLength: 1, maxLength: LOGICAL_IDS.length },
  );

type CloneProps = Omit<CloneSpec, 'logicalId'> & { readonly isOfFirst: boolean };

function withLogicalIds(firstIndex: number, drawn: readonly CloneProps[]): CloneSpec[] {
  const logicalIdOf = (index: number) => LOGICAL_IDS[(firstIndex + index) % LOGICAL_IDS.length] ?? LOGICAL_IDS[0];
  return drawn.flatMap(({ isOfFirst, ...spec }, index): CloneSpec[] => {
    // Synthesis fails for two clones with one name in one stack.
    const taken = drawn.slice(0, index).some((other) => other.target === spec.target && other.appId === spec.appId);
    if (taken) return [];
    const isCloneOfFirst = isOfFirst && index > 0 && drawn[0]?.appId === spec.appId;
    const source = isCloneOfFirst ? { cloneOf: logicalIdOf(0) } : spec.source;
    return [{ ...spec, logicalId: logicalIdOf(index), source }];
  });
}

/** Mostly close to a moment that a race can be about. */
const when: fc.Arbitrary<When> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('at' as const), seconds: fc.integer({ min: 0, max: 7200 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('around' as const),
      moment: oneOf(MOMENTS),
      nth: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
      milliseconds: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 20_000 }),
        fc.integer({ min: -MINUTE, max: 2 * MINUTE }),
      ),
    }),
  },
);

const interruption: fc.Arbitrary<Interruption | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('another resource fails' as const),
      afterSeconds: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 900 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancelled' as const), when }) },
);

const waitSeconds = fc.oneof(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 3600 }));

const stepOf = (targets: readonly string[]): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('deploy' as const),
        waitSeconds,
        clones: clonesOnto(targets),
        interruption,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('destroy' as const), waitSeconds }) },
  );

const stackOf = (targets: readonly string[]): fc.Arbitrary<StackPlan> =>
  fc.record({ steps: fc.array(stepOf(targets), { minLength: 1, maxLength: 4 }) });

const stacks: fc.Arbitrary<StackPlan[]> = fc.oneof(
  ...[1, 2, 3].map((count) => fc.tuple(...TARGETS.slice(0, count).map(stackOf))),
  // Two stacks that use the same names, which the README advises against.
  fc.tuple(stackOf(TARGETS[0]), stackOf(TARGETS[0])),
);

const otherAction: fc.Arbitrary<OtherAction> = fc.record({
  when,
  kind: oneOf(OTHER_ACTIONS),
  appId: oneOf(APP_IDS),
  environment: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: oneOf(TARGETS.flat()) },
  ),
});

const anyHistory: fc.Arbitrary<History> = fc.record({
  seed: fc.nat(),
  variants,
  service,
  cloudFormation,
  lambda,
  ledger,
  pollInterval: oneOf([60, 60, 10] as const),
  stacks,
  otherActions: fc.array(otherAction, { maxLength: 4 }),
});

/** Most histories follow a scenario: an even draw hardly ever has more than two steps that depend on each other. */
export const history: fc.Arbitrary<History> = fc.oneof(
  { weight: 1, arbitrary: anyHistory },
  { weight: 2, arbitrary: fc.tuple(anyHistory, scenario).map(([drawn, changes]) => ({ ...drawn, ...changes(drawn) })) },
);
