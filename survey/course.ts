import { randomUUID } from 'node:crypto';
import { type BackendService, type Job, type Refusal, ServiceError } from '../lambda/backend-service';
import type { LifecycleContext } from '../lambda/context';
import { type Deletion, readItem, type Stage } from '../lambda/ledger';
import { change, changeStage, NOTHING, newCloneEntry, removing, retry } from '../lambda/ledger-entries';
import { rootStackId } from '../lambda/outputs';
import { CLOCK_SKEW, isSettled, NEW_PERMISSIONS, READ_LAG } from '../lambda/service-timing';
import { cleanUp, ONTO_WATCHED } from './clean-up';
import type { Names } from './names';
import { changeRecord, PAGE, type RecordStore } from './record';

/*
 * What a survey does, from its first read to the moment at which it is to clean up. It draws no conclusions: whatever it
 * asks and hears is observed, and judged afterwards.
 */

export interface CourseSettings {
  readonly appId: string;
  readonly source: string;
  readonly names: Names;
  /** How long the clone is watched once it is there. */
  readonly watchMinutes: number;
  /** An app whose Amplify Studio is off; it is asked for its environments, and nothing else. */
  readonly studioOffAppId?: string | undefined;
}

export interface Surroundings {
  readonly settings: CourseSettings;
  /** Its clock's `sleep` rejects when the survey is to stop. */
  readonly world: LifecycleContext;
  readonly store: RecordStore;
  /** Makes a role that may do all of AmplifyBackend in this app, and nothing else. @default - that is not tried */
  readonly roles?: RoleMaker | undefined;
  say(line: string): void;
}

export interface RoleMaker {
  /** Not in use yet. */
  newName(): string;
  /** The service, as that role sees it. */
  make(name: string): Promise<BackendService>;
}

/** The survey cannot go on; the message is for the one who runs it. */
export class SurveyError extends Error {
  override readonly name = 'SurveyError';
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LOOK = 20 * SECOND;
/** While what was done a moment ago may not show yet. */
const CLOSE_LOOK = 5 * SECOND;
/** Just after it was done. */
const CLOSEST_LOOK = SECOND;
const A_MOMENT = 8 * SECOND;
const SETTLED_AFTER = READ_LAG + CLOCK_SKEW;
/** Other people's jobs may have to end first. */
const PATIENCE_WITH_OTHERS = 10 * MINUTE;
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

/** @throws SurveyError when the survey cannot go on */
export async function walk(surroundings: Surroundings): Promise<void> {
  await new Course(surroundings).walk();
}

class Course {
  private readonly followed: Followed[] = [];
  private names: ReadonlySet<string> = new Set();
  /** When something was begun, or seen to end, last. */
  private changedAt = 0;
  private watchedStackId: string | undefined;
  /** The environments whose details are asked for in each round. */
  private readonly described: string[] = [];

  constructor(private readonly surroundings: Surroundings) {}

  async walk(): Promise<void> {
    const { names, source, watchMinutes } = this.surroundings.settings;
    await this.readWhatIsThere();
    await this.askForWhatIsNotThere();
    await this.cloneWhatCannotBeCloned();
    await this.deleteWhatIsNotThere();

    this.say(`Cloning ${source} to ${names.watched}; this takes minutes.`);
    const watched = await this.insistOn(() => this.clone('watched', names.watched, source));
    if (watched.kind !== 'started') throw new SurveyError(`CloneBackend was not accepted: ${watched.kind}`);
    this.described.push(names.watched);
    // Within a moment of the acceptance, so that what is asked next is asked while the clone runs.
    const cutShort = await this.cutShort();
    await this.lookUntil(() => hasEnded(watched.followed), LONGEST_CLONE, `the clone onto ${names.watched}`);
    const endedAt = this.now();
    await this.enterWatched(watched.followed);
    if (watched.followed.last?.status === 'COMPLETED') {
      await this.cloneOntoWatched();
      if (cutShort === 'busy') await this.insistOn(() => this.cutShortOnce());
      await this.removeEarly('cutShort', names.cutShort);
      await this.cloneByNewRole();
      await this.removeEarly('byNewRole', names.byNewRole);
      const until = endedAt + watchMinutes * MINUTE;
      const minutes = Math.ceil((until - this.now()) / MINUTE);
      if (minutes > 0) this.say(`Watching ${names.watched} for another ${minutes} minutes.`);
      await this.lookUntil(() => this.now() >= until, watchMinutes * MINUTE, 'the clone that is watched');
    }
    await this.lookUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
  }

