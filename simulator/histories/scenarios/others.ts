import * as fc from 'fast-check';
import type { Variants } from '../../amplify-backend/variants';
import type { OtherAction, Step } from '../history';
import {
  APP,
  after,
  type Changes,
  cloneOnto,
  deploy,
  deployment,
  destruction,
  MINUTE,
  NAMES,
  withoutFaults,
} from './steps';

/** The service lets anybody delete an environment that is being cloned. */
const DELETES_ANYTHING = { deleteWhileCloning: 'accepted', pendingJob: 'accepted' } as const;

/** How another owner puts another environment in the place of a clone, under these variants of the service. */
interface Replacement {
  readonly removal: 'deletes by CLI' | 'deletes';
  readonly creation: 'creates by CLI' | 'starts to create by CLI' | 'clones onto';
  readonly variants: Partial<Variants>;
}

const ONLY_JOBS_SHOW_IT: Partial<Variants> = {
  environmentDetails: { answer: '504', of: 'every environment', fromAgeMilliseconds: 0 },
  cloneJobFiledUnder: 'target',
  targetListed: 'on acceptance',
  oldJobs: 'kept',
};

/** Another owner deletes the environment of a stack, and puts another one in its place, before the stack is deleted. */
export const replacedByOthers: fc.Arbitrary<Changes> = fc
  .record({
    // A clone that takes nearly as long as its timeout leaves little time to read its root stack.
    pace: fc.constantFrom(
      { timeoutMinutes: 5, longestCloneMinutes: 5 },
      { timeoutMinutes: 45, longestCloneMinutes: 2 },
      { timeoutMinutes: 45, longestCloneMinutes: 40 },
    ),
    // The shorter ones often come while another owner's clone runs.
    secondsUntilDestroyed: fc.oneof(fc.integer({ min: 60, max: 420 }), fc.integer({ min: 60, max: 1200 })),
    replacement: fc.constantFrom<Replacement>(
      { removal: 'deletes by CLI', creation: 'creates by CLI', variants: { environmentDetails: 'work' } },
      { removal: 'deletes by CLI', creation: 'starts to create by CLI', variants: { environmentDetails: 'work' } },
      { removal: 'deletes', creation: 'creates by CLI', variants: ONLY_JOBS_SHOW_IT },
      { removal: 'deletes by CLI', creation: 'clones onto', variants: ONLY_JOBS_SHOW_IT },
    ),
    removedAfter: fc.integer({ min: 0, max: MINUTE }),
    replacedAfter: fc.integer({ min: 0, max: 5 * MINUTE }),
  })
  .map((drawnReplacement) => (drawn) => {
    const { pace, secondsUntilDestroyed, replacement, removedAfter, replacedAfter } = drawnReplacement;
    const { timeoutMinutes, longestCloneMinutes } = pace;
    const { removal, creation, variants } = replacement;
    const calm = withoutFaults(drawn);
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
      { when: isReplaced, kind: creation, appId: APP, environment: undefined },
    ];
    return {
      ...calm,
      variants: { ...calm.variants, ...DELETES_ANYTHING, ...variants },
      service: { ...calm.service, longestCloneMinutes, deletionFails: 0 },
      stacks: [{ steps }],
      otherActions,
    };
  });

/** A clone fails and leaves nothing, and another owner takes its name at that moment. */
export const nameTakenByOthers: fc.Arbitrary<Changes> = fc
  .record({
    taking: fc.constantFrom('clones onto' as const, 'starts to create by CLI' as const, 'creates by CLI' as const),
    milliseconds: fc.integer({ min: 0, max: 2 * MINUTE }),
  })
  .map(({ taking, milliseconds }) => (drawn) => {
    const calm = withoutFaults(drawn);
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
export const answerLostWithoutStudio: fc.Arbitrary<Changes> = fc
  .record({ milliseconds: fc.integer({ min: 0, max: 5 * MINUTE }), end: destruction })
  .map(({ milliseconds, end }) => (drawn) => {
    const calm = withoutFaults(drawn);
    const when = after('CloneBackend is accepted', milliseconds);
    return {
      ...calm,
      variants: { ...calm.variants, studioOff: 'NotFoundException' },
      service: { ...calm.service, cloneAnswerLost: 1, longestCloneMinutes: 2 },
      stacks: [{ steps: [deploy([cloneOnto('A', NAMES[0], { timeoutMinutes: 5 })]), end] }],
      otherActions: [{ when, kind: 'switches Amplify Studio off', appId: APP, environment: undefined }],
    };
  });

/** A stack adopts the environment of another stack or of other people, while these delete it or clone onto it. */
export const adoptedFromOthers: fc.Arbitrary<Changes> = fc
  .record({
    adoption: deployment(fc.constant([cloneOnto('B', NAMES[0], { existing: 'ADOPT' })]), fc.constant(undefined)),
    ends: fc.tuple(destruction, destruction),
    owner: fc.constantFrom('another stack', 'other people'),
    action: fc.constantFrom('clones onto' as const, 'deletes' as const),
    milliseconds: fc.integer({ min: -MINUTE, max: 2 * MINUTE }),
  })
  .map(({ adoption, ends, owner, action, milliseconds }) => (drawn) => {
    const clone = deploy([cloneOnto('A', NAMES[0])]);
    const when = after('a request is sent', milliseconds);
    const then: OtherAction = { when, kind: action, appId: APP, environment: NAMES[0] };
    const atOnce = { kind: 'at', seconds: 0 } as const;
    const creation: OtherAction = { when: atOnce, kind: 'creates by CLI', appId: APP, environment: NAMES[0] };
    const isOfStack = owner === 'another stack';
    return {
      ...withoutFaults(drawn),
      stacks: isOfStack
        ? [{ steps: [clone, ends[0]] }, { steps: [adoption, ends[1]] }]
        : [{ steps: [adoption, ends[1]] }],
      otherActions: isOfStack ? [] : [...(action === 'deletes' ? [creation] : []), then],
    };
  });
