import {
  type AmplifyBackendClient,
  CloneBackendCommand,
  DeleteBackendCommand,
  GetBackendCommand,
  GetBackendJobCommand,
  ListBackendJobsCommand,
} from '@aws-sdk/client-amplifybackend';
import type { BackendService, Job, JobStatus, MetaConfig, ServiceErrorReason } from './backend-service';
import { CLONE, REMOVAL, ServiceError, unexpectedAnswer } from './backend-service';
import type { Log } from './log';
import { isRecord, isText } from './unknown-value';

/** More pages than any history has; a service that goes on for ever must not keep the handler. */
const MOST_PAGES = 40;

/** The port over the SDK. What the SDK returns is checked here against the service's model, and trusted from here on. */
export function amplifyBackendService(client: AmplifyBackendClient, log: Log): BackendService {
  return {
    async environmentNames(appId) {
      const answer = await ask('GetBackend', () => client.send(new GetBackendCommand({ AppId: appId })));
      if (answer === undefined) return 'APP_NOT_FOUND';
      const names: unknown = answer.BackendEnvironmentList;
      if (answer.AppId !== appId || !Array.isArray(names) || !names.every(isText)) throw unexpectedAnswer('GetBackend');
      return new Set(names);
    },

    async metaConfig(appId, environmentName) {
      const input = { AppId: appId, BackendEnvironmentName: environmentName };
      try {
        const answer = await client.send(new GetBackendCommand(input));
        if (answer.AppId !== appId) throw unexpectedAnswer('GetBackend');
        return { kind: 'read', config: parseMetaConfig(answer.AmplifyMetaConfig) };
      } catch (error) {
        const found = serviceError('GetBackend', error);
        if (found.reason !== 'REJECTED' && found.reason !== 'UNAVAILABLE') throw found;
        log('the configuration of an environment cannot be read', { ...input, words: found.words });
        return { kind: 'unreadable', words: found.words };
      }
    },

    async job(appId, filedUnder, jobId) {
      const answer = await ask('GetBackendJob', () =>
        client.send(new GetBackendJobCommand({ AppId: appId, BackendEnvironmentName: filedUnder, JobId: jobId })),
      );
      if (answer === undefined) return undefined;
      if (answer.JobId !== jobId) throw unexpectedAnswer('GetBackendJob');
      return parseJob('GetBackendJob', answer, log);
    },

    async jobs(appId, filedUnder) {
      const jobs: Job[] = [];
      let nextToken: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const input = { AppId: appId, BackendEnvironmentName: filedUnder, MaxResults: 25, NextToken: nextToken };
        const answer = await ask('ListBackendJobs', () => client.send(new ListBackendJobsCommand(input)));
        if (answer === undefined) return page === 0 ? undefined : jobs;
        if (!Array.isArray(answer.Jobs)) throw unexpectedAnswer('ListBackendJobs');
        for (const job of answer.Jobs) jobs.push(parseJob('ListBackendJobs', job, log));
        nextToken = isText(answer.NextToken) ? answer.NextToken : undefined;
        if (nextToken === undefined) return jobs;
      }
      throw new ServiceError('UNAVAILABLE', 'ListBackendJobs', `more than ${MOST_PAGES} pages of jobs`);
    },

    async startClone(appId, sourceName, targetName) {
      const input = { AppId: appId, BackendEnvironmentName: sourceName, TargetEnvironmentName: targetName };
      const answer = await send(CLONE, () => client.send(new CloneBackendCommand(input)));
      const { JobId: id, BackendEnvironmentName: filedUnder, Status: status, Error: words } = answer;
      // A job that failed at once is followed like any other, so that what it leaves behind is found.
      const hasJob = isText(id) && (filedUnder === targetName || filedUnder === sourceName);
      if (isText(words) && !(hasJob && status === 'FAILED')) throw refusal(CLONE, words);
      if (!hasJob) throw unexpectedAnswer(CLONE);
      return { id, filedUnder };
    },

    async startRemoval(appId, environmentName) {
      const input = { AppId: appId, BackendEnvironmentName: environmentName };
      const answer = await send(REMOVAL, () => client.send(new DeleteBackendCommand(input)));
      const { Error: words, Status: status, JobId: id } = answer;
      if (isText(words)) throw refusal(REMOVAL, words);
      if (status === 'FAILED') throw refusal(REMOVAL, 'the deletion failed at once, with no reason given');
      return isText(id) ? id : undefined;
    },
  };
}

