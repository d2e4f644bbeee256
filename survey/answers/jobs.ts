import type { Variants } from '../../simulator/amplify-backend/variants';
import { isAnswered, isNotFound, listOf, textOf } from '../exchange';
import { boundOfLag, calls, jobsOf, type Observations, type SeenJob } from '../timeline';
import { type Answer, HIDDEN, isSeen, MANY_ENOUGH, minutes, notSeen, oneOf } from './answer';

const HALF_AN_HOUR = 30 * 60_000;

export function jobsListed(seen: Observations): Answer<Variants['jobsListed']> {
  const orders = calls(seen, 'ListBackendJobs').flatMap(({ reply }) => {
    const jobs = reply.kind === 'answered' ? (listOf(reply.answer, 'Jobs') ?? []) : [];
    const times = jobs.flatMap((job) => {
      const time = typeof job === 'object' && job !== null ? Number(Reflect.get(job, 'CreateTime')) : Number.NaN;
      return Number.isFinite(time) ? [time] : [];
    });
    return times.some((time) => time !== times[0]) ? [{ times, order: orderOf(times) }] : [];
  });
  if (orders.length === 0) return notSeen('no list had two jobs');
  const most = Math.max(...orders.map(({ times }) => times.length));
  return oneOf(
    new Set(orders.map(({ order }) => order)),
    ['newest first', 'oldest first'],
    [`${orders.length} lists of up to ${most} jobs`],
  );
}

function orderOf(times: readonly number[]): string {
  const pairs = times.slice(1).map((time, index) => Math.sign(time - (times[index] ?? time)));
  if (pairs.every((sign) => sign <= 0)) return 'newest first';
  return pairs.every((sign) => sign >= 0) ? 'oldest first' : 'neither';
}

export function firstJobStatus(seen: Observations): Answer<Variants['firstJobStatus']> {
  const started = jobsOf(seen).map(({ call }) =>
    call.reply.kind === 'answered' ? textOf(call.reply.answer, 'Status') : undefined,
  );
  return oneOf(
    new Set(started),
    ['PENDING', 'RUNNING'],
    [`in ${started.length} answers: ${[...new Set(started)].join(', ')}`],
  );
}

export function jobOperation(seen: Observations): Answer<Variants['jobOperation']> {
  const answers = jobsOf(seen).flatMap(({ call, reads }) =>
    [call, ...reads].flatMap(({ reply }) => (reply.kind === 'answered' ? [reply.answer] : [])),
  );
  const named = answers.filter((answer) => textOf(answer, 'Operation') !== undefined);
  const found = new Set(
    answers.length === 0
      ? []
      : named.length === 0
        ? ['absent']
        : named.length === answers.length
          ? ['present']
          : ['present', 'absent'],
  );
  return oneOf(found, ['absent', 'present'], [`in ${named.length} of ${answers.length} answers`]);
}

export function oldJobs(seen: Observations): Answer<Variants['oldJobs']> {
  const ages = jobsOf(seen)
    .filter(isWatchedLong(seen))
    .map((job) => ageOf(job, boundOfLag(seen)));
  const forgotten = ages.find(({ forgottenAt }) => forgottenAt !== undefined);
  if (forgotten?.forgottenAt !== undefined) {
    return isSeen({ forgottenAfterMilliseconds: forgotten.forgottenAt }, [
      `a job is returned ${minutes(forgotten.knownAt)} after its end, and is not found from ${minutes(forgotten.forgottenAt)} after it on`,
    ]);
  }
  const knownAt = Math.max(0, ...ages.map((age) => age.knownAt), ...listedAges(seen));
  return knownAt >= HALF_AN_HOUR
    ? isSeen('kept', [`a job is returned ${minutes(knownAt)} after its end`])
    : notSeen(HIDDEN.tooShort);
}

function isWatchedLong(seen: Observations): (job: SeenJob) => boolean {
  // The service may forget the job of a deleted environment for another reason.
  return ({ environment, operation }) => operation === 'CloneBackend' && environment === seen.names.watched;
}

interface JobAge {
  readonly knownAt: number;
  readonly forgottenAt: number | undefined;
}

/** The times since the job's end. A stale read can show a job for longer than the service keeps it. */
function ageOf({ reads, end }: SeenJob, lag: number): JobAge {
  if (end === undefined) return { knownAt: 0, forgottenAt: undefined };
  const after = reads.filter(
    ({ sentAt, reply }) => sentAt >= end.latest && (isNotFound(reply) || reply.kind === 'answered'),
  );
  const lastKnown = after.findLast(isAnswered);
  const knownAt = lastKnown === undefined ? 0 : Math.max(0, lastKnown.receivedAt - end.latest - lag);
  const forgotten = lastKnown === undefined ? after : after.slice(after.indexOf(lastKnown) + 1);
  const [first] = forgotten;
  return {
    knownAt,
    forgottenAt: first === undefined || forgotten.length < MANY_ENOUGH ? undefined : first.sentAt - end.latest,
  };
}

/** The ages of the jobs that are older than the survey, by the service's own clock. */
function listedAges(seen: Observations): number[] {
  return calls(seen, 'ListBackendJobs').flatMap(({ reply, sentAt }) => {
    const jobs = reply.kind === 'answered' ? (listOf(reply.answer, 'Jobs') ?? []) : [];
    return jobs.flatMap((job) => {
      if (typeof job !== 'object' || job === null) return [];
      const status: unknown = Reflect.get(job, 'Status');
      const time = Number(Reflect.get(job, 'UpdateTime'));
      return (status === 'COMPLETED' || status === 'FAILED') && Number.isFinite(time) ? [sentAt - time] : [];
    });
  });
}

export function clockSkewMilliseconds(seen: Observations): Answer<Variants['clockSkewMilliseconds']> {
  const bounds = jobsOf(seen).flatMap(({ call, createTime }) =>
    createTime === undefined ? [] : [{ least: createTime - call.receivedAt, most: createTime - call.sentAt }],
  );
  const [first] = bounds;
  if (first === undefined) return notSeen('no job was read');
  const closest = bounds.reduce((one, other) => (other.most - other.least < one.most - one.least ? other : one));
  const { least, most } = closest;
  const evidence = [`a job's createTime is between ${least} and ${most} ms after the call`];
  return isSeen(least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2), evidence);
}
