import * as fc from 'fast-check';
import type { Variants } from '../amplify-backend/variants';
import { CALM } from './calm';
import {
  APP_IDS,
  type CloneSpec,
  type CloudFormationBehavior,
  type History,
  type Interruption,
  type Moment,
  type OtherAction,
  REMOVAL_POLICIES,
  type RemovalPolicyName,
  SOURCES,
  type Step,
  TARGETS,
  type When,
} from './history';

/*
 * Plots: courses of several steps that bring a rule of the handler into play, and that are hardly ever drawn by chance. A
 * plot replaces the steps of a drawn history; how the service, CloudFormation and Lambda behave is drawn as before.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** What a plot changes in a drawn history. */
export type Changes = (drawn: History) => Partial<History>;

const [APP] = APP_IDS;
const [NAMES] = TARGETS;
const waitSeconds = fc.integer({ min: 0, max: 1800 });
const seldom = <T>(rare: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: rare });

function cloneOnto(logicalId: string, target: string, more: Partial<CloneSpec> = {}): CloneSpec {
  return {
    logicalId,
    appId: APP,
    source: SOURCES[0],
    target,
    removalPolicy: 'DESTROY',
    timeoutMinutes: 45,
    existing: 'FAIL',
    wantsOutput: false,
    ...more,
  };
}

function deploy(clones: readonly CloneSpec[], seconds = 0, interruption?: Interruption): Step {
  return { kind: 'deploy', waitSeconds: seconds, clones, interruption };
}

/** So long after the first time that it happens. */
function after(moment: Moment, milliseconds: number): When {
  return { kind: 'around', moment, nth: 1, milliseconds };
}

const destruction: fc.Arbitrary<Step> = waitSeconds.map((seconds) => ({ kind: 'destroy', waitSeconds: seconds }));

function deployment(
  clones: fc.Arbitrary<readonly CloneSpec[]>,
  interruption: fc.Arbitrary<Interruption | undefined> = seldom(cancellation),
): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant('deploy' as const), waitSeconds, clones, interruption });
}

/** While the first request is on its way, or a little later. */
const cancellation: fc.Arbitrary<Interruption> = fc.record({
  kind: fc.constant('cancelled' as const),
  when: fc.record({
    kind: fc.constant('around' as const),
    moment: fc.constantFrom('a request is sent' as const, 'CloneBackend is accepted' as const),
    nth: fc.constant(1),
    milliseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 * SECOND })),
  }),
});

/** With nothing that goes wrong by itself, so that the plot takes its course. */
function calmed({ service, variants }: History): Pick<History, 'service' | 'variants' | 'lambda' | 'ledger'> {
  const { faults, cloneFails, cloneIsStuck, cloneAnswerLost, deletionAnswerLost } = CALM.service;
  return {
    service: { ...service, faults, cloneFails, cloneIsStuck, cloneAnswerLost, deletionAnswerLost },
    variants: { ...variants, environmentDetails: 'work' },
    lambda: CALM.lambda,
    ledger: CALM.ledger,
  };
}

/** The service does not keep anybody from deleting what is being cloned. */
const DELETES_ANYTHING = { deleteWhileCloning: 'accepted', pendingJob: 'accepted' } as const;

/** How somebody else puts another environment in the place of a clone, and how the service is. */
interface Taking {
  readonly removal: 'deletes by CLI' | 'deletes';
  readonly replacement: 'creates by CLI' | 'starts to create by CLI' | 'clones onto';
  readonly variants: Partial<Variants>;
}

const ONLY_JOBS_SHOW_IT: Partial<Variants> = {
  environmentDetails: { answer: '504', of: 'every environment', fromAgeMilliseconds: 0 },
  cloneJobFiledUnder: 'target',
  targetListed: 'on acceptance',
  oldJobs: 'kept',
};

