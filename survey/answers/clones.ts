import { READ_LAG } from '../../lambda/service-timing';
import type { Variants } from '../../simulator/amplify-backend/variants';
import { type Exchange, isAnswered, isBadRequest, isOfService, saysPending, textOf } from '../exchange';
import {
  boundOfLag,
  calls,
  cloneOf,
  deletionCalledAt,
  detailsOf,
  jobsOf,
  listings,
  type Observations,
  wordsOf,
} from '../timeline';
import { type Answer, HIDDEN, isSeen, notSeen, oneOf, seconds } from './answer';
import { missingRights } from './permissions';

export function cloneJobFiledUnder(seen: Observations): Answer<Variants['cloneJobFiledUnder']> {
  const clones = jobsOf(seen).filter(({ operation }) => operation === 'CloneBackend');
  const found = new Set(
    clones.map(({ filedUnder, environment }) =>
      filedUnder === environment ? 'target' : filedUnder === seen.source ? 'source' : 'neither',
    ),
  );
  return oneOf(
    found,
    ['target', 'source'],
    [
      `the answers to ${clones.length} CloneBackend calls name the ${[...found].join(' or the ')}`,
      `GetBackendJob returns the job under that name in ${count(clones, ({ reads }) => reads.some(isAnswered))} of ${clones.length} cases`,
    ],
  );
}

export function targetListed(seen: Observations): Answer<Variants['targetListed']> {
  const clone = cloneOf(seen, seen.names.watched);
  if (clone?.end?.status !== 'COMPLETED') return notSeen('the clone was not seen to be COMPLETED');
  const { call, end, environment } = clone;
  const deletedAt = deletionCalledAt(seen, environment);
  const early = listings(seen).filter(
    ({ exchange: { sentAt, receivedAt } }) => sentAt > call.receivedAt && receivedAt < end.earliest,
  );
  const listed = early.find(({ names }) => names.includes(environment));
  if (listed !== undefined) {
    const [after, before] = [listed.exchange.sentAt - call.receivedAt, end.earliest - listed.exchange.receivedAt];
    return isSeen('on acceptance', [
      `it is listed ${seconds(after)} after the call, and ${seconds(before)} before its job is COMPLETED`,
    ]);
  }
  const lag = boundOfLag(seen);
  const settled = early.filter(({ exchange }) => exchange.sentAt > call.receivedAt + lag);
  const first = listings(seen).find(
    ({ exchange, names }) =>
      exchange.sentAt >= end.earliest && exchange.sentAt < deletedAt && names.includes(environment),
  );
  if (first === undefined) return notSeen('the environment was never listed');
  if (settled.length < 2) return notSeen('the clone took no longer than reads can be stale');
  return isSeen('on completion', [
    `it is not listed in ${settled.length} reads while the job runs, and is listed ${seconds(Math.max(0, first.exchange.sentAt - end.latest))} after its end`,
  ]);
}

export function failedCloneLeaves(seen: Observations): Answer<Variants['failedCloneLeaves']> {
  const failed = jobsOf(seen).find(
    ({ operation, environment, end }) =>
      operation === 'CloneBackend' &&
      end?.status === 'FAILED' &&
      end.latest < deletionCalledAt(seen, environment) &&
      !existedBefore(seen, environment),
  );
  if (failed?.end === undefined) {
    const denied = missingRights(seen);
    const isRefused = denied.kind === 'seen' && denied.value === 'AccessDeniedException';
    return notSeen(isRefused ? HIDDEN.byRefusedRights : HIDDEN.noFailedClone);
  }
  const { environment, end } = failed;
  const deletedAt = deletionCalledAt(seen, environment);
  const settled = listings(seen).filter(
    ({ exchange: { sentAt } }) => sentAt > end.latest + READ_LAG && sentAt < deletedAt,
  );
  const [listing] = settled;
  if (listing === undefined) return notSeen('nothing was read a minute after the failure');
  const after = `${seconds(listing.exchange.sentAt - end.latest)} after its job FAILED`;
  if (!listing.names.includes(environment)) return isSeen('nothing', [`it is not listed ${after}`]);
  const details = detailsOf(seen, environment).findLast(
    ({ sentAt }) => sentAt > end.latest + READ_LAG && sentAt < deletedAt,
  );
  return isSeen('empty environment', [`it is listed ${after}`, describeContent(details)]);
}

/** Whether the clone's target was an existing environment of the survey. */
function existedBefore(seen: Observations, environment: string): boolean {
  return environment === seen.names.watched && cloneOf(seen, environment)?.end?.status === 'COMPLETED';
}

function describeContent(details: Exchange | undefined): string {
  if (details === undefined) return 'its amplifyMetaConfig was not read';
  if (details.reply.kind !== 'answered') return `its amplifyMetaConfig cannot be read: ${wordsOf(details.reply)}`;
  const text = textOf(details.reply.answer, 'AmplifyMetaConfig') ?? 'nothing';
  return text === '{}' ? 'its amplifyMetaConfig is {}' : `its amplifyMetaConfig has ${text.length} characters`;
}

export function cloneOntoExisting(seen: Observations): Answer<Variants['cloneOntoExisting']> {
  const own = cloneOf(seen, seen.names.watched);
  const call = calls(seen, 'CloneBackend', { TargetEnvironmentName: seen.names.watched }).findLast(
    (each) =>
      each !== own?.call &&
      own?.end !== undefined &&
      each.sentAt > own.end.latest &&
      !saysPending(each.reply) &&
      isOfService(each),
  );
  if (call === undefined) return notSeen('the call was not made, or not answered');
  const evidence = [wordsOf(call.reply)];
  if (call.reply.kind === 'refused') {
    return isBadRequest(call) ? isSeen('BadRequestException', evidence) : { kind: 'unexpected', evidence };
  }
  if (call.reply.kind === 'lost') return notSeen('the answer was lost');
  const job = jobsOf(seen).find((each) => each.call === call);
  if (job === undefined) {
    return textOf(call.reply.answer, 'Error') === undefined
      ? { kind: 'unexpected', evidence }
      : isSeen('200 with error', evidence);
  }
  if (job.end === undefined) return notSeen('no poll saw the end of its job');
  const ended = [`accepted, and the job is ${job.end.status}: ${job.end.error ?? 'no reason given'}`];
  return job.end.status === 'FAILED'
    ? isSeen('accepted, and the job FAILS', ended)
    : { kind: 'unexpected', evidence: ended };
}

export function pendingJob(seen: Observations): Answer<Variants['pendingJob']> {
  const refused = seen.exchanges.find(({ reply }) => saysPending(reply));
  if (refused !== undefined) return isSeen('ValidationException', [wordsOf(refused.reply)]);
  const first = cloneOf(seen, seen.names.watched);
  const [second] = calls(seen, 'CloneBackend', { TargetEnvironmentName: seen.names.cutShort });
  if (first?.end === undefined || second === undefined) return notSeen('no second clone was started while one ran');
  if (second.sentAt > first.end.earliest) return notSeen('the first clone had ended by then');
  const evidence = [
    `${seconds(second.sentAt - first.call.receivedAt)} after a clone of the same source was accepted: ${wordsOf(second.reply)}`,
  ];
  if (second.reply.kind === 'answered' && cloneOf(seen, seen.names.cutShort) !== undefined)
    return isSeen('accepted', evidence);
  return isOfService(second) ? { kind: 'unexpected', evidence } : notSeen('the answer was lost');
}

function count<T>(list: readonly T[], is: (each: T) => boolean): number {
  return list.filter(is).length;
}
