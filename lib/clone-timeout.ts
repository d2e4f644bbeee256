import { Duration } from 'aws-cdk-lib';

/** How long a clone may take by default. */
export const DEFAULT_TIMEOUT = Duration.minutes(45);

export const SHORTEST_TIMEOUT = Duration.minutes(1);

/** Leaves ten minutes of CloudFormation's hour (aws-cdk issue 24974) to remove a late clone, and to answer. */
export const LONGEST_TIMEOUT = Duration.minutes(50);

/** A sentence that names the invalid value, or `undefined` for a valid one. The value of a token is not known at synthesis. */
export function timeoutProblem(timeout: Duration): string | undefined {
  if (timeout.isUnresolved()) {
    const unit = timeout.unitLabel();
    return unit === 'seconds' ? undefined : `timeout is a token in ${unit}: create it with Duration.seconds`;
  }
  const seconds = timeout.toSeconds({ integral: false });
  const inBounds = seconds >= SHORTEST_TIMEOUT.toSeconds() && seconds <= LONGEST_TIMEOUT.toSeconds();
  return inBounds && Number.isInteger(seconds)
    ? undefined
    : `timeout of ${seconds} seconds is not a whole number from ${SHORTEST_TIMEOUT.toSeconds()} to ${LONGEST_TIMEOUT.toSeconds()}`;
}
