import type { DetailsFailure, Variants } from '../../simulator/amplify-backend/variants';
import { type Exchange, isAnswered, isNotFound, isOfService } from '../exchange';
import {
  boundOfLag,
  calls,
  cloneOf,
  deletionCalledAt,
  detailsOf,
  lagOf,
  mostLag,
  type Observations,
  wordsOf,
} from '../timeline';
import { type Answer, HIDDEN, isSeen, MANY_ENOUGH, minutes, notSeen, seconds } from './answer';
import { targetListed } from './clones';

export function studioOff(seen: Observations): Answer<Variants['studioOff']> {
  if (seen.studioOffAppId === undefined) return notSeen(HIDDEN.noStudioOffApp);
  const call = calls(seen, 'GetBackend', { AppId: seen.studioOffAppId }).findLast(isOfService);
  if (call === undefined) return notSeen('the call was not answered');
  const evidence = [call.reply.kind === 'answered' ? 'it lists the environments' : wordsOf(call.reply)];
  if (call.reply.kind === 'answered') return isSeen('works', evidence);
  return isNotFound(call.reply) ? isSeen('NotFoundException', evidence) : { kind: 'unexpected', evidence };
}

export function exceptionNames(seen: Observations): Answer<Variants['exceptionNames']> {
  // A missing file (amplify-studio 357) is another error.
  const asked = [...calls(seen, 'GetBackendJob'), ...detailsOf(seen, seen.names.absent)];
  const missing = asked.find(({ reply }) => isNotFound(reply));
  const malformed = calls(seen, 'CloneBackend', { TargetEnvironmentName: seen.names.malformed }).find(isOfService);
  const evidence = [missing, malformed].flatMap((each) => (each === undefined ? [] : [wordsOf(each.reply)]));
  if (missing?.reply.kind !== 'refused') return notSeen('no call was answered with "not found"');
  const { name, status } = missing.reply;
  if (name === 'NotFoundException') return isSeen('modelled', evidence);
  return isSeen(status === 400 ? 'reported, not found with status 400' : 'reported', evidence);
}

export function environmentDetails(seen: Observations): Answer<Variants['environmentDetails']> {
  const clone = cloneOf(seen, seen.names.watched);
  const others = failureOf(detailsOf(seen, seen.source));
  if (clone?.end?.status !== 'COMPLETED') return notSeen('no clone completed that could be compared with the source');
  const { end } = clone;
  const from = end.latest + boundOfLag(seen);
  const until = deletionCalledAt(seen, clone.environment);
  const clones = failureOf(detailsOf(seen, clone.environment).filter(({ sentAt }) => sentAt >= from && sentAt < until));
  if (clones.reads < MANY_ENOUGH || others.reads < MANY_ENOUGH) return notSeen('too few reads were answered');
  const listed = targetListed(seen);
  const madeAt = listed.kind === 'seen' && listed.value === 'on acceptance' ? clone.call.receivedAt : end.latest;
  const failure = clones.failure ?? others.failure;
  if (failure === undefined) {
    return isSeen('work', [`all ${others.reads} reads of the source and all ${clones.reads} of the clone work`]);
  }
  const answer = answerOf(failure);
  const evidence = [
    `the source: ${describeFailures(others)}`,
    `the clone: ${describeFailures(clones)}`,
    wordsOf(failure.reply),
  ];
  if (answer === undefined) return { kind: 'unexpected', evidence };
  const of =
    clones.failure === undefined ? 'other environments' : others.failure === undefined ? 'clones' : 'every environment';
  // The source's age is not known. If the clone fails from its first read on, no observation shows that it ever worked.
  const isFromTheFirst = clones.failure === undefined || clones.lastWorked === undefined;
  return isSeen(
    { answer, of, fromAgeMilliseconds: isFromTheFirst ? 0 : failure.sentAt - madeAt },
    isFromTheFirst ? evidence : [...evidence, `the clone fails from an age of ${minutes(failure.sentAt - madeAt)} on`],
  );
}

interface Failures {
  readonly reads: number;
  /** The first of the failures that last until the end. */
  readonly failure: Exchange | undefined;
  readonly lastWorked: Exchange | undefined;
}

function failureOf(reads: readonly Exchange[]): Failures {
  const heard = reads.filter(({ reply }) => reply.kind !== 'lost' && !isPassing(reply));
  const lastWorked = heard.findLast(isAnswered);
  const failed = lastWorked === undefined ? heard : heard.slice(heard.indexOf(lastWorked) + 1);
  return { reads: heard.length, failure: failed.length < MANY_ENOUGH ? undefined : failed[0], lastWorked };
}

/** Throttled, or a role that is not known yet: a later call can succeed. */
function isPassing(reply: Exchange['reply']): boolean {
  return reply.kind === 'refused' && (reply.status === 429 || reply.status === 403);
}

function describeFailures({ reads, failure }: Failures): string {
  return failure === undefined ? `${reads} reads work` : `fails until the last of ${reads} reads`;
}

function answerOf({ reply }: Exchange): DetailsFailure['answer'] | undefined {
  if (reply.kind !== 'refused') return undefined;
  if (reply.status === 504) return '504';
  if (isNotFound(reply)) return 'ResourceNotFoundException';
  return reply.status === 400 ? 'ValidationException' : undefined;
}

export function readLag(seen: Observations): Answer<Variants['readLag']> {
  const lag = lagOf(seen);
  if (lag.chances < 5) return notSeen('too few reads came soon after a change');
  if (lag.stale.length === 0) {
    return isSeen({ maxMilliseconds: 0 }, [
      `none of ${lag.chances} reads in the minute after a change shows the state before it`,
    ]);
  }
  const maxMilliseconds = mostLag(lag);
  const operations = [...new Set(lag.stale.map(({ exchange }) => exchange.operation))].sort();
  return isSeen({ maxMilliseconds }, [
    `${lag.stale.length} of ${lag.chances} reads show the state before a change, up to ${seconds(maxMilliseconds)} after it: ${operations.join(', ')}`,
    'the true bound is at least this',
  ]);
}
