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
/** How long a call may take, connection and all, until it has failed for the handler, and the service has it or never will. */
export const LONGEST_CALL = 15 * SECOND;
/**
 * How much later than the request that follows it a cancelled request can come to its first entry in the ledger: the
 * delays of two deliveries, and a minute of new permissions.
 */
export const LATEST_DELIVERY = 2 * MINUTE;
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
