import { READ_LAG } from '../lambda/service-timing';
import { type Exchange, isNotFound, listOf, type Members, type Reply, textOf } from './exchange';
import type { Names } from './names';

/*
 * Facts that follow from the exchanges: which job each call started, and when each state held. A job's times are by the
 * service's clock. Their difference does not depend on a clock, so it gives the job's end by this machine's clock.
 */

export interface Observations {
  readonly appId: string;
  readonly source: string;
  readonly names: Names;
  readonly studioOffAppId: string | undefined;
  /** In the order of the answers. */
  readonly exchanges: readonly Exchange[];
}

/** A time between two known ones, in milliseconds since the epoch. */
export interface Moment {
  readonly earliest: number;
  readonly latest: number;
}

/** A call that was accepted, and the observations of its job. */
export interface SeenJob {
  readonly operation: string;
  readonly jobId: string;
  readonly filedUnder: string;
  /** The clone's target, or the environment that is deleted. */
  readonly environment: string;
  readonly call: Exchange;
  readonly reads: readonly Exchange[];
  readonly createTime: number | undefined;
  readonly end: JobEnd | undefined;
}

export interface JobEnd extends Moment {
  readonly status: string;
  readonly error: string | undefined;
}

export function calls(seen: Observations, operation: string, input: Members = {}): Exchange[] {
  return seen.exchanges.filter(
    (each) =>
      each.operation === operation && Object.entries(input).every(([name, value]) => each.input[name] === value),
  );
}

/** The accepted clones and deletions, in the order of their calls. */
export function jobsOf(seen: Observations): SeenJob[] {
  return seen.exchanges.flatMap((call): SeenJob[] => {
    if (call.operation !== 'CloneBackend' && call.operation !== 'DeleteBackend') return [];
    if (call.reply.kind !== 'answered') return [];
    const jobId = textOf(call.reply.answer, 'JobId');
    const environment = textOf(
      call.input,
      call.operation === 'CloneBackend' ? 'TargetEnvironmentName' : 'BackendEnvironmentName',
    );
    if (jobId === undefined || environment === undefined) return [];
    const filedUnder = textOf(call.reply.answer, 'BackendEnvironmentName') ?? environment;
    const reads = calls(seen, 'GetBackendJob', { JobId: jobId });
    const { operation } = call;
    return [{ operation, jobId, filedUnder, environment, call, reads, ...ofReads(call, reads) }];
  });
}

function ofReads(call: Exchange, reads: readonly Exchange[]): Pick<SeenJob, 'createTime' | 'end'> {
  const shown = reads.filter(({ reply }) => reply.kind === 'answered' && isTime(reply.answer['CreateTime']));
  // Reads can go back in time.
  const last = shown.find(showsEnd) ?? shown.at(-1);
  if (last?.reply.kind !== 'answered') return { createTime: undefined, end: undefined };
  const { answer } = last.reply;
  const createTime = Number(answer['CreateTime']);
  const status = textOf(answer, 'Status');
  if ((status !== 'COMPLETED' && status !== 'FAILED') || !isTime(answer['UpdateTime']))
    return { createTime, end: undefined };
  const took = Number(answer['UpdateTime']) - createTime;
  const end = {
    status,
    error: textOf(answer, 'Error'),
    earliest: call.sentAt + took,
    latest: call.receivedAt + took,
  };
  return { createTime, end };
}

function showsEnd({ reply }: Exchange): boolean {
  const status = reply.kind === 'answered' ? textOf(reply.answer, 'Status') : undefined;
  return status === 'COMPLETED' || status === 'FAILED';
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{12,14}$/.test(value);
}

export function cloneOf(seen: Observations, target: string): SeenJob | undefined {
  return jobsOf(seen).find(({ operation, environment }) => operation === 'CloneBackend' && environment === target);
}

/** When DeleteBackend was called for the environment; infinity if never. */
export function deletionCalledAt(seen: Observations, environment: string): number {
  return calls(seen, 'DeleteBackend', { BackendEnvironmentName: environment })[0]?.sentAt ?? Number.POSITIVE_INFINITY;
}

