import { randomUUID } from 'node:crypto';
import { type BackendService, type Job, ServiceError } from '../lambda/backend-service';
import type { LifecycleContext } from '../lambda/context';
import { change, type Deletion, readItem, type Stage } from '../lambda/ledger';
import { changeStage, NOTHING, newCloneEntry, removing, retry } from '../lambda/ledger-entries';
import { rootStackId } from '../lambda/outputs';
import { CLOCK_SKEW, isSettled, NEW_PERMISSIONS, READ_LAG } from '../lambda/service-timing';
import { cleanUp, ONTO_WATCHED } from './clean-up';
import type { Names } from './names';
import { changeRecord, ITEM_KEY, type RecordStore } from './record';

/*
 * The calls of a survey, from the first read until the cleanup. This file draws no conclusions: every request and answer is
 * recorded, and evaluated afterwards.
 */

export interface CourseSettings {
  readonly appId: string;
  readonly source: string;
  readonly names: Names;
  /** How long the clone is polled after its completion. */
  readonly watchMinutes: number;
  /** An app whose Amplify Studio is off. The survey only lists its environments. */
  readonly studioOffAppId?: string | undefined;
}

export interface Surroundings {
  readonly settings: CourseSettings;
  /** Its clock's `sleep` rejects when the survey is interrupted. */
  readonly context: LifecycleContext;
  readonly store: RecordStore;
  /** Creates a role that has permissions for AmplifyBackend in this app only. @default - the survey does without a new role */
  readonly roles?: RoleMaker | undefined;
  say(line: string): void;
}

export interface RoleMaker {
  /** A name that no role has. */
  newName(): string;
  /** Creates the role. @returns the service, called with that role */
  make(name: string): Promise<BackendService>;
}

/** The survey cannot continue. Its user reads the message. */
export class SurveyError extends Error {
  override readonly name = 'SurveyError';
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const POLL_INTERVAL = 20 * SECOND;
/** While reads may be stale. */
const SHORT_POLL_INTERVAL = 5 * SECOND;
/** Just after a change. */
const SHORTEST_POLL_INTERVAL = SECOND;
const JUST_CHANGED = 8 * SECOND;
const SETTLED_AFTER = READ_LAG + CLOCK_SKEW;
/** Other people's jobs may run until then. */
const LONGEST_WAIT_FOR_OTHERS = 10 * MINUTE;
const LONGEST_CLONE = 60 * MINUTE;
const MOST_TRIES = 10;

interface Followed {
  readonly operation: 'CloneBackend' | 'DeleteBackend';
  readonly environment: string;
  readonly jobId: string;
  readonly filedUnder: string;
  last: Job | undefined;
}

type Started = { readonly kind: 'started'; readonly followed: Followed };
type Outcome = Started | { readonly kind: 'busy' | 'throttled' | 'refused' | 'lost' };

/** @throws SurveyError if the survey cannot continue */
export async function runCourse(surroundings: Surroundings): Promise<void> {
  await new Course(surroundings).run();
}

class Course {
  private readonly followed: Followed[] = [];
  private names: ReadonlySet<string> = new Set();
  /** When a job was last started, or last seen to end. */
  private changedAt = 0;
  private watchedStackId: string | undefined;
  /** The environments whose details are read in each round. */
  private readonly described: string[] = [];

  constructor(private readonly surroundings: Surroundings) {}

  async run(): Promise<void> {
    const { names, source, watchMinutes } = this.surroundings.settings;
    await this.readExisting();
    await this.readAbsent();
    await this.cloneInvalid();
    await this.deleteAbsent();

    this.say(`Cloning ${source} to ${names.watched}; this takes minutes.`);
    const watched = await this.retryWhileBusy(() => this.clone('watched', names.watched, source));
    if (watched.kind !== 'started') throw new SurveyError(`CloneBackend was not accepted: ${watched.kind}`);
    this.described.push(names.watched);
    // Right after the acceptance, so that the next calls are made while the clone runs.
    const cutShort = await this.cutShort();
    await this.pollUntil(() => hasEnded(watched.followed), LONGEST_CLONE, `the clone onto ${names.watched}`);
    const endedAt = this.now();
    await this.recordWatched(watched.followed);
    if (watched.followed.last?.status === 'COMPLETED') {
      await this.cloneOntoWatched();
      if (cutShort === 'busy') await this.retryWhileBusy(() => this.cutShortOnce());
      await this.removeEarly('cutShort', names.cutShort);
      await this.cloneByNewRole();
      await this.removeEarly('byNewRole', names.byNewRole);
      const until = endedAt + watchMinutes * MINUTE;
      const minutes = Math.ceil((until - this.now()) / MINUTE);
      if (minutes > 0) this.say(`Watching ${names.watched} for another ${minutes} minutes.`);
      await this.pollUntil(() => this.now() >= until, watchMinutes * MINUTE, 'the clone that is watched');
    }
    await this.pollUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
  }

