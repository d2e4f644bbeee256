/** What the observations say about a question. If they allow two answers, it is `not seen`, with the reason. */
export type Answer<V = unknown> =
  | { readonly kind: 'seen'; readonly value: V; readonly evidence: readonly string[] }
  /** None of the answers that the simulator knows. */
  | { readonly kind: 'unexpected'; readonly evidence: readonly string[] }
  | { readonly kind: 'not seen'; readonly because: string };

/** Reasons for `not seen` that lie in the service's behavior or in the options. The tests expect these texts. */
export const HIDDEN = {
  byPendingJob: 'the service refuses every other job while one runs, so this case cannot be observed',
  byRefusedRights: 'no clone has failed: the service refuses a clone without permissions at once',
  noFailedClone: 'no clone has failed. A clone by a role without permissions fails: use --make-role',
  noNewRole: 'no role was created: use --make-role',
  noStudioOffApp: 'no app without Amplify Studio was given: use --studio-off-app-id',
  tooShort: 'no job was watched for half an hour after its end: use --watch-minutes 40',
} as const;

/** One failure may be chance. This many failures up to the last read are the service's behavior. */
export const MANY_ENOUGH = 3;

export function isSeen<V>(value: V, evidence: readonly string[]): Answer<V> {
  return { kind: 'seen', value, evidence };
}

export function notSeen(because: string): { readonly kind: 'not seen'; readonly because: string } {
  return { kind: 'not seen', because };
}

export function oneOf<V extends string>(
  found: ReadonlySet<string | undefined>,
  choices: readonly V[],
  evidence: readonly string[],
): Answer<V> {
  if (found.size === 0) return notSeen('no answer shows it');
  const [only] = found;
  const value = found.size === 1 ? choices.find((choice) => choice === only) : undefined;
  return value === undefined ? { kind: 'unexpected', evidence } : isSeen(value, evidence);
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function minutes(milliseconds: number): string {
  return `${(milliseconds / 60_000).toFixed(1)} min`;
}
