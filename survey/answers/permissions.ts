import type { Variants } from '../../simulator/amplify-backend/variants';
import { isOfService, saysPending } from '../exchange';
import { calls, jobsOf, type Observations, wordsOf } from '../timeline';
import { type Answer, HIDDEN, isSeen, notSeen, seconds } from './answer';

export function firstMinute(seen: Observations): Answer<Variants['firstMinute']> {
  const own = seen.exchanges.filter(({ caller, operation }) => caller === 'a new role' && operation === 'GetBackend');
  const [first] = own;
  if (first === undefined) return notSeen(HIDDEN.noNewRole);
  const passed = own.map(
    ({ reply }) => reply.kind === 'answered' || (reply.kind === 'refused' && reply.status !== 403),
  );
  const denied = passed.filter((each) => !each).length;
  if (denied === 0) return isSeen('works', [`all ${own.length} calls succeed from the start`]);
  const lastDenied = own[passed.lastIndexOf(false)];
  const evidence = [
    `${denied} of ${own.length} calls are refused, the last ${seconds((lastDenied ?? first).sentAt - first.sentAt)} after the first`,
    wordsOf(own[passed.indexOf(false)]?.reply ?? first.reply),
  ];
  const isStep = passed.lastIndexOf(false) < passed.indexOf(true) || !passed.includes(true);
  return isSeen(isStep ? 'AccessDeniedException' : 'AccessDeniedException now and then', evidence);
}

export function missingRights(seen: Observations): Answer<Variants['missingRights']> {
  const tried = calls(seen, 'CloneBackend', { TargetEnvironmentName: seen.names.byNewRole });
  const call = tried.findLast((each) => !saysPending(each.reply) && isOfService(each));
  if (call === undefined) return notSeen(tried.length === 0 ? HIDDEN.noNewRole : 'the call was not answered');
  const evidence = [`CloneBackend, called with permissions for AmplifyBackend only: ${wordsOf(call.reply)}`];
  if (call.reply.kind === 'refused') {
    return call.reply.status === 403 ? isSeen('AccessDeniedException', evidence) : { kind: 'unexpected', evidence };
  }
  const job = jobsOf(seen).find((each) => each.call === call);
  if (job === undefined) return { kind: 'unexpected', evidence };
  if (job.end === undefined) return notSeen('no poll saw the end of its job');
  const ended = [...evidence, `its job is ${job.end.status}: ${job.end.error ?? 'no reason given'}`];
  if (job.end.status !== 'FAILED') return { kind: 'unexpected', evidence: ended };
  return isSeen(
    job.end.error === undefined ? 'the job FAILS without a reason' : 'the job FAILS with the reason',
    ended,
  );
}
