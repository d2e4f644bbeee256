import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import { type Answer, HIDDEN } from '../../survey/answers/answer';
import { QUESTIONS } from '../../survey/questions';
import type { Observations } from '../../survey/timeline';
import { MINUTE, ROUND_TRIP } from './surveyed-account';

/** How long the surveys of the tests watch a clone. */
export const WATCH_MINUTES = 40;

/** Polls are twenty seconds apart. Jobs that have ended are read once a minute. */
const BETWEEN_READS = 61_000;

/** How the answers differ from the service's variants; empty if the survey found exactly those. */
export function differences(seen: Observations, variants: Variants): string[] {
  return Object.keys(DEFAULT_VARIANTS).flatMap((name) => {
    if (!isVariant(name)) return [];
    const answer: Answer = QUESTIONS[name].answer(seen);
    const expected = expectedOf(name, variants);
    if (expected(answer)) return [];
    return [`${name} is ${JSON.stringify(variants[name])}, and the survey says ${JSON.stringify(answer)}`];
  });
}

function isVariant(name: string): name is keyof Variants {
  return name in DEFAULT_VARIANTS;
}

type Expected = (answer: Answer) => boolean;

/**
 * The variant itself, except in the cases that cannot be observed. These are all such cases; `docs/trying-it-on-aws.md`
 * explains them.
 */
function expectedOf(name: keyof Variants, variants: Variants): Expected {
  const value = variants[name];
  switch (name) {
    case 'failedCloneLeaves':
      return variants.missingRights === 'AccessDeniedException' ? isHidden(HIDDEN.byRefusedRights) : is(value);
    case 'deleteWhileCloning':
      return variants.pendingJob === 'ValidationException' ? isHidden(HIDDEN.byPendingJob) : is(value);
    case 'readLag': {
      const { maxMilliseconds } = variants.readLag;
      // The lag is an upper bound. How close the observed reads come to it is a matter of chance.
      return maxMilliseconds === 0
        ? is({ maxMilliseconds: 0 })
        : isNumber('maxMilliseconds', maxMilliseconds < 15_000 ? 1 : maxMilliseconds / 4, maxMilliseconds);
    }
    case 'oldJobs': {
      const { oldJobs } = variants;
      // The survey does not see what happens after its end: until then, the job is kept.
      if (oldJobs === 'kept' || oldJobs.forgottenAfterMilliseconds > (WATCH_MINUTES + 20) * MINUTE) return is('kept');
      const { forgottenAfterMilliseconds: after } = oldJobs;
      const isForgotten = isNumber(
        'forgottenAfterMilliseconds',
        after,
        after + variants.readLag.maxMilliseconds + BETWEEN_READS,
      );
      return (answer) => isForgotten(answer) || (after > WATCH_MINUTES * MINUTE && is('kept')(answer));
    }
    case 'environmentDetails':
      return expectedDetails(variants);
    case 'clockSkewMilliseconds':
      // A skew that is shorter than a call cannot be distinguished from none.
      return (answer) =>
        answer.kind === 'seen' && Math.abs(Number(answer.value) - variants.clockSkewMilliseconds) <= ROUND_TRIP;
    default:
      return is(value);
  }
}

/**
 * The age of the source is not known, so the survey cannot find the age from which other environments fail. If a clone does
 * not reach the age from which it fails, the survey sees no failure.
 */
function expectedDetails({ environmentDetails }: Variants): Expected {
  if (environmentDetails === 'work') return is('work');
  const { answer, of, fromAgeMilliseconds } = environmentDetails;
  const isReached = fromAgeMilliseconds < WATCH_MINUTES * MINUTE;
  if (of === 'other environments') return is({ answer, of, fromAgeMilliseconds: 0 });
  if (!isReached) return is(of === 'clones' ? 'work' : { answer, of: 'other environments', fromAgeMilliseconds: 0 });
  const isOf: Expected = (found) =>
    found.kind === 'seen' && memberOf(found.value, 'of') === of && memberOf(found.value, 'answer') === answer;
  // A read that fails from an age of a minute on may fail from the first read on.
  const isFrom = isNumber(
    'fromAgeMilliseconds',
    fromAgeMilliseconds < 10 * MINUTE ? 0 : fromAgeMilliseconds,
    fromAgeMilliseconds + BETWEEN_READS,
  );
  return (found) => isOf(found) && isFrom(found);
}

function is(value: unknown): Expected {
  return (answer) => answer.kind === 'seen' && JSON.stringify(answer.value) === JSON.stringify(value);
}

function isHidden(because: string): Expected {
  return (answer) => answer.kind === 'not seen' && answer.because === because;
}

function isNumber(member: string, least: number, most: number): Expected {
  return (answer) => {
    if (answer.kind !== 'seen') return false;
    const found = Number(memberOf(answer.value, member));
    return found >= least && found <= most;
  };
}

function memberOf(value: unknown, member: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, member) : undefined;
}