/** Somebody else removes what a stack has cloned, and puts another environment in its place, before the stack goes. */
const takenOver: fc.Arbitrary<Changes> = fc
  .record({
    // A clone that takes nearly as long as its timeout leaves little time to read its root stack.
    pace: fc.constantFrom(
      { timeoutMinutes: 5, longestCloneMinutes: 5 },
      { timeoutMinutes: 45, longestCloneMinutes: 2 },
      { timeoutMinutes: 45, longestCloneMinutes: 40 },
    ),
    // Sometimes while a clone by somebody else still runs.
    secondsUntilDestroyed: fc.oneof(fc.integer({ min: 60, max: 420 }), fc.integer({ min: 60, max: 1200 })),
    taking: fc.constantFrom<Taking>(
      { removal: 'deletes by CLI', replacement: 'creates by CLI', variants: { environmentDetails: 'work' } },
      { removal: 'deletes by CLI', replacement: 'starts to create by CLI', variants: { environmentDetails: 'work' } },
      { removal: 'deletes', replacement: 'creates by CLI', variants: ONLY_JOBS_SHOW_IT },
      { removal: 'deletes by CLI', replacement: 'clones onto', variants: ONLY_JOBS_SHOW_IT },
    ),
    removedAfter: fc.integer({ min: 0, max: MINUTE }),
    replacedAfter: fc.integer({ min: 0, max: 5 * MINUTE }),
  })
  .map((course) => (drawn) => {
    const { pace, secondsUntilDestroyed, taking, removedAfter, replacedAfter } = course;
    const { timeoutMinutes, longestCloneMinutes } = pace;
    const { removal, replacement, variants } = taking;
    const calm = calmed(drawn);
    const steps: readonly Step[] = [
      deploy([cloneOnto('A', NAMES[0], { timeoutMinutes })]),
      { kind: 'destroy', waitSeconds: secondsUntilDestroyed },
    ];
    const isReplaced =
      removal === 'deletes'
        ? after('a deletion ends', replacedAfter)
        : after('a request is answered', removedAfter + replacedAfter);
    const otherActions: readonly OtherAction[] = [
      { when: after('a request is answered', removedAfter), kind: removal, appId: APP, environment: undefined },
      { when: isReplaced, kind: replacement, appId: APP, environment: undefined },
    ];
    return {
      ...calm,
      variants: { ...calm.variants, ...DELETES_ANYTHING, ...variants },
      service: { ...calm.service, longestCloneMinutes, deletionFails: 0 },
      stacks: [{ steps }],
      otherActions,
    };
  });

/** A clone fails and leaves nothing, and somebody else takes its name at that moment. */
const failedAndTaken: fc.Arbitrary<Changes> = fc
  .record({
    taking: fc.constantFrom('clones onto' as const, 'starts to create by CLI' as const, 'creates by CLI' as const),
    milliseconds: fc.integer({ min: 0, max: 2 * MINUTE }),
  })
  .map(({ taking, milliseconds }) => (drawn) => {
    const calm = calmed(drawn);
    const variants: Partial<Variants> = {
      ...DELETES_ANYTHING,
      failedCloneLeaves: 'nothing',
      targetListed: 'on acceptance',
    };
    return {
      ...calm,
      variants: { ...calm.variants, ...variants },
      service: { ...calm.service, cloneFails: 1 },
      stacks: [{ steps: [deploy([cloneOnto('A', NAMES[0])])] }],
      otherActions: [{ when: after('a clone ends', milliseconds), kind: taking, appId: APP, environment: undefined }],
    };
  });

/** The answer to CloneBackend is lost, and Amplify Studio is off until the timeout. */
const cloneInTheDark: fc.Arbitrary<Changes> = fc
  .record({ milliseconds: fc.integer({ min: 0, max: 5 * MINUTE }), end: destruction })
  .map(({ milliseconds, end }) => (drawn) => {
    const calm = calmed(drawn);
    const when = after('CloneBackend is accepted', milliseconds);
    return {
      ...calm,
      variants: { ...calm.variants, studioOff: 'NotFoundException' },
      service: { ...calm.service, cloneAnswerLost: 1, longestCloneMinutes: 2 },
      stacks: [{ steps: [deploy([cloneOnto('A', NAMES[0], { timeoutMinutes: 5 })]), end] }],
      otherActions: [{ when, kind: 'switches Amplify Studio off', appId: APP, environment: undefined }],
    };
  });