  // ---- Calls that change nothing -----------------------------------------------------------------------------------

  private async readExisting(): Promise<void> {
    const { appId, source, studioOffAppId } = this.surroundings.settings;
    const names = await this.withRetries(() => this.service.environmentNames(appId));
    if (names === 'APP_NOT_FOUND') {
      throw new SurveyError(
        `The service does not know the app ${appId}: it does not exist in this account and region, or its Amplify Studio is off.`,
      );
    }
    if (!names.has(source)) {
      throw new SurveyError(`The app has no environment ${source}; it has ${[...names].sort().join(', ') || 'none'}.`);
    }
    this.names = names;
    this.described.push(source);
    await this.withRetries(() => this.service.metaConfig(appId, source));
    await this.withRetries(() => this.service.jobs(appId, source));
    if (studioOffAppId !== undefined) await this.observe(() => this.service.environmentNames(studioOffAppId));
  }

  private async readAbsent(): Promise<void> {
    const { appId, source, names } = this.surroundings.settings;
    await this.observe(() => this.service.metaConfig(appId, names.absent));
    await this.observe(() => this.service.jobs(appId, names.absent));
    await this.observe(() => this.service.job(appId, source, randomUUID()));
  }

  // ---- Calls that are expected to fail -----------------------------------------------------------------------------

  private async cloneInvalid(): Promise<void> {
    const { names, source } = this.surroundings.settings;
    await this.retryWhileBusy(() => this.clone('malformed', names.malformed, source));
    await this.retryWhileBusy(() => this.clone('unsourced', names.unsourced, names.absent));
  }

  private async deleteAbsent(): Promise<void> {
    const { appId, names } = this.surroundings.settings;
    if (this.names.has(names.absent)) return;
    await this.retryWhileBusy(async () => {
      const outcome = await outcomeOf(() => this.service.startRemoval(appId, names.absent));
      if (outcome.kind === 'started') {
        if (outcome.answer !== undefined) this.followDeletion(outcome.answer, names.absent);
        return { kind: 'refused' };
      }
      return outcome;
    });
  }

  /** @returns `busy` if the service accepts one job at a time */
  private async cutShort(): Promise<Outcome['kind']> {
    const outcome = await this.cutShortOnce();
    return outcome.kind;
  }

  private async cutShortOnce(): Promise<Outcome> {
    const { names, source } = this.surroundings.settings;
    const outcome = await this.clone('cutShort', names.cutShort, source);
    if (outcome.kind === 'started') await this.deleteWhileCloning(outcome.followed);
    return outcome;
  }

  /**
   * Called right after the clone was accepted. Nobody else has seen the name yet, so nobody else can have created an
   * environment of that name.
   */
  private async deleteWhileCloning({ jobId, filedUnder }: Followed): Promise<void> {
    const { context } = this.surroundings;
    const { appId, names } = this.surroundings.settings;
    const calledAt = this.now();
    const job = { id: jobId, filedUnder };
    const deletion: Deletion = { calledAt, jobId: undefined };
    const becomes = async (outcome: Deletion | undefined): Promise<void> =>
      this.writeStage('cutShort', (stage) => ({
        ...removing({ calledAt: callOf(stage) ?? calledAt, job }, {}),
        deletion: outcome,
      }));
    await becomes(deletion);
    const outcome = await outcomeOf(() => context.service.startRemoval(appId, names.cutShort));
    if (outcome.kind === 'started') {
      await becomes({ ...deletion, jobId: outcome.answer });
      if (outcome.answer !== undefined) this.followDeletion(outcome.answer, names.cutShort);
    } else if (outcome.kind !== 'lost') await becomes(undefined);
  }

  /** Clones onto the survey's own environment, if its root stack is still the recorded one. */
  private async cloneOntoWatched(): Promise<void> {
    const { appId, names, source } = this.surroundings.settings;
    await this.retryWhileBusy(async () => {
      const listed = await this.withRetries(() => this.service.environmentNames(appId));
      if (listed === 'APP_NOT_FOUND' || !listed.has(names.watched)) return { kind: 'refused' };
      const stackId = rootStackId(await this.withRetries(() => this.service.metaConfig(appId, names.watched)));
      if (stackId !== this.watchedStackId) return { kind: 'refused' };
      return this.clone(ONTO_WATCHED, names.watched, source);
    });
    await this.pollUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
  }