  // ---- What changes nothing ----------------------------------------------------------------------------------------

  private async readWhatIsThere(): Promise<void> {
    const { appId, source, studioOffAppId } = this.surroundings.settings;
    const names = await this.patiently(() => this.service.environmentNames(appId));
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
    await this.patiently(() => this.service.metaConfig(appId, source));
    await this.patiently(() => this.service.jobs(appId, source));
    if (studioOffAppId !== undefined) await this.ask(() => this.service.environmentNames(studioOffAppId));
  }

  private async askForWhatIsNotThere(): Promise<void> {
    const { appId, source, names } = this.surroundings.settings;
    await this.ask(() => this.service.metaConfig(appId, names.absent));
    await this.ask(() => this.service.jobs(appId, names.absent));
    await this.ask(() => this.service.job(appId, source, randomUUID()));
  }

  // ---- What is safe to provoke -------------------------------------------------------------------------------------

  private async cloneWhatCannotBeCloned(): Promise<void> {
    const { names, source } = this.surroundings.settings;
    await this.insistOn(() => this.clone('malformed', names.malformed, source));
    await this.insistOn(() => this.clone('unsourced', names.unsourced, names.absent));
  }

  private async deleteWhatIsNotThere(): Promise<void> {
    const { appId, names } = this.surroundings.settings;
    if (this.names.has(names.absent)) return;
    await this.insistOn(async () => {
      const outcome = await outcomeOf(() => this.service.startRemoval(appId, names.absent));
      if (outcome.kind === 'started') {
        if (outcome.answer.jobId !== undefined) this.followDeletion(outcome.answer.jobId, names.absent);
        return { kind: 'refused' };
      }
      return outcome;
    });
  }

  /** @returns `busy` when the service wants one job at a time */
  private async cutShort(): Promise<Outcome['kind']> {
    const outcome = await this.cutShortOnce();
    return outcome.kind;
  }

  private async cutShortOnce(): Promise<Outcome> {
    const { names, source } = this.surroundings.settings;
    const outcome = await this.clone('cutShort', names.cutShort, source);
    if (outcome.kind === 'started') await this.deleteWhatIsBeingCloned(outcome.followed);
    return outcome;
  }

  /**
   * Called in the moment in which the clone was accepted: nobody else has seen the name yet, so nobody else can have made
   * an environment of it.
   */
  private async deleteWhatIsBeingCloned({ jobId, filedUnder }: Followed): Promise<void> {
    const { world } = this.surroundings;
    const { appId, names } = this.surroundings.settings;
    const calledAt = this.now();
    const job = { id: jobId, filedUnder: filedUnder === names.cutShort ? 'target' : 'source' } as const;
    const deletion: Deletion = { calledAt, jobId: undefined };
    const becomes = async (outcome: Deletion | undefined): Promise<void> =>
      this.writeStage('cutShort', (stage) => ({
        ...removing({ calledAt: callOf(stage) ?? calledAt, job }, {}),
        deletion: outcome,
      }));
    await becomes(deletion);
    const outcome = await outcomeOf(() => world.service.startRemoval(appId, names.cutShort));
    if (outcome.kind === 'started') {
      await becomes({ ...deletion, jobId: outcome.answer.jobId });
      if (outcome.answer.jobId !== undefined) this.followDeletion(outcome.answer.jobId, names.cutShort);
    } else if (outcome.kind !== 'lost') await becomes(undefined);
  }

