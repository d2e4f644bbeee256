import * as fc from 'fast-check';
import { CALM } from '../calm';
import {
  APP_IDS,
  type CloneSpec,
  type History,
  type Interruption,
  type Moment,
  SOURCES,
  type Step,
  TARGETS,
  type When,
} from '../history';

/*
 * The parts of scenarios: clones, steps, and times.
 */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** What a scenario changes in a drawn history. */
export type Changes = (drawn: History) => Partial<History>;

export const [APP] = APP_IDS;
export const [NAMES] = TARGETS;
/** Before a step. */
export const waitSeconds = fc.integer({ min: 0, max: 1800 });
/** Undefined three times out of four. */
export const seldom = <T>(rare: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: rare });

export function cloneOnto(logicalId: string, target: string, more: Partial<CloneSpec> = {}): CloneSpec {
  return {
    logicalId,
    appId: APP,
    source: SOURCES[0],
    target,
    removalPolicy: 'DESTROY',
    timeoutMinutes: 45,
    existing: 'FAIL',
    wantsOutput: false,
    ...more,
  };
}

export function deploy(clones: readonly CloneSpec[], seconds = 0, interruption?: Interruption): Step {
  return { kind: 'deploy', waitSeconds: seconds, clones, interruption };
}

/** That long after the moment's first time. */
export function after(moment: Moment, milliseconds: number): When {
  return { kind: 'around', moment, nth: 1, milliseconds };
}

export const destruction: fc.Arbitrary<Step> = waitSeconds.map((seconds) => ({
  kind: 'destroy',
  waitSeconds: seconds,
}));

export function deployment(
  clones: fc.Arbitrary<readonly CloneSpec[]>,
  interruption: fc.Arbitrary<Interruption | undefined> = seldom(cancellation),
): fc.Arbitrary<Step> {
  return fc.record({ kind: fc.constant('deploy' as const), waitSeconds, clones, interruption });
}

/** While the first request is on its way to the handler, or up to half a minute later. */
export const cancellation: fc.Arbitrary<Interruption> = fc.record({
  kind: fc.constant('cancelled' as const),
  when: fc.record({
    kind: fc.constant('around' as const),
    moment: fc.constantFrom('a request is sent' as const, 'CloneBackend is accepted' as const),
    nth: fc.constant(1),
    milliseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 * SECOND })),
  }),
});

/** Nothing goes wrong but what the scenario itself makes go wrong, so that it gets to its last step. */
export function withoutFaults({
  service,
  variants,
}: History): Pick<History, 'service' | 'variants' | 'lambda' | 'ledger'> {
  const { faults, cloneFails, cloneIsStuck, cloneAnswerLost, deletionAnswerLost } = CALM.service;
  return {
    service: { ...service, faults, cloneFails, cloneIsStuck, cloneAnswerLost, deletionAnswerLost },
    variants: { ...variants, environmentDetails: 'work' },
    lambda: CALM.lambda,
    ledger: CALM.ledger,
  };
}