  private async cloneByNewRole(): Promise<void> {
    const { roles, store } = this.surroundings;
    const { appId, names, source } = this.surroundings.settings;
    if (roles === undefined) return;
    const role = roles.newName();
    await changeRecord(store, (record) => ({ ...record, role }));
    this.say(`Creating the role ${role}, and calling the service with it at once.`);
    const service = await roles.make(role);
    const createdAt = this.now();
    let passed = 0;
    // Three in a row: IAM is eventually consistent, so one host may know the role before another.
    while (
      this.now() < createdAt + NEW_PERMISSIONS + 15 * SECOND ||
      (passed < 3 && this.now() < createdAt + 5 * MINUTE)
    ) {
      const answer = await this.observe(() => service.environmentNames(appId));
      passed = answer === undefined ? 0 : passed + 1;
      await this.sleep(2 * SECOND);
    }
    const outcome = await this.retryWhileBusy(() => this.clone('byNewRole', names.byNewRole, source, service));
    if (outcome.kind !== 'started') return;
    this.described.push(names.byNewRole);
    await this.pollUntil(() => hasEnded(outcome.followed), LONGEST_CLONE, `the clone onto ${names.byNewRole}`);
    const seenAt = this.now();
    await this.pollUntil(() => this.now() > seenAt + SETTLED_AFTER, SETTLED_AFTER, names.byNewRole);
  }

  /** Deletes an environment that the survey needs no more, so that it costs nothing until the end. The cleanup tries again. */
  private async removeEarly(id: 'cutShort' | 'byNewRole', name: string): Promise<void> {
    const { context, store, settings } = this.surroundings;
    await this.pollUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
    await cleanUp({ context, store, say: (line) => this.say(line), only: id });
    // A list of two jobs of one environment shows their order.
    for (const each of [settings.source, name]) await this.observe(() => this.service.jobs(settings.appId, each));
  }

  // ---- Start jobs and poll them ------------------------------------------------------------------------------------

  /** Records the clone before it calls CloneBackend. */
  private async clone(id: string, target: string, source: string, service = this.service): Promise<Outcome> {
    const { context } = this.surroundings;
    const { appId } = this.surroundings.settings;
    const calledAt = this.now();
    const held = { appId, environmentName: target, sourceName: source, requestId: id, adopted: false };
    const entry = newCloneEntry(held, { begunAt: calledAt, stage: { at: 'cloning', calledAt } });
    await change(await readItem(context.ledger, ITEM_KEY), context, (entries) => ({ ...entries, [id]: entry }));
    const outcome = await outcomeOf(() => service.startClone(appId, source, target));
    if (outcome.kind === 'lost') return outcome;
    if (outcome.kind !== 'started') {
      await this.writeStage(id, () => NOTHING);
      return outcome;
    }
    const job = outcome.answer;
    await this.writeStage(id, () => ({ at: 'cloning', calledAt, job }));
    await changeRecord(this.surroundings.store, (record) => ({ ...record, cloneJobs: [...record.cloneJobs, job.id] }));
    const followed = this.follow({
      operation: 'CloneBackend',
      environment: target,
      jobId: job.id,
      filedUnder: job.filedUnder,
    });
    return { kind: 'started', followed };
  }

  /** Records the clone's end, and its root stack, which distinguishes it from a later environment of the same name. */
  private async recordWatched({ last }: Followed): Promise<void> {
    const { appId, names } = this.surroundings.settings;
    if (last?.status === 'FAILED') {
      const failed = (stage: Stage): Stage => (stage.at === 'cloning' ? removing(stage, { ended: 'FAILED' }) : stage);
      return this.writeStage('watched', failed);
    }
    const calledAt = this.now();
    // An earlier read could be stale.
    await this.pollUntil(() => isSettled(calledAt, this.now()), SETTLED_AFTER, names.watched);
    this.watchedStackId = rootStackId(await this.withRetries(() => this.service.metaConfig(appId, names.watched)));
    const { watchedStackId: stackId } = this;
    await this.writeStage('watched', (stage) =>
      stage.at === 'cloning' && stage.job !== undefined ? { ...stage, job: stage.job, at: 'created', stackId } : stage,
    );
  }