/** A construct gets another ID, and adopts what it has cloned under the former one. */
const renamed: fc.Arbitrary<Changes> = fc
  .record({
    steps: fc.tuple(
      deployment(fc.constant([cloneOnto('A', NAMES[0])]), fc.constant(undefined)),
      deployment(fc.constant([cloneOnto('B', NAMES[0], { existing: 'ADOPT' })])),
      deployment(fc.constantFrom('B', 'C').map((id) => [cloneOnto(id, NAMES[0], { existing: 'ADOPT' })])),
      destruction,
    ),
    isCalm: fc.boolean(),
  })
  .map(({ steps, isCalm }) => (drawn) => ({
    ...(isCalm ? calmed(drawn) : {}),
    stacks: [{ steps }],
    otherActions: [],
  }));

/** A stack adopts an environment that is another stack's or somebody else's, while that one deletes or clones it. */
const adoptedFromOthers: fc.Arbitrary<Changes> = fc
  .record({
    adoption: deployment(fc.constant([cloneOnto('B', NAMES[0], { existing: 'ADOPT' })]), fc.constant(undefined)),
    ends: fc.tuple(destruction, destruction),
    owner: fc.constantFrom('another stack', 'somebody else'),
    action: fc.constantFrom('clones onto' as const, 'deletes' as const),
    milliseconds: fc.integer({ min: -MINUTE, max: 2 * MINUTE }),
  })
  .map(({ adoption, ends, owner, action, milliseconds }) => (drawn) => {
    const clone = deploy([cloneOnto('A', NAMES[0])]);
    const when = after('a request is sent', milliseconds);
    const isOfStack = owner === 'another stack';
    return {
      ...calmed(drawn),
      stacks: isOfStack
        ? [{ steps: [clone, ends[0]] }, { steps: [adoption, ends[1]] }]
        : [{ steps: [adoption, ends[1]] }],
      otherActions: isOfStack
        ? []
        : [
            ...(action === 'deletes'
              ? [
                  {
                    when: { kind: 'at', seconds: 0 },
                    kind: 'creates by CLI',
                    appId: APP,
                    environment: NAMES[0],
                  } as const,
                ]
              : []),
            { when, kind: action, appId: APP, environment: NAMES[0] },
          ],
    };
  });

/** A clone gets another name, and its former one again, and so on. */
const backAndForth: fc.Arbitrary<Changes> = fc
  .record({
    removalPolicy: fc.constantFrom<RemovalPolicyName>('RETAIN', 'RETAIN', ...REMOVAL_POLICIES),
    count: fc.integer({ min: 3, max: 5 }),
    interruptions: fc.array(seldom(fc.oneof(cancellation, failureOfAnother())), { minLength: 5, maxLength: 5 }),
    waits: fc.array(waitSeconds, { minLength: 5, maxLength: 5 }),
    end: destruction,
    isCalm: fc.boolean(),
  })
  .map(({ removalPolicy, count, interruptions, waits, end, isCalm }) => (drawn) => {
    const steps = waits.slice(0, count).map((seconds, index): Step => {
      const clone = cloneOnto('A', index % 2 === 0 ? NAMES[0] : NAMES[1], { removalPolicy });
      return deploy([clone], seconds, index === 0 ? undefined : interruptions[index]);
    });
    return { ...(isCalm ? calmed(drawn) : {}), stacks: [{ steps: [...steps, end] }] };
  });

function failureOfAnother(): fc.Arbitrary<Interruption> {
  return fc.record({
    kind: fc.constant('another resource fails' as const),
    afterSeconds: fc.integer({ min: 0, max: 20 }),
  });
}

