/*
 * How far what the service says can lie behind what is so. Not documented; these bounds are the ones that the project's
 * simulator goes up to, and every rule that depends on them asks here.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A read may show what was true up to a minute ago; with this margin it cannot. */
export const READ_LAG = 65 * SECOND;
/** The service's clock and the handler's may differ by this much. */
export const CLOCK_SKEW = 31 * SECOND;
/** A new role or policy is known everywhere after this long; until then a refusal means little. */
export const NEW_PERMISSIONS = MINUTE;
/** The `onEvent` function's own time: as long as it takes, a Create can still call CloneBackend. */
export const LONGEST_BEGIN = 2 * MINUTE;
/**
 * A clone that ended longer ago than this has been seen by the `poll` that waited for it, and reported: CloudFormation
 * then knows its id. The longest poll interval, a read that lies behind, and the answer's way.
 */
export const EVIDENCE = 3 * MINUTE;
/** For this long after it, a clone is taken for one that may still be at work: longer than it is evidence for anyone. */
export const QUIET = EVIDENCE + 2 * CLOCK_SKEW + READ_LAG + MINUTE;
/** The answer has to be there before CloudFormation's hour is over, and requests can be delivered late. */
export const LAST_ANSWER = 54 * MINUTE;

/** Whether reads show by now what happened at `time` by the handler's clock. */
export function isSettled(time: number, now: number): boolean {
  return now - time > READ_LAG;
}

/** Whether reads show by now what happened at `time` by the service's clock. */
export function isSettledByService(time: number, now: number): boolean {
  return now - time > READ_LAG + CLOCK_SKEW;
}
