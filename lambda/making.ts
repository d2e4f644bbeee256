import { NEW_ENVIRONMENT_NAME } from '../lib/name-patterns';
import { recordAdoption } from './adoptions';
import { type BackendService, CLONE, type Job, REMOVAL, ServiceTrouble } from './backend-service';
import { cloneState, searchJob } from './clone-evidence';
import {
  answerLost,
  appNotFound,
  cancelled,
  cloneFailed,
  cloneNotStarted,
  cloneOverdue,
  cloneRefused,
  cloneTimedOut,
  DeploymentError,
  environmentGone,
  keptWithoutOutputs,
  left,
  nameNotAllowed,
  notTouched,
  sourceNotFound,
  sourceUnsuitable,
  targetExists,
} from './errors';
import type { Clone, CloneEntry, Failure, Page, StackId, Stage } from './ledger';
import {
  change,
  changeStage,
  cloneEntry,
  type Entries,
  insist,
  newCloneEntry,
  type OwnedClone,
  ownedClone,
  removing,
} from './ledger-entries';
import { type OutputValues, readOutputs, rootStackId } from './outputs';
import type { Holdings } from './physical-id';
import { removeStep } from './removal';
import type { MakeRequest, Wanted } from './request';
import { isSettled, isSettledByService, LONGEST_CALL, READ_LAG, STRAGGLER } from './service-timing';
import type { World } from './world';

/*
 * A Create, or an Update to another environment. Each step goes from one stage in the ledger to the next, and is written
 * down before it is taken.
 */

export interface Made {
  readonly adopted: boolean;
  readonly attributes: OutputValues;
}

interface Next {
  readonly kind: 'NEXT';
  readonly page: Page;
}

type Step = Next | { readonly kind: 'WAITING' } | ({ readonly kind: 'MADE' } & Made);

const WAITING: Step = { kind: 'WAITING' };

interface Making {
  readonly request: MakeRequest;
  readonly entry: CloneEntry;
  readonly page: Page;
  readonly world: World;
}

/** @throws DeploymentError when the request has failed */
export async function pollMaking(
  request: MakeRequest,
  holdings: Holdings,
  found: Page,
  world: World,
): Promise<Made | undefined> {
  let page = found;
  for (;;) {
    const entry = cloneEntry(page, request.id);
    const step =
      entry === undefined
        ? await register(request, holdings, page, world)
        : await take({ request, entry, page, world });
    switch (step.kind) {
      case 'NEXT':
        page = step.page;
        break;
      case 'WAITING':
        return undefined;
      case 'MADE':
        return step;
    }
  }
}

/**
 * A request that was cancelled before it came here begins nothing any more; nor does one of which another delivery, which
 * saw the service or the ledger otherwise, goes back to what there was: that one answers.
 */
async function register(request: MakeRequest, { holds, replaces }: Holdings, page: Page, world: World): Promise<Step> {
  const begunAt = world.clock.now();
  const next = await change(page, world, (entries) => {
    if (entries[request.id] !== undefined) return entries;
    const stage: Stage = isSweptUp(entries, replaces?.requestId, begunAt)
      ? { at: 'nothing', failure: undefined }
      : { at: 'examining' };
    const entry = newCloneEntry(holds, { begunAt, replaces: replaces?.requestId, known: false, stage });
    return { ...entries, [request.id]: entry };
  });
  return cloneEntry(next, request.id) === undefined ? WAITING : { kind: 'NEXT', page: next };
}

function isSweptUp(entries: Entries, replaces: string | undefined, now: number): boolean {
  return Object.values(entries).some(
    (entry) =>
      entry.kind === 'visit' &&
      entry.sweeps !== undefined &&
      entry.sweeps.replaces === replaces &&
      (entry.endedAt === undefined || now < entry.begunAt + STRAGGLER),
  );
}

function take(making: Making): Promise<Step> {
  const { stage } = making.entry;
  switch (stage.at) {
    case 'examining':
      return examine(making);
    case 'calling':
      return searchClone(making, stage.calledAt);
    case 'cloning':
      return awaitClone(making, stage);
    case 'made':
      return reportMade(making, stage);
    case 'adopted':
      return reportAdopted(making);
    case 'removing':
      return removeRemains(making, stage);
    case 'kept':
      throw new DeploymentError(stage.failure.name, stage.failure.message);
    case 'nothing':
      throw stage.failure === undefined
        ? cancelled(making.request.wanted)
        : new DeploymentError(stage.failure.name, stage.failure.message);
  }
}