/** An update back to a retained environment fails before it is answered. */
const failedReturn: fc.Arbitrary<Changes> = fc
  .record({
    removalPolicy: fc.constantFrom<RemovalPolicyName>('RETAIN', 'RETAIN_ON_UPDATE_OR_DELETE'),
    waits: fc.tuple(waitSeconds, waitSeconds, waitSeconds),
    milliseconds: fc.integer({ min: 0, max: 20 * SECOND }),
    next: fc.constantFrom([], [NAMES[0]], [NAMES[1]], [NAMES[1], NAMES[0]]),
    end: destruction,
  })
  .map(({ removalPolicy, waits, milliseconds, next, end }) => (drawn) => {
    const update = (target: string, seconds: number, interruption?: Interruption): Step =>
      deploy([cloneOnto('A', target, { removalPolicy })], seconds, interruption);
    const when = after('a request is sent', milliseconds);
    const steps = [
      update(NAMES[0], 0),
      update(NAMES[1], waits[0]),
      update(NAMES[0], waits[1], { kind: 'cancelled', when }),
      ...next.map((name) => update(name, waits[2])),
      end,
    ];
    return {
      ...calmed(drawn),
      cloudFormation: { ...drawn.cloudFormation, maxDelaySeconds: 20 },
      stacks: [{ steps }],
      otherActions: [],
    };
  });

/** A stack goes days after the last request. */
const muchLater: fc.Arbitrary<Changes> = fc.integer({ min: 30, max: 100 }).map((hours) => (drawn) => {
  const steps: readonly Step[] = [
    deploy([cloneOnto('A', NAMES[0])]),
    deploy([cloneOnto('A', NAMES[0], { timeoutMinutes: 50 })]),
    { kind: 'destroy', waitSeconds: hours * 3600 },
  ];
  return { ...calmed(drawn), stacks: [{ steps }], otherActions: [] };
});

/** A clone comes to a stack and goes again, and is cancelled now and then while its request is on its way. */
const comingAndGoing: fc.Arbitrary<Changes> = fc
  .record({
    removalPolicy: fc.constantFrom<RemovalPolicyName>(...REMOVAL_POLICIES, 'RETAIN_ON_UPDATE_OR_DELETE'),
    updates: fc.array(
      fc.record({
        isThere: fc.oneof({ weight: 1, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: fc.constant(true) }),
        waitSeconds,
        interruption: fc.oneof(fc.constant(undefined), cancellation),
      }),
      { minLength: 3, maxLength: 4 },
    ),
    end: destruction,
    delays: fc.constantFrom<Pick<CloudFormationBehavior, 'maxDelaySeconds' | 'maxDuplicateDelaySeconds'>>(
      { maxDelaySeconds: 20, maxDuplicateDelaySeconds: 180 },
      { maxDelaySeconds: 120, maxDuplicateDelaySeconds: 90 },
    ),
    isCalm: fc.boolean(),
  })
  .map(({ removalPolicy, updates, end, delays, isCalm }) => (drawn) => {
    const rest = cloneOnto('A', NAMES[0]);
    const both = [rest, cloneOnto('B', NAMES[1], { removalPolicy })];
    const steps = updates.map(({ isThere, waitSeconds: seconds, interruption }) =>
      deploy(isThere ? both : [rest], seconds, interruption),
    );
    return {
      ...(isCalm ? calmed(drawn) : {}),
      cloudFormation: { ...drawn.cloudFormation, ...delays },
      stacks: [{ steps: [deploy([rest]), ...steps, end] }],
    };
  });

export const plot: fc.Arbitrary<Changes> = fc.oneof(
  { weight: 2, arbitrary: takenOver },
  failedAndTaken,
  cloneInTheDark,
  renamed,
  adoptedFromOthers,
  { weight: 2, arbitrary: backAndForth },
  { weight: 4, arbitrary: comingAndGoing },
  failedReturn,
  muchLater,
);
