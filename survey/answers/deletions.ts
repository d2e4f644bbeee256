import type { Variants } from '../../simulator/amplify-backend/variants';
import { isBadRequest, isNotFound, isOfService, saysPending } from '../exchange';
import { calls, cloneOf, jobsOf, type Observations, wordsOf } from '../timeline';
import { type Answer, HIDDEN, isSeen, notSeen, seconds } from './answer';

export function deleteWhileCloning(seen: Observations): Answer<Variants['deleteWhileCloning']> {
  const clone = cloneOf(seen, seen.names.cutShort);
  const [call] = calls(seen, 'DeleteBackend', { BackendEnvironmentName: seen.names.cutShort });
  if (clone === undefined || call === undefined) return notSeen('no second clone was accepted');
  if (clone.end !== undefined && clone.end.latest < call.sentAt) return notSeen('the clone had ended by then');
  if (saysPending(call.reply)) return notSeen(HIDDEN.byPendingJob);
  const evidence = [
    `${seconds(call.sentAt - clone.call.receivedAt)} after CloneBackend was accepted: ${wordsOf(call.reply)}`,
  ];
  if (call.reply.kind === 'answered') return isSeen('accepted', evidence);
  if (!isOfService(call)) return notSeen('the answer was lost');
  return isBadRequest(call) ? isSeen('BadRequestException', evidence) : { kind: 'unexpected', evidence };
}

export function deleteAbsent(seen: Observations): Answer<Variants['deleteAbsent']> {
  const call = calls(seen, 'DeleteBackend', { BackendEnvironmentName: seen.names.absent }).findLast(isOfService);
  if (call === undefined) return notSeen('the call was not made, or not answered');
  const evidence = [wordsOf(call.reply)];
  if (isNotFound(call.reply)) return isSeen('NotFoundException', evidence);
  if (call.reply.kind === 'refused') {
    return isBadRequest(call) ? isSeen('BadRequestException', evidence) : { kind: 'unexpected', evidence };
  }
  const job = jobsOf(seen).find((each) => each.call === call);
  if (job === undefined) return { kind: 'unexpected', evidence };
  if (job.end === undefined) return notSeen('no poll saw the end of its job');
  const ended = [`accepted, and the job is ${job.end.status}`];
  return job.end.status === 'COMPLETED'
    ? isSeen('200 with a job that completes', ended)
    : { kind: 'unexpected', evidence: ended };
}