type Verdict =
  | { readonly kind: 'FREE' }
  | { readonly kind: 'TO_BE_ADOPTED' }
  | { readonly kind: 'FAILED'; readonly error: DeploymentError; readonly isFinal: boolean };

/**
 * Whether there is something to clone and room for it. What speaks against a clone is believed only when it is still so
 * after all that happened before this request must show: the source may be a clone that is seconds old, and the target
 * one that was deleted seconds ago.
 */
async function examine(making: Making): Promise<Step> {
  const { request, entry, world } = making;
  const { wanted } = request;
  let verdict: Verdict;
  try {
    verdict = await judge(wanted, world.service);
  } catch (error) {
    if (!(error instanceof ServiceTrouble) || !isOverdue(making)) throw error;
    return fail(cloneNotStarted(wanted, error), making);
  }
  if (verdict.kind === 'FREE') return callOnce(making);
  const isSure = isSettled(entry.begunAt, world.clock.now());
  if (verdict.kind === 'FAILED') return isSure || verdict.isFinal ? fail(verdict.error, making) : WAITING;
  if (!isSure) return WAITING;
  // What is still being cloned is not a backend yet, and what is being deleted is none any more.
  if ((await isChanging(wanted, world.service)) && !isOverdue(making)) return WAITING;
  await recordAdoption(entry, making.page, request.id, world);
  return goOn(making, (stage) => (stage.at === 'examining' ? { at: 'adopted' } : stage));
}

async function isChanging({ appId, targetName }: Wanted, service: BackendService): Promise<boolean> {
  const jobs = await service.jobs(appId, targetName);
  return (
    jobs !== 'NOT_FOUND' &&
    jobs.some(({ operation, status }) => status === 'RUNNING' && (operation === CLONE || operation === REMOVAL))
  );
}

async function judge(wanted: Wanted, service: BackendService): Promise<Verdict> {
  const { appId, sourceName, targetName } = wanted;
  const failed = (error: DeploymentError, isFinal = false): Verdict => ({ kind: 'FAILED', error, isFinal });
  const names = await service.environmentNames(appId);
  if (names === 'APP_NOT_FOUND') return failed(appNotFound(wanted), true);
  if (names.has(targetName))
    return wanted.existing === 'ADOPT' ? { kind: 'TO_BE_ADOPTED' } : failed(targetExists(wanted));
  if (!NEW_ENVIRONMENT_NAME.test(targetName)) return failed(nameNotAllowed(wanted));
  if (!names.has(sourceName)) return failed(sourceNotFound(wanted, names));
  if (wanted.outputs.length > 0) {
    // A clone has the definition of its source, and so its outputs: one that is mistyped is not to cost a clone.
    const read = readOutputs(sourceName, wanted.outputs, await service.metaConfig(appId, sourceName));
    if (read.kind === 'missing') return failed(sourceUnsuitable(wanted, read.error));
  }
  return { kind: 'FREE' };
}

/** CloneBackend is called by the one that wrote that it would. */
async function callOnce(making: Making): Promise<Step> {
  const { request, world } = making;
  const { appId, sourceName, targetName } = request.wanted;
  const calledAt = world.clock.now();
  const calling: Stage = { at: 'calling', calledAt };
  const page = await changeStage(making.page, request.id, world, (stage) =>
    stage.at === 'examining' ? calling : stage,
  );
  const written = cloneEntry(page, request.id);
  if (written?.stage !== calling) return { kind: 'NEXT', page };
  const called = { ...making, entry: written, page };
  let answer: Awaited<ReturnType<BackendService['startClone']>>;
  try {
    answer = await world.service.startClone(appId, sourceName, targetName);
  } catch (error) {
    if (!(error instanceof ServiceTrouble)) throw error;
    if (error.reason === 'UNAVAILABLE') {
      world.log('the answer to CloneBackend was lost; its job will be looked for', { targetName });
      return WAITING;
    }
    if (isOverdue(called)) return fail(cloneNotStarted(request.wanted, error), called);
    await goOn(called, notTaken(calledAt));
    throw error;
  }
  if (answer.kind === 'refused') return fail(cloneRefused(request.wanted, answer.words), called);
  const filedUnder = answer.filedUnder === targetName ? 'target' : 'source';
  return goOn(called, accepted(calledAt, { id: answer.jobId, filedUnder }));
}

/** It may be called again, unless another delivery does that already. */
function notTaken(calledAt: number): (stage: Stage) => Stage {
  return (stage) => (callOf(stage) === calledAt ? { at: 'examining' } : stage);
}