export interface Listing {
  readonly exchange: Exchange;
  readonly names: readonly unknown[];
}

/** The lists of the app's environments. */
export function listings(seen: Observations): Listing[] {
  return calls(seen, 'GetBackend', { AppId: seen.appId }).flatMap((exchange): Listing[] => {
    if (exchange.input['BackendEnvironmentName'] !== undefined || exchange.reply.kind !== 'answered') return [];
    return [{ exchange, names: listOf(exchange.reply.answer, 'BackendEnvironmentList') ?? [] }];
  });
}

/** GetBackend of one environment. */
export function detailsOf(seen: Observations, environment: string): Exchange[] {
  return calls(seen, 'GetBackend', { AppId: seen.appId, BackendEnvironmentName: environment });
}

export interface StaleRead {
  readonly exchange: Exchange;
  /** The answer was outdated for at least this time. */
  readonly milliseconds: number;
}

/** How long after a change reads are checked for staleness: longer than any known lag, with a margin. */
const CLOSE_TO_A_CHANGE = 60_000;

export interface Lag {
  readonly stale: readonly StaleRead[];
  /** How many reads came so soon after a change that they could have been stale. */
  readonly chances: number;
}

/** The reads after a change that show the state before it. */
export function lagOf(seen: Observations): Lag {
  const stale: StaleRead[] = [];
  let chances = 0;
  const countRead = (exchange: Exchange, changedAt: number, isStale: boolean): void => {
    const milliseconds = exchange.sentAt - changedAt;
    if (milliseconds < 0) return;
    if (milliseconds <= CLOSE_TO_A_CHANGE) chances += 1;
    if (isStale) stale.push({ exchange, milliseconds: Math.max(1, milliseconds) });
  };
  const jobs = jobsOf(seen);
  for (const { call, reads, end } of jobs) {
    const firstShown = reads.findIndex(({ reply }) => reply.kind === 'answered');
    for (const [index, read] of reads.entries()) {
      const isUnknown = isNotFound(read.reply);
      if (firstShown >= 0 && index <= firstShown) countRead(read, call.receivedAt, isUnknown);
      else if (firstShown >= 0 && isUnknown && reads.slice(index).some(({ reply }) => reply.kind === 'answered')) {
        // Shown before and after.
        if (end === undefined || read.sentAt < end.earliest) countRead(read, call.receivedAt, true);
      }
      if (end !== undefined && read.reply.kind === 'answered') {
        const status = textOf(read.reply.answer, 'Status');
        if (read.sentAt > end.latest) countRead(read, end.latest, status !== end.status);
      }
    }
  }
  for (const { operation, environment, end, call } of jobs) {
    if (end?.status !== 'COMPLETED') continue;
    const isClone = operation === 'CloneBackend';
    // The next deletion or clone is another change.
    const next = jobs.find((job) => job.environment === environment && job.call.sentAt > call.sentAt);
    const shown = listings(seen).filter(
      ({ exchange }) =>
        exchange.sentAt > end.latest && exchange.sentAt < (next?.call.sentAt ?? Number.POSITIVE_INFINITY),
    );
    // If no read ever shows the job's result, the difference is not a lag.
    if (!shown.some(({ names }) => names.includes(environment) === isClone)) continue;
    for (const { exchange, names } of shown) countRead(exchange, end.latest, names.includes(environment) !== isClone);
  }
  return { stale, chances };
}

export function mostLag({ stale }: Lag): number {
  return Math.max(0, ...stale.map(({ milliseconds }) => milliseconds));
}

/** The bound to assume for stale reads: none if no stale read was observed. */
export function boundOfLag(seen: Observations): number {
  return lagOf(seen).stale.length === 0 ? 0 : READ_LAG;
}

export function wordsOf(reply: Reply): string {
  switch (reply.kind) {
    case 'answered':
      return textOf(reply.answer, 'Error') ?? `answered, with status ${textOf(reply.answer, 'Status') ?? 'none'}`;
    case 'refused':
      return `${reply.name} (HTTP ${reply.status})${reply.words === '' ? '' : `: ${reply.words}`}`;
    case 'lost':
      return reply.words;
  }
}
