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
/** Between two looks of one invocation that waits for something. */
export const LOOK_EVERY = 5 * SECOND;
/** A new role or policy is known everywhere after this long; until then a refusal means little. */
export const NEW_PERMISSIONS = MINUTE;
/** The `onEvent` function's own time: as long as it takes, a Create can still call CloneBackend. */
export const LONGEST_BEGIN = 2 * MINUTE;
/**
 * How long ago a clone may have ended that a cancelled request had begun. After an Update the request that goes back comes
 * at once: the longest poll interval, a read that lies behind, and the answer's way. A Delete may come when all other
 * resources of the stack are back, each of which can take its hour.
 */
export const EVIDENCE = { restoring: 3 * MINUTE + CLOCK_SKEW, abandoned: 65 * MINUTE + CLOCK_SKEW } as const;
/** For this long after it, a clone is taken for one that may still be at work: longer than `restoring` takes it for ours. */
export const QUIET = EVIDENCE.restoring + CLOCK_SKEW + READ_LAG + MINUTE;
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