/** When the call was made of which the stage knows no answer yet. */
function callOf(stage: Stage): number | undefined {
  return stage.at === 'calling' ? stage.calledAt : undefined;
}

/** The call may meanwhile have been taken over by the request that removes what comes of it. */
function accepted(calledAt: number, job: Clone['job']): (stage: Stage) => Stage {
  return (stage) => {
    if (stage.at === 'calling') return { at: 'cloning', calledAt, job };
    return stage.at === 'removing' && stage.job === undefined ? { ...stage, job } : stage;
  };
}

/**
 * CloneBackend was called, and what it answered was lost, or is not written down yet. It is called again only when a clone
 * that began with the call would have to show.
 */
async function searchClone(making: Making, calledAt: number): Promise<Step> {
  const { entry, world } = making;
  if (world.clock.now() < calledAt + LONGEST_CALL) return WAITING;
  const job = await searchJob(entry, calledAt, world);
  if (job === 'NOT_YET') return WAITING;
  if (job !== 'NONE') return goOn(making, accepted(calledAt, job));
  if (isOverdue(making)) return fail(cloneOverdue(making.request.wanted), making);
  return goOn(making, notTaken(calledAt));
}

async function awaitClone(making: Making, found: Clone): Promise<Step> {
  const { request, entry, world } = making;
  const { wanted } = request;
  const clone = ownedClone(entry, found);
  const state = await cloneState(clone, world);
  const now = world.clock.now();
  let seen = 'its job is still running';
  switch (state.kind) {
    case 'running':
      break;
    case 'completed': {
      const names = await world.service.environmentNames(clone.appId);
      if (names !== 'APP_NOT_FOUND' && names.has(clone.environmentName)) {
        const stackId = await seenStackId(making, clone, state.job);
        if (stackId === 'NOT_YET') return WAITING;
        return goOn(making, (stage) =>
          stage.at === 'cloning' ? { ...stage, at: 'made', stackId, reported: false } : stage,
        );
      }
      // With Amplify Studio switched off the app cannot be looked at, and nothing is known of the environment.
      const isUnlisted = names !== 'APP_NOT_FOUND' && isSettledByService(state.job.updatedAt, now);
      if (clone.job.id === undefined && isUnlisted) return fail(answerLost(clone), making);
      seen = 'its job is completed, but the app does not list the environment';
      break;
    }
    case 'failed': {
      const cause = await world.failureCause(clone);
      const failure = failureOf(cloneFailed(clone, state.job, cause, world.role));
      return goOn(making, (stage) => (stage.at === 'cloning' ? removing(found, 'FAILED', failure) : stage));
    }
    case 'unknown':
      if (clone.job.id === undefined && isSettledByService(clone.calledAt + LONGEST_CALL, now)) {
        return fail(answerLost(clone), making);
      }
      seen = 'the service does not know its job';
      break;
  }
  // What there is of it is removed by the request that follows, which has an hour of its own for that.
  if (isOverdue(making)) throw cloneTimedOut(clone, wanted.timeoutMilliseconds, seen);
  return WAITING;
}

/**
 * The root stack tells the environment from one that somebody makes of that name later. It is nice to have: where it does not
 * show in time, the clone goes without.
 */
async function seenStackId(
  { request, entry, world }: Making,
  { appId, environmentName, calledAt }: OwnedClone,
  job: Job,
): Promise<StackId | 'NOT_YET'> {
  const now = world.clock.now();
  // An older picture could show another environment, which had the name before the clone began.
  const isTrusted = isSettled(calledAt, now);
  const stackId = isTrusted ? rootStackId(await world.service.metaConfig(appId, environmentName)) : undefined;
  if (stackId !== undefined) return stackId;
  const mayShowYet = !isTrusted || !isSettledByService(job.updatedAt, now);
  const hasTime = now + READ_LAG < entry.begunAt + request.wanted.timeoutMilliseconds;
  return mayShowYet && hasTime ? 'NOT_YET' : undefined;
}

/** A clone that failed removes what is left of it, and then says why it failed. */
async function removeRemains(making: Making, { failure }: Extract<Stage, { at: 'removing' }>): Promise<Step> {
  const { request, entry, page, world } = making;
  if (failure === undefined) throw cancelled(request.wanted);
  const step = await removeStep({ requestId: request.id, begunAt: entry.begunAt }, page, world);
  const failed = (remains: string): DeploymentError =>
    new DeploymentError(failure.name, `${failure.message} ${remains}`.trimEnd());
  switch (step.kind) {
    case 'WAITING':
      return WAITING;
    case 'GONE':
      return fail(failed(step.seen ? `The app does not list "${entry.environmentName}" any more.` : ''), making);
    case 'NOT_OURS':
      return fail(failed(notTouched(entry, step.because)), making);
    case 'FAILED':
      throw failed(left(entry, step.because));
  }
}

