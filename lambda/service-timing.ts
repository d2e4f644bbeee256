/*
 * How stale the service's answers can be. AWS does not document that. The project's simulator goes up to these bounds, and
 * each rule that depends on one uses it from here.
 */
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A read can be stale by a minute. After this long it is not. */
export const READ_LAG = 65 * SECOND;
/** The service's clock and the handler's can differ by this much. */
export const CLOCK_SKEW = 31 * SECOND;
/** IAM knows a new role or policy everywhere after this long. Until then, a denied call is retried. */
export const NEW_PERMISSIONS = MINUTE;
/** How long a call can take, with its connection. After that the service has received it, or never will. */
export const LONGEST_CALL = 15 * SECOND;
/**
 * How much later than the request that follows it a cancelled request can write its first entry. Lambda delivers an event again
 * up to three minutes after a function has failed (its Developer Guide, "How Lambda handles errors and retries with asynchronous
 * invocation"). A minute of new permissions can follow.
 */
export const LATEST_DELIVERY = 4 * MINUTE;
/** The service shows a job at least this long. It is not documented for how long it does. */
export const JOBS_SHOWN = 25 * MINUTE;
/** The answer is due within CloudFormation's hour, and requests can be delivered late. */
export const LAST_ANSWER = 54 * MINUTE;

/** Whether reads show what happened at `time`, by the handler's clock. */
export function isSettled(time: number, now: number): boolean {
  return now - time > READ_LAG;
}

/** Whether reads show what happened at `time`, by the service's clock. */
export function isSettledByService(time: number, now: number): boolean {
  return now - time > READ_LAG + CLOCK_SKEW;
}