  /** The survey's own environment is there: the same as it was, as far as can be seen. */
  private async cloneOntoWatched(): Promise<void> {
    const { appId, names, source } = this.surroundings.settings;
    await this.insistOn(async () => {
      const listed = await this.patiently(() => this.service.environmentNames(appId));
      if (listed === 'APP_NOT_FOUND' || !listed.has(names.watched)) return { kind: 'refused' };
      const stackId = rootStackId(await this.patiently(() => this.service.metaConfig(appId, names.watched)));
      if (stackId !== this.watchedStackId) return { kind: 'refused' };
      return this.clone(ONTO_WATCHED, names.watched, source);
    });
    await this.lookUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
  }

  private async cloneByNewRole(): Promise<void> {
    const { roles, store } = this.surroundings;
    const { appId, names, source } = this.surroundings.settings;
    if (roles === undefined) return;
    const role = roles.newName();
    await changeRecord(store, (record) => ({ ...record, role }));
    this.say(`Creation the role ${role}, and calling the service with it at once.`);
    const service = await roles.make(role);
    const madeAt = this.now();
    let passed = 0;
    // Three in a row: IAM may know of a role here and not there.
    while (this.now() < madeAt + NEW_PERMISSIONS + 15 * SECOND || (passed < 3 && this.now() < madeAt + 5 * MINUTE)) {
      const answer = await this.ask(() => service.environmentNames(appId));
      passed = answer === undefined ? 0 : passed + 1;
      await this.sleep(2 * SECOND);
    }
    const outcome = await this.insistOn(() => this.clone('byNewRole', names.byNewRole, source, service));
    if (outcome.kind !== 'started') return;
    this.described.push(names.byNewRole);
    await this.lookUntil(() => hasEnded(outcome.followed), LONGEST_CLONE, `the clone onto ${names.byNewRole}`);
    const seenAt = this.now();
    await this.lookUntil(() => this.now() > seenAt + SETTLED_AFTER, SETTLED_AFTER, names.byNewRole);
  }

  /** What has been seen enough need not cost anything until the end. Whatever is left is tried again then. */
  private async removeEarly(id: 'cutShort' | 'byNewRole', name: string): Promise<void> {
    const { world, store, settings } = this.surroundings;
    await this.lookUntil(() => this.followed.every(hasEnded), LONGEST_CLONE, 'a job');
    await cleanUp({ world, store, say: (line) => this.say(line), only: id });
    // With two jobs of one environment there is an order to be seen.
    for (const each of [settings.source, name]) await this.ask(() => this.service.jobs(settings.appId, each));
  }

  // ---- How things are begun and followed ---------------------------------------------------------------------------

  /** That CloneBackend is about to be called is on the record before it is. */
  private async clone(id: string, target: string, source: string, service = this.service): Promise<Outcome> {
    const { world } = this.surroundings;
    const { appId } = this.surroundings.settings;
    const calledAt = this.now();
    const held = { appId, environmentName: target, sourceName: source, requestId: id, adopted: false };
    const entry = newCloneEntry(held, {
      begunAt: calledAt,
      confirmed: false,
      stage: { at: 'cloning', calledAt },
    });
    await change(await readItem(world.ledger, PAGE), world, (entries) => ({ ...entries, [id]: entry }));
    const outcome = await outcomeOf(() => service.startClone(appId, source, target));
    if (outcome.kind === 'lost') return outcome;
    if (outcome.kind !== 'started') {
      await this.writeStage(id, () => NOTHING);
      return outcome;
    }
    const { jobId, filedUnder } = outcome.answer;
    const job = { id: jobId, filedUnder: filedUnder === target ? 'target' : 'source' } as const;
    await this.writeStage(id, () => ({ at: 'cloning', calledAt, job }));
    await changeRecord(this.surroundings.store, (record) => ({ ...record, cloneJobs: [...record.cloneJobs, jobId] }));
    const followed = this.follow({ operation: 'CloneBackend', environment: target, jobId, filedUnder });
    return { kind: 'started', followed };
  }

