import * as fc from 'fast-check';
import {
  type CloudFormationBehavior,
  type Interruption,
  REMOVAL_POLICIES,
  type RemovalPolicyName,
  type Step,
} from '../history';
import {
  after,
  type Changes,
  cancellation,
  cloneOnto,
  deploy,
  deployment,
  destruction,
  NAMES,
  SECOND,
  seldom,
  waitSeconds,
  withoutFaults,
} from './steps';

/** A construct gets another ID, and adopts the environment of its former ID. */
export const renamedConstruct: fc.Arbitrary<Changes> = fc
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
    ...(isCalm ? withoutFaults(drawn) : {}),
    stacks: [{ steps }],
    otherActions: [],
  }));

/** Updates go to another name and back, several times. */
export const updatedBackAndForth: fc.Arbitrary<Changes> = fc
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
    return { ...(isCalm ? withoutFaults(drawn) : {}), stacks: [{ steps: [...steps, end] }] };
  });

function failureOfAnother(): fc.Arbitrary<Interruption> {
  return fc.record({
    kind: fc.constant('another resource fails' as const),
    afterSeconds: fc.integer({ min: 0, max: 20 }),
  });
}

/** An update back to a retained environment is cancelled before it is answered. */
export const failedUpdateBack: fc.Arbitrary<Changes> = fc
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
      ...withoutFaults(drawn),
      cloudFormation: { ...drawn.cloudFormation, maxDelaySeconds: 20 },
      stacks: [{ steps }],
      otherActions: [],
    };
  });

/** A stack is deleted days after its last update. */
export const deletedDaysLater: fc.Arbitrary<Changes> = fc.integer({ min: 30, max: 100 }).map((hours) => (drawn) => {
  const steps: readonly Step[] = [
    deploy([cloneOnto('A', NAMES[0])]),
    deploy([cloneOnto('A', NAMES[0], { timeoutMinutes: 50 })]),
    { kind: 'destroy', waitSeconds: hours * 3600 },
  ];
  return { ...withoutFaults(drawn), stacks: [{ steps }], otherActions: [] };
});

/** Updates add a clone to a stack and remove it. Some are cancelled while the request is on its way to the handler. */
export const addedAndRemoved: fc.Arbitrary<Changes> = fc
  .record({
    removalPolicy: fc.constantFrom<RemovalPolicyName>(...REMOVAL_POLICIES, 'RETAIN_ON_UPDATE_OR_DELETE'),
    updates: fc.array(
      fc.record({
        hasClone: fc.oneof({ weight: 1, arbitrary: fc.constant(false) }, { weight: 2, arbitrary: fc.constant(true) }),
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
    const steps = updates.map(({ hasClone, waitSeconds: seconds, interruption }) =>
      deploy(hasClone ? both : [rest], seconds, interruption),
    );
    return {
      ...(isCalm ? withoutFaults(drawn) : {}),
      cloudFormation: { ...drawn.cloudFormation, ...delays },
      stacks: [{ steps: [deploy([rest]), ...steps, end] }],
    };
  });
