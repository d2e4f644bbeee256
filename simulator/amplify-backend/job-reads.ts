import { type Job, operationOf } from './app-state';
import type { CallOf, JobDescription, JobPage } from './operations';
import type { Variants } from './variants';

/* The answers of GetBackendJob and ListBackendJobs. */

/** A job was RUNNING 8.2 s after its creation (amplify-hosting issue 1722). */
const PENDING_MILLISECONDS = 8000;

/** Whether the service still shows the job. */
export function remembers(job: Job, seenAt: number, { oldJobs }: Variants): boolean {
  if (seenAt < job.acceptedAt) return false;
  if (oldJobs === 'kept' || job.end === undefined) return true;
  return seenAt < job.end.at + oldJobs.forgottenAfterMilliseconds;
}

export function describeJob(job: Job, seenAt: number, variants: Variants): JobDescription {
  const end = job.end !== undefined && job.end.at <= seenAt ? job.end : undefined;
  const onServiceClock = (at: number): string => String(Math.floor(at + variants.clockSkewMilliseconds));
  return {
    appId: job.appId,
    backendEnvironmentName: job.filedUnder,
    error: end?.error,
    jobId: job.jobId,
    operation: operationOf(job),
    status: statusAt(job, seenAt, variants),
    createTime: onServiceClock(job.acceptedAt),
    updateTime: onServiceClock(end?.at ?? job.acceptedAt),
  };
}

export function statusAt(job: Job, seenAt: number, { firstJobStatus }: Variants): string {
  if (job.end !== undefined && job.end.at <= seenAt) return job.end.status;
  const isPending = firstJobStatus === 'PENDING' && seenAt < job.acceptedAt + PENDING_MILLISECONDS;
  return isPending ? 'PENDING' : 'RUNNING';
}

type Asked = Pick<CallOf<'ListBackendJobs'>, 'environment' | 'filter' | 'maxResults'>;

/** @param after the sequence number of the last job of the previous page */
export function pageOfJobs(
  jobs: readonly Job[],
  { environment, filter, maxResults }: Asked,
  after: number | undefined,
  seenAt: number,
  variants: Variants,
): JobPage {
  const newestFirst = variants.jobsListed === 'newest first';
  const isAskedFor = (job: Job): boolean =>
    job.filedUnder === environment &&
    remembers(job, seenAt, variants) &&
    (filter.jobId === undefined || job.jobId === filter.jobId) &&
    (filter.operation === undefined || operationOf(job) === filter.operation) &&
    (filter.status === undefined || statusAt(job, seenAt, variants) === filter.status) &&
    (after === undefined || (newestFirst ? job.sequence < after : job.sequence > after));
  const found = jobs.filter(isAskedFor);
  if (newestFirst) found.reverse();
  const page = found.slice(0, maxResults);
  const last = page.at(-1);
  const nextToken = last !== undefined && found.length > page.length ? token(last.sequence) : undefined;
  return { jobs: page.map((job) => describeJob(job, seenAt, variants)), nextToken };
}

function token(sequence: number): string {
  return Buffer.from(`after ${sequence}`).toString('base64url');
}

export function readToken(text: string): number | 'invalid' {
  const sequence = /^after (\d{1,12})$/.exec(Buffer.from(text, 'base64url').toString())?.[1];
  return sequence === undefined ? 'invalid' : Number(sequence);
}