/**
 * A clone that lacks an output is a clone all the same: its Create fails, and the environment stays. Of two deliveries of one
 * Create, the first to write decides: what one of them has reported, another does not keep from a later Delete.
 */
async function reportMade(making: Making, { job, reported }: Extract<Stage, { at: 'made' }>): Promise<Step> {
  const { request, entry, world } = making;
  const read = await readReport(request.wanted, world);
  if (read.kind === 'there') {
    if (request.wanted.outputs.length > 0 && !reported) {
      const next = await goOn(making, (stage) => (stage.at === 'made' ? { ...stage, reported: true } : stage));
      if (cloneEntry(next.page, request.id)?.stage.at !== 'made') return next;
    }
    return { kind: 'MADE', adopted: false, attributes: attributesOf(entry.environmentName, job.id ?? '', read.values) };
  }
  if (reported || !isOverdue(making)) return WAITING;
  // An update goes back to the environment that it was to replace, and the clone is deleted.
  if (request.type === 'Update') throw read.error;
  const failure = failureOf(keptWithoutOutputs(entry, read.error));
  return goOn(making, (stage) => {
    if (stage.at !== 'made' || stage.reported) return stage;
    const { calledAt, job: clonedBy, stackId } = stage;
    return { at: 'kept', calledAt, job: clonedBy, stackId, failure };
  });
}

/** An adoption that fails is none: it must not pass on to this resource later what another one made. */
async function reportAdopted(making: Making): Promise<Step> {
  const { request, entry, world } = making;
  const names = await world.service.environmentNames(entry.appId);
  if (names === 'APP_NOT_FOUND' || !names.has(entry.environmentName)) return fail(environmentGone(entry), making);
  const read = await readReport(request.wanted, world);
  if (read.kind === 'there') {
    return { kind: 'MADE', adopted: true, attributes: attributesOf(entry.environmentName, '', read.values) };
  }
  return isSettled(entry.begunAt, world.clock.now()) ? fail(read.error, making) : WAITING;
}

export function attributesOf(environmentName: string, jobId: string, values: OutputValues): OutputValues {
  return { EnvironmentName: environmentName, JobId: jobId, ...values };
}

export async function readReport(wanted: Wanted, world: World): Promise<ReturnType<typeof readOutputs>> {
  const { appId, targetName, outputs } = wanted;
  if (outputs.length === 0) return { kind: 'there', values: {} };
  return readOutputs(targetName, outputs, await world.service.metaConfig(appId, targetName));
}

/** What is known only here is written, and the next step is taken from what the page says then. */
async function goOn({ request, page, world }: Making, how: (stage: Stage) => Stage): Promise<Next> {
  return { kind: 'NEXT', page: await insist(() => changeStage(page, request.id, world, how), world) };
}

/**
 * Nothing of the request is there. Where another delivery has gone on meanwhile, what was judged is
 * not so any more, and the next step is taken from what the page says then. Where another request has taken over, that one
 * sees to what is there.
 */
async function fail(error: DeploymentError, making: Making): Promise<Step> {
  const { request, entry, page, world } = making;
  const failed: Stage = { at: 'nothing', failure: failureOf(error) };
  const next = await insist(
    () =>
      changeStage(page, request.id, world, (stage) => {
        const isAsJudged = stage.at === entry.stage.at && callOf(stage) === callOf(entry.stage);
        return isAsJudged && !isTakenOver(stage) ? failed : stage;
      }),
    world,
  );
  const stage = cloneEntry(next, request.id)?.stage;
  if (stage === undefined || stage === failed || isTakenOver(stage)) throw error;
  return { kind: 'NEXT', page: next };
}

function isTakenOver(stage: Stage): boolean {
  return stage.at === 'removing' && stage.failure === undefined;
}

function failureOf({ name, text: message }: DeploymentError): Failure {
  return { name, message };
}

function isOverdue({ request, entry, world }: Pick<Making, 'request' | 'entry' | 'world'>): boolean {
  return world.clock.now() > entry.begunAt + request.wanted.timeoutMilliseconds;
}
