import * as fc from 'fast-check';
import { readItem } from '../../lambda/ledger';
import { READ_LAG } from '../../lambda/service-timing';
import type { FaultRates } from '../../simulator/amplify-backend/faults';
import type { JournalEvent, Origin } from '../../simulator/amplify-backend/journal';
import { SOMEBODY_ELSE } from '../../simulator/amplify-backend/model';
import { randomVariants, type Variants } from '../../simulator/amplify-backend/variants';
import { sleep } from '../../simulator/clock';
import { seededRandom } from '../../simulator/random';
import type { Left } from '../../survey/clean-up';
import { ITEM_KEY, ledgerOf, type RecordStore, readRecord } from '../../survey/record';
import { finish, survey } from '../../survey/survey';
import { APP, MINUTE, NEW_ROLE, SECOND, SOURCE, STUDIO_OFF_APP, SURVEY, SurveyedAccount } from './surveyed-account';

/** What other people do while a survey runs. */
export interface OtherAction {
  readonly atSeconds: number;
  readonly kind: 'creates' | 'deletes' | 'deletes by a job' | 'clones to';
  /** An environment of other people, or one of the survey, whose name they have seen. */
  readonly of: 'others' | 'survey';
  readonly which: number;
}

export interface SurveyHistory {
  readonly seed: number;
  readonly faults: FaultRates;
  readonly otherActions: readonly OtherAction[];
  /** After how many calls and writes each process is killed. The last process is not killed. */
  readonly kills: readonly number[];
  /** The time between the kill of a process and the next cleanup. */
  readonly pauseSeconds: number;
  readonly interruptedAtSeconds: number | undefined;
}

const OTHER_ENVIRONMENTS = ['others', 'pilot'];

const each = (probability: number): FaultRates => ({
  probabilities: {
    '429': probability,
    '500 before acceptance': probability,
    '500 after acceptance': probability,
    '504 after acceptance': probability,
    'reset after acceptance': probability,
    'HTML body': probability,
    'broken JSON': probability,
  },
});

export const surveyHistory: fc.Arbitrary<SurveyHistory> = fc.record({
  seed: fc.nat(),
  faults: fc.constantFrom({}, {}, each(0.01)),
  otherActions: fc.array(
    fc.record({
      atSeconds: fc.oneof(fc.nat({ max: 120 }), fc.nat({ max: 3000 })),
      kind: fc.constantFrom('creates' as const, 'deletes' as const, 'deletes by a job' as const, 'clones to' as const),
      of: fc.constantFrom('survey' as const, 'others' as const),
      which: fc.nat({ max: 5 }),
    }),
    { maxLength: 6 },
  ),
  kills: fc.array(fc.oneof(fc.nat({ max: 60 }), fc.nat({ max: 600 })), { maxLength: 3 }),
  pauseSeconds: fc.constantFrom(0, 60, 3600),
  interruptedAtSeconds: fc.option(fc.nat({ max: 2000 }), { nil: undefined }),
});

export interface HistoryRun {
  /** Changes of other people's environments by the survey. */
  readonly violations: readonly string[];
  /** The environments that it created, that still exist, and that it did not report. */
  readonly unreported: readonly string[];
  /** How often another owner took a name within the minute before its deletion, when reads can be stale. */
  readonly undetectable: number;
  readonly kills: number;
  readonly deletions: number;
}

/** The least time between the moment when other people see a name and their action on it. */
const REACTION = 5 * SECOND;