  private async writeStage(id: string, how: (stage: Stage) => Stage): Promise<void> {
    const { context } = this.surroundings;
    const item = await retry(() => readItem(context.ledger, ITEM_KEY), context);
    await changeStage({ requestId: id, item, context }, how);
  }

  private followDeletion(jobId: string, environment: string): void {
    this.follow({ operation: 'DeleteBackend', environment, jobId, filedUnder: environment });
  }

  private follow(job: Omit<Followed, 'last'>): Followed {
    const followed: Followed = { ...job, last: undefined };
    this.followed.push(followed);
    this.changedAt = this.now();
    return followed;
  }

  /** Polls all jobs, and the details of the `described` environments. */
  private async pollUntil(isDone: () => boolean, atMost: number, what: string): Promise<void> {
    const deadline = this.now() + atMost + MINUTE;
    for (let round = 0; ; round += 1) {
      await this.poll(round);
      if (isDone()) return;
      if (this.now() > deadline)
        throw new SurveyError(`${what} took longer than ${Math.round(atMost / MINUTE)} minutes`);
      const since = this.now() - this.changedAt;
      await this.sleep(
        since < JUST_CHANGED ? SHORTEST_POLL_INTERVAL : since < SETTLED_AFTER ? SHORT_POLL_INTERVAL : POLL_INTERVAL,
      );
    }
  }

  private async poll(round: number): Promise<void> {
    const { appId } = this.surroundings.settings;
    const names = await this.observe(() => this.service.environmentNames(appId));
    if (names !== undefined && names !== 'APP_NOT_FOUND') this.names = names;
    for (const each of this.followed) {
      // How long the service keeps a job is a question, but not to the second.
      if (hasEnded(each) && this.now() > this.changedAt + SETTLED_AFTER && round % 3 !== 0) continue;
      const job = await this.observe(() => this.service.job(appId, each.filedUnder, each.jobId));
      if (job === undefined || hasEnded(each)) continue;
      each.last = job;
      if (hasEnded(each)) {
        this.changedAt = this.now();
        this.say(`${each.operation} of ${each.environment} is ${job.status}.`);
      }
    }
    for (const name of this.described) await this.observe(() => this.service.metaConfig(appId, name));
  }

  /** An error is an observation, too. */
  private async observe<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return undefined;
    }
  }

  private async withRetries<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        const isFinal = error.reason === 'NO_HOST' || error.reason === 'REJECTED';
        if (isFinal || attempt === MOST_TRIES)
          throw new SurveyError(`${error.operation} did not succeed: ${error.words}`);
        await this.sleep(Math.min(2 ** attempt, 16) * SECOND);
      }
    }
  }

  /** Repeats a call that the service surely did not accept, because of other jobs or throttling, for up to ten minutes. */
  private async retryWhileBusy(call: () => Promise<Outcome>): Promise<Outcome> {
    const deadline = this.now() + LONGEST_WAIT_FOR_OTHERS;
    for (let round = 0; ; round += 1) {
      const outcome = await call();
      const isTemporary = outcome.kind === 'busy' || outcome.kind === 'throttled';
      if (!isTemporary || this.now() > deadline) return outcome;
      await this.sleep(POLL_INTERVAL);
      await this.poll(round);
    }
  }

  private get service(): BackendService {
    return this.surroundings.context.service;
  }

  private now(): number {
    return this.surroundings.context.clock.now();
  }

  private sleep(milliseconds: number): Promise<void> {
    return this.surroundings.context.clock.sleep(milliseconds);
  }

  private say(line: string): void {
    this.surroundings.say(line);
  }
}

function hasEnded({ last }: Followed): boolean {
  return last?.status === 'COMPLETED' || last?.status === 'FAILED';
}

function callOf(stage: Stage): number | undefined {
  return 'calledAt' in stage ? stage.calledAt : undefined;
}

type CallOutcome<T> =
  | { readonly kind: 'started'; readonly answer: T }
  | { readonly kind: 'busy' | 'throttled' | 'refused' | 'lost' };

/** The outcome of a call that starts a job, by the same rules as in the handler. */
async function outcomeOf<T>(call: () => Promise<T>): Promise<CallOutcome<T>> {
  try {
    return { kind: 'started', answer: await call() };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    switch (error.reason) {
      case 'UNAVAILABLE':
        return { kind: 'lost' };
      case 'BUSY':
        return { kind: 'busy' };
      case 'THROTTLED':
        return { kind: 'throttled' };
      case 'DENIED':
      case 'NO_HOST':
      case 'REJECTED':
        return { kind: 'refused' };
    }
  }
}
