import { CALM } from '../../simulator/histories/calm';
import type { CloneSpec, History, OtherAction, StackPlan, Step } from '../../simulator/histories/history';

/** Whether a history still breaks the guarantee. */
export type Shows = (history: History) => Promise<boolean>;

export interface Limits {
  /** When to stop, by the machine's clock. */
  readonly deadline: number;
  /** The number of candidates that run at once. */
  readonly atOnce: number;
}

/** After this time, the shortest history so far is the result. */
export const LONGEST_SHRINKING = 90_000;

/** A run draws other random values as soon as a part is removed, so each candidate gets several tries. */
const SEEDS = 8;

/**
 * Removes the parts of a history that it does not need, largest first, and simplifies the rest.
 *
 * @returns the simplest history that still breaks the guarantee
 */
export async function shrunk(history: History, shows: Shows, { deadline, atOnce }: Limits): Promise<History> {
  let current = history;
  for (;;) {
    const before = current;
    for (const simpler of SIMPLIFICATIONS) {
      let progress = true;
      while (progress && Date.now() < deadline) {
        const found = await firstThatShows(candidatesOf(simpler, current), shows, { deadline, atOnce });
        progress = found !== undefined;
        current = found ?? current;
      }
    }
    if (current === before || Date.now() >= deadline) return current;
  }
}

function candidatesOf(simpler: Simplification, current: History): History[] {
  const text = JSON.stringify(current);
  const different = simpler(current).filter((candidate) => JSON.stringify(candidate) !== text);
  return different.flatMap((candidate) =>
    Array.from({ length: SEEDS }, (_, index) => ({ ...candidate, seed: candidate.seed + index })),
  );
}

async function firstThatShows(
  candidates: readonly History[],
  shows: Shows,
  { deadline, atOnce }: Limits,
): Promise<History | undefined> {
  for (let first = 0; first < candidates.length && Date.now() < deadline; first += atOnce) {
    const some = candidates.slice(first, first + atOnce);
    const answers = await Promise.all(some.map(shows));
    const found = some.find((_, index) => answers[index]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Simpler histories, the most promising first. */
type Simplification = (history: History) => readonly History[];

const SIMPLIFICATIONS: readonly Simplification[] = [
  (history) => withoutOne(history.stacks).map((stacks) => ({ ...history, stacks })),
  (history) => [[], ...withoutOne(history.otherActions)].map((otherActions) => ({ ...history, otherActions })),
  (history) =>
    everyPlan(history, ({ steps }) => [...prefixes(steps), ...withoutOne(steps)].map((fewer) => ({ steps: fewer }))),
  (history) => everyDeployment(history, (step) => withoutOne(step.clones).map((clones) => ({ ...step, clones }))),
  (history) => [
    { ...history, variants: CALM.variants },
    { ...history, ledger: CALM.ledger },
    { ...history, lambda: CALM.lambda },
    { ...history, cloudFormation: CALM.cloudFormation },
    { ...history, service: CALM.service },
  ],
  (history) => everyDeployment(history, (step) => [{ ...step, interruption: undefined }]),
  (history) => calmMembers(history.service, CALM.service).map((service) => ({ ...history, service })),
  (history) => calmMembers(history.lambda, CALM.lambda).map((lambda) => ({ ...history, lambda })),
  (history) => calmMembers(history.ledger, CALM.ledger).map((ledger) => ({ ...history, ledger })),
  (history) => calmMembers(history.variants, CALM.variants).map((variants) => ({ ...history, variants })),
  (history) =>
    calmMembers(history.cloudFormation, CALM.cloudFormation).map((cloudFormation) => ({ ...history, cloudFormation })),
  (history) => [{ ...history, pollInterval: CALM.pollInterval }],
  (history) => everyDeployment(history, (step) => plainClones(step.clones).map((clones) => ({ ...step, clones }))),
  (history) => everyStep(history, (step) => shorter(step.waitSeconds).map((waitSeconds) => ({ ...step, waitSeconds }))),
  (history) => everyOne(history.otherActions, plainActions).map((otherActions) => ({ ...history, otherActions })),
];

/** The list without each of its members; never empty. */
function withoutOne<T>(list: readonly T[]): T[][] {
  return list.length < 2 ? [] : list.map((_, index) => list.filter((_each, other) => other !== index));
}

function prefixes<T>(list: readonly T[]): T[][] {
  return list.slice(1).map((_, index) => list.slice(0, index + 1));
}

/** The list with one of its members simplified, in each possible way. */
function everyOne<T>(list: readonly T[], simpler: (member: T) => readonly T[]): T[][] {
  return list.flatMap((member, index) => simpler(member).map((other) => list.with(index, other)));
}

function everyPlan(history: History, simpler: (plan: StackPlan) => readonly StackPlan[]): History[] {
  return everyOne(history.stacks, simpler).map((stacks) => ({ ...history, stacks }));
}

function everyStep(history: History, simpler: (step: Step) => readonly Step[]): History[] {
  return everyPlan(history, ({ steps }) => everyOne(steps, simpler).map((others) => ({ steps: others })));
}

type Deployment = Extract<Step, { kind: 'deploy' }>;

function everyDeployment(history: History, simpler: (step: Deployment) => readonly Step[]): History[] {
  return everyStep(history, (step) => (step.kind === 'deploy' ? simpler(step) : []));
}

function calmMembers<T extends object>(behavior: T, calm: T): T[] {
  return Object.entries(calm).map(([name, value]) => Object.assign({}, behavior, { [name]: value }));
}

function plainClones(clones: readonly CloneSpec[]): CloneSpec[][] {
  return everyOne(clones, (clone) => [
    { ...clone, wantsOutput: false },
    { ...clone, existing: 'FAIL' },
    { ...clone, removalPolicy: 'DESTROY' },
    { ...clone, timeoutMinutes: 45 },
    { ...clone, source: 'dev' },
  ]);
}

function plainActions(otherAction: OtherAction): OtherAction[] {
  const { when } = otherAction;
  if (when.kind === 'at')
    return shorter(when.seconds).map((seconds) => ({ ...otherAction, when: { ...when, seconds } }));
  return [
    { ...otherAction, when: { ...when, milliseconds: 0 } },
    ...(when.nth > 1 ? [{ ...otherAction, when: { ...when, nth: when.nth - 1 } }] : []),
  ];
}

function shorter(seconds: number): number[] {
  return seconds === 0 ? [] : [0, Math.floor(seconds / 2)];
}