/** Undefined where the service says that it does not know what was asked for. */
async function ask<T>(operation: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (NOT_FOUND.test(nameOf(error))) return undefined;
    throw serviceError(operation, error);
  }
}

function send<T>(operation: string, call: () => Promise<T>): Promise<T> {
  return call().catch((error: unknown) => Promise.reject(serviceError(operation, error)));
}

/** A refusal that says "wait" is not final. */
function refusal(operation: string, words: string): ServiceError {
  return new ServiceError(PENDING_JOB.test(words) ? 'BUSY' : 'REJECTED', operation, words);
}

function serviceError(operation: string, error: unknown): ServiceError {
  return error instanceof ServiceError ? error : new ServiceError(causeOf(error), operation, wordsOf(error));
}

/*
 * The service sends exceptions that are not in its model, and the API reference has other names than the model. What they
 * mean follows from their names and statuses together.
 */
/** `ResourceNotFoundException`: amplify-hosting 2548, amplify-studio 357. */
const NOT_FOUND = /^(Resource)?NotFoundException$/;
/** `LimitExceededException` is the API reference's name of a 429, and `ThrottlingException` other services' name. */
const THROTTLED = /^(TooManyRequests|LimitExceeded|Throttling)Exception$/;
/** Seen as a `ValidationException` (amplify-studio 336, 417, 483; amplify-cli 9295). */
const PENDING_JOB = /already a pending job/i;

function causeOf(error: unknown): ServiceErrorReason {
  const status = statusOf(error);
  const name = nameOf(error);
  if (status === undefined) return isRecord(error) && error['code'] === 'ENOTFOUND' ? 'NO_HOST' : 'UNAVAILABLE';
  if (status === 429 || (status < 500 && THROTTLED.test(name))) return 'THROTTLED';
  if (status === 401 || status === 403) return 'DENIED';
  // Any other 4xx was not accepted; but only from the service itself, not from a proxy's page of HTML.
  if (status < 400 || status >= 500 || !name.endsWith('Exception')) return 'UNAVAILABLE';
  return PENDING_JOB.test(wordsOf(error)) ? 'BUSY' : 'REJECTED';
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const status = statusOf(error);
  const code = isRecord(error) && isText(error['code']) ? `${error['code']} ` : '';
  const message = error.message === '' || error.message === error.name ? '' : `: ${error.message}`;
  return `${code}${error.name}${status === undefined ? '' : ` (HTTP ${status})`}${message}`;
}

function statusOf(error: unknown): number | undefined {
  if (!isRecord(error) || !isRecord(error['$metadata'])) return undefined;
  const status = error['$metadata']['httpStatusCode'];
  return typeof status === 'number' ? status : undefined;
}

function parseJob(operation: string, job: unknown, log: Log): Job {
  if (!isRecord(job)) throw unexpectedAnswer(operation);
  const { JobId: id, Operation: performed, Status: status, Error: error } = job;
  const createdAt = epochMilliseconds(job['CreateTime']);
  if (!isText(id) || !isText(status) || createdAt === undefined) throw unexpectedAnswer(operation);
  return {
    id,
    operation: isText(performed) ? performed : undefined,
    status: parseStatus(status, id, log),
    createdAt,
    updatedAt: epochMilliseconds(job['UpdateTime']) ?? createdAt,
    error: isText(error) ? error : undefined,
  };
}

/** COMPLETED and FAILED are the only ends of a job that anyone has seen; whatever else there may be is not an end. */
function parseStatus(status: string, jobId: string, log: Log): JobStatus {
  if (status === 'COMPLETED' || status === 'FAILED') return status;
  if (status !== 'RUNNING' && status !== 'PENDING')
    log('a job has an unknown status, and counts as running', { jobId, status });
  return 'RUNNING';
}

/** The service sends times as decimal strings of milliseconds (seen in amplify-hosting issue 1722). */
function epochMilliseconds(value: unknown): number | undefined {
  return typeof value === 'string' && /^\d{12,14}$/.test(value) ? Number(value) : undefined;
}

/** An environment without a configuration has none, an empty text or an empty object. */
function parseMetaConfig(text: unknown): MetaConfig {
  if (text === undefined || text === null || text === '') return {};
  if (typeof text !== 'string') throw unexpectedAnswer('GetBackend');
  try {
    const parsed: unknown = JSON.parse(text);
    if (isRecord(parsed)) return parsed;
  } catch {
    // Said below, as for any other text that is not an object.
  }
  throw new ServiceError('UNAVAILABLE', 'GetBackend', 'amplifyMetaConfig is not the text of a JSON object');
}