  /** Its end, and its root stack, by which it is told from another one of its name. */
  private async enterWatched({ last }: Followed): Promise<void> {
    const { appId, names } = this.surroundings.settings;
    if (last?.status === 'FAILED') {
      const failed = (stage: Stage): Stage => (stage.at === 'cloning' ? removing(stage, { ended: 'FAILED' }) : stage);
      return this.writeStage('watched', failed);
    }
    const calledAt = this.now();
    // An older picture could show what was there before.
    await this.lookUntil(() => isSettled(calledAt, this.now()), SETTLED_AFTER, names.watched);
    this.watchedStackId = rootStackId(await this.patiently(() => this.service.metaConfig(appId, names.watched)));
    const { watchedStackId: stackId } = this;
    await this.writeStage('watched', (stage) =>
      stage.at === 'cloning' && stage.job !== undefined ? { ...stage, job: stage.job, at: 'created', stackId } : stage,
    );
  }

  private async writeStage(id: string, how: (stage: Stage) => Stage): Promise<void> {
    const { world } = this.surroundings;
    await retry(async () => changeStage(await readItem(world.ledger, PAGE), id, world, how), world);
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

  /** Looks at everything, again and again. */
  private async lookUntil(isDone: () => boolean, atMost: number, what: string): Promise<void> {
    const deadline = this.now() + atMost + MINUTE;
    for (let round = 0; ; round += 1) {
      await this.look(round);
      if (isDone()) return;
      if (this.now() > deadline)
        throw new SurveyError(`${what} took longer than ${Math.round(atMost / MINUTE)} minutes`);
      const since = this.now() - this.changedAt;
      await this.sleep(since < A_MOMENT ? CLOSEST_LOOK : since < SETTLED_AFTER ? CLOSE_LOOK : LOOK);
    }
  }

  private async look(round: number): Promise<void> {
    const { appId } = this.surroundings.settings;
    const names = await this.ask(() => this.service.environmentNames(appId));
    if (names !== undefined && names !== 'APP_NOT_FOUND') this.names = names;
    for (const each of this.followed) {
      // How long a job is kept is to be seen, but not to the second.
      if (hasEnded(each) && this.now() > this.changedAt + SETTLED_AFTER && round % 3 !== 0) continue;
      const job = await this.ask(() => this.service.job(appId, each.filedUnder, each.jobId));
      if (job === undefined || job === 'NOT_FOUND' || hasEnded(each)) continue;
      each.last = job;
      if (hasEnded(each)) {
        this.changedAt = this.now();
        this.say(`${each.operation} of ${each.environment} is ${job.status}.`);
      }
    }
    for (const name of this.described) await this.ask(() => this.service.metaConfig(appId, name));
  }

  /** What does not come is observed, too. */
  private async ask<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return undefined;
    }
  }

  private async patiently<T>(call: () => Promise<T>): Promise<T> {
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

  /** What the service has surely not taken is asked again, as long as that is for other people's sake. */
  private async insistOn(call: () => Promise<Outcome>): Promise<Outcome> {
    const deadline = this.now() + PATIENCE_WITH_OTHERS;
    for (let round = 0; ; round += 1) {
      const outcome = await call();
      const mayPass = outcome.kind === 'busy' || outcome.kind === 'throttled';
      if (!mayPass || this.now() > deadline) return outcome;
      await this.sleep(LOOK);
      await this.look(round);
    }
  }

  private get service(): BackendService {
    return this.surroundings.world.service;
  }

  private now(): number {
    return this.surroundings.world.clock.now();
  }

  private sleep(milliseconds: number): Promise<void> {
    return this.surroundings.world.clock.sleep(milliseconds);
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

/** Of a call that begins something: by the same rules as in the handler. */
async function outcomeOf<T>(call: () => Promise<T | Refusal>): Promise<CallOutcome<T>> {
  try {
    const answer = await call();
    return isRefusal(answer) ? { kind: 'refused' } : { kind: 'started', answer };
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

function isRefusal<T>(answer: T | Refusal): answer is Refusal {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'refused';
}