export async function runHistory(
  history: SurveyHistory,
  observer: (event: JournalEvent) => void = () => {},
): Promise<HistoryRun> {
  const variants: Variants = randomVariants(seededRandom(history.seed));
  let alive = new Process(history.kills[0]);
  const account = new SurveyedAccount({
    variants,
    seed: history.seed,
    faults: history.faults,
    network: (proceed) => alive.run(proceed),
  });
  const { clock, service, store, names } = account;
  for (const name of OTHER_ENVIRONMENTS) service.addEnvironment(APP, name);
  await clock.advance(2 * 60 * MINUTE);
  const watch = new Watch(variants);
  service.journal.onEvent((event) => {
    observer(event);
    watch.saw(event);
  });
  const otherActions = history.otherActions.map(async (otherAction) => {
    await sleep(clock, otherAction.atSeconds * SECOND);
    await act(otherAction, account, variants);
  });

  const left: Left[] = [];
  const interruption = new AbortController();
  if (history.interruptedAtSeconds !== undefined) {
    clock.schedule(() => interruption.abort(), history.interruptedAtSeconds * SECOND);
  }
  const props = {
    client: account.client(SURVEY),
    clock: account.handlerClock(),
    roles: account.rolesOf(),
    say: () => {},
  };
  const surveying = survey({
    ...props,
    settings: {
      appId: APP,
      region: 'us-east-1',
      source: SOURCE,
      names,
      watchMinutes: 2,
      studioOffAppId: STUDIO_OFF_APP,
    },
    store: alive.storing(store),
    signal: interruption.signal,
  }).then((done) => done.left);
  let found = await clock.runUntil(Promise.race([surveying, alive.killed]));
  let kills = 0;
  while (found === 'killed') {
    kills += 1;
    await clock.advance(history.pauseSeconds * SECOND);
    alive = new Process(history.kills[kills]);
    // Nothing was started yet.
    if ((await readRecord(store)) === undefined) found = [];
    else {
      const finishing = finish({ ...props, client: account.client(SURVEY), store: alive.storing(store) });
      found = await clock.runUntil(Promise.race([finishing, alive.killed]));
    }
  }
  left.push(...found);
  await clock.runUntil(Promise.all(otherActions));
  await clock.advance(2 * 60 * MINUTE);

  const named = new Set(left.map(({ environmentName }) => environmentName));
  const unreported = service
    .environments(APP)
    .filter(({ name, origin }) => isOwn(origin) && !named.has(name))
    .map(({ name }) => name);
  const roles = [...account.roles];
  return {
    violations: watch.violations,
    unreported: [...unreported, ...roles],
    undetectable: watch.undetectable,
    kills,
    deletions: watch.deletions,
  };
}

/** A process that can be killed at a call or a write. It then receives no answer. */
class Process {
  readonly killed: Promise<'killed'>;
  private kill: () => void = () => {};
  private isDead = false;
  private moments = 0;

  constructor(private readonly killedAt: number | undefined) {
    this.killed = new Promise((resolve) => {
      this.kill = () => resolve('killed');
    });
  }

  /** Kills the process before the call or write, or after it. */
  async run<T>(proceed: () => Promise<T>): Promise<T> {
    this.moments += 1;
    if (this.killedAt !== undefined && this.moments > this.killedAt) {
      if (!this.isDead && this.killedAt % 2 === 1) await proceed();
      this.isDead = true;
      this.kill();
      return new Promise(() => {});
    }
    return proceed();
  }

  storing(store: RecordStore): RecordStore {
    return { read: () => store.read(), write: (text) => this.run(() => store.write(text)) };
  }
}

function isOwn(origin: Origin | undefined): boolean {
  return origin?.kind === 'clone' && (origin.caller === SURVEY || origin.caller === NEW_ROLE);
}

/** Records each change by the survey to an environment that it did not create. */
class Watch {
  readonly violations: string[] = [];
  undetectable = 0;
  deletions = 0;
  /** Running clones of other people, by job ID. */
  private readonly running = new Map<string, { readonly name: string; readonly since: number }>();
  private readonly failedClones = new Set<string>();
  private readonly createdAt = new Map<string, number>();
  private readonly calledAt = new Map<string, number>();

  constructor(private readonly variants: Variants) {}

  saw(event: JournalEvent): void {
    switch (event.kind) {
      case 'clone-accepted':
        if (event.caller === SOMEBODY_ELSE && !event.ontoExisting) {
          this.running.set(event.jobId, { name: event.target, since: event.at });
        }
        return;
      case 'environment-created':
        this.createdAt.set(event.environment, event.at);
        return;
      case 'delete-accepted': {
        if (event.caller === SOMEBODY_ELSE) return;
        this.deletions += 1;
        this.calledAt.set(event.jobId, event.at);
        for (const { name, since } of this.running.values()) {
          if (name === event.environment)
            this.violation(`another owner's clone to ${name} was interrupted`, since, event.at);
        }
        return;
      }
      case 'job-ended':
        this.running.delete(event.jobId);
        if (event.status === 'FAILED') this.failedClones.add(event.jobId);
        return;
      case 'environment-deleted': {
        const { by, origin, environment } = event;
        if (by.kind !== 'deletion job' || by.caller === SOMEBODY_ELSE || isOwn(origin)) return;
        // An empty environment that a failed clone left is no loss, and looks like the rest of the survey's own failed clone.
        if (origin.kind === 'clone' && this.failedClones.has(origin.jobId)) return;
        this.violation(
          `${environment} was deleted`,
          this.createdAt.get(environment) ?? 0,
          this.calledAt.get(by.jobId) ?? 0,
        );
        return;
      }
      default:
        return;
    }
  }

  /** Reads may be stale, so an environment that was created just before may not have been visible. */
  private violation(what: string, since: number, at: number): void {
    if (this.variants.readLag.maxMilliseconds > 0 && at - since < READ_LAG) this.undetectable += 1;
    else this.violations.push(what);
  }
}

async function act(
  { kind, of, which }: OtherAction,
  { service, clock, store }: SurveyedAccount,
  variants: Variants,
): Promise<void> {
  const known = [
    ...new Set(
      service
        .jobs(APP)
        .flatMap(({ caller, environment, acceptedAt }) =>
          caller !== SOMEBODY_ELSE &&
          environment !== SOURCE &&
          acceptedAt <= clock.now() - REACTION &&
          !OTHER_ENVIRONMENTS.includes(environment)
            ? [environment]
            : [],
        ),
    ),
  ];
  const from = of === 'others' ? OTHER_ENVIRONMENTS : known;
  const name = from[which % Math.max(1, from.length)];
  if (name === undefined) return;
  if (of === 'survey' && !(await isDistinguishable(kind, name, store, variants))) return;
  switch (kind) {
    case 'creates':
      service.addEnvironment(APP, name);
      return;
    case 'deletes':
      service.removeEnvironment(APP, name);
      return;
    case 'deletes by a job':
      service.deleteBackend({ operation: 'DeleteBackend', appId: APP, environment: name }, SOMEBODY_ELSE);
      return;
    case 'clones to':
      service.otherCloneStarts(APP, SOURCE, name);
      return;
  }
}

/**
 * Whether the survey can distinguish its own environment, once that was deleted without a job, from one that another owner
 * created with the same name: by the root stack, or by the job. See `docs/trying-it-on-aws.md`.
 */
async function isDistinguishable(
  kind: OtherAction['kind'],
  name: string,
  store: RecordStore,
  variants: Variants,
): Promise<boolean> {
  if (kind === 'deletes' || kind === 'deletes by a job') return true;
  if (variants.environmentDetails === 'work' && (await isStackKnown(name, store))) return true;
  return kind === 'clones to' && variants.oldJobs === 'kept';
}

async function isStackKnown(name: string, store: RecordStore): Promise<boolean> {
  const page = await readItem(ledgerOf(store), ITEM_KEY);
  return Object.values(page.entries).some(
    (entry) =>
      entry.kind === 'clone' &&
      entry.environmentName === name &&
      'stackId' in entry.stage &&
      entry.stage.stackId !== undefined,
  );
}
