import { READ_LAG } from '../lambda/service-timing';
import type { DetailsFailure, Variants } from '../simulator/amplify-backend/variants';
import { type Exchange, isNotFound, listOf, saysPending, textOf } from './exchange';
import {
  calls,
  cloneOf,
  deletionCalledAt,
  detailsOf,
  jobsOf,
  lagOf,
  listings,
  mostLag,
  type Observations,
  type SeenJob,
  wordsOf,
} from './timeline';

/*
 * One question for each variant of the simulator, and how its answer follows from the observations. If the observations allow
 * two answers, the answer is `not seen`, with the reason.
 */

export type Answer<V = unknown> =
  | { readonly kind: 'seen'; readonly value: V; readonly evidence: readonly string[] }
  /** None of the answers that the simulator knows. */
  | { readonly kind: 'unexpected'; readonly evidence: readonly string[] }
  | { readonly kind: 'not seen'; readonly because: string };

export interface Question<V = unknown> {
  readonly question: string;
  readonly answer: (seen: Observations) => Answer<V>;
}

export type Questions = { readonly [K in keyof Variants]: Question<Variants[K]> };

/** Reasons for `not seen` that lie in the service's behavior or in the options. The tests expect these texts. */
export const HIDDEN = {
  byPendingJob: 'the service refuses every other job while one runs, so this case cannot be observed',
  byRefusedRights: 'no clone has failed: the service refuses a clone without permissions at once',
  noFailedClone: 'no clone has failed. A clone by a role without permissions fails: use --make-role',
  noNewRole: 'no role was created: use --make-role',
  noStudioOffApp: 'no app without Amplify Studio was given: use --studio-off-app-id',
  tooShort: 'no job was watched for half an hour after its end: use --watch-minutes 40',
} as const;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HALF_AN_HOUR = 30 * MINUTE;

export const QUESTIONS: Questions = {
  cloneJobFiledUnder: {
    question: 'Under which environment is a clone job filed?',
    answer: (seen) => {
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
    },
  },

  targetListed: {
    question: 'When does the target of a clone appear in GetBackend?',
    answer: (seen) => {
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
    },
  },

  failedCloneLeaves: {
    question: 'What does a failed clone leave?',
    answer: (seen) => {
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
    },
  },

  cloneOntoExisting: {
    question: 'What does CloneBackend return if the target exists?',
    answer: (seen) => {
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
    },
  },

  deleteWhileCloning: {
    question: 'What does DeleteBackend return for an environment that is being cloned?',
    answer: (seen) => {
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
    },
  },

  deleteAbsent: {
    question: 'What does DeleteBackend return for an environment that does not exist?',
    answer: (seen) => {
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
    },
  },

  firstMinute: {
    question: "Do calls succeed in the first minute of the caller's role?",
    answer: (seen) => {
      const own = seen.exchanges.filter(
        ({ caller, operation }) => caller === 'a new role' && operation === 'GetBackend',
      );
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
    },
  },

  studioOff: {
    question: 'What does GetBackend return for an app whose Amplify Studio is off?',
    answer: (seen) => {
      if (seen.studioOffAppId === undefined) return notSeen(HIDDEN.noStudioOffApp);
      const call = calls(seen, 'GetBackend', { AppId: seen.studioOffAppId }).findLast(isOfService);
      if (call === undefined) return notSeen('the call was not answered');
      const evidence = [call.reply.kind === 'answered' ? 'it lists the environments' : wordsOf(call.reply)];
      if (call.reply.kind === 'answered') return isSeen('works', evidence);
      return isNotFound(call.reply) ? isSeen('NotFoundException', evidence) : { kind: 'unexpected', evidence };
    },
  },

  jobsListed: {
    question: 'In which order does ListBackendJobs return jobs?',
    answer: (seen) => {
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
    },
  },

  firstJobStatus: {
    question: 'What is the status of a job in the answer to the call that starts it?',
    answer: (seen) => {
      const started = jobsOf(seen).map(({ call }) =>
        call.reply.kind === 'answered' ? textOf(call.reply.answer, 'Status') : undefined,
      );
      return oneOf(
        new Set(started),
        ['PENDING', 'RUNNING'],
        [`in ${started.length} answers: ${[...new Set(started)].join(', ')}`],
      );
    },
  },

  jobOperation: {
    question: 'Do answers about one job name its operation?',
    answer: (seen) => {
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
    },
  },

  pendingJob: {
    question: 'What does CloneBackend return while a job of the same source runs?',
    answer: (seen) => {
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
    },
  },

  exceptionNames: {
    question: 'How are exceptions named?',
    answer: (seen) => {
      // A missing file (amplify-studio 357) is another error.
      const asked = [...calls(seen, 'GetBackendJob'), ...detailsOf(seen, seen.names.absent)];
      const missing = asked.find(({ reply }) => isNotFound(reply));
      const malformed = calls(seen, 'CloneBackend', { TargetEnvironmentName: seen.names.malformed }).find(isOfService);
      const evidence = [missing, malformed].flatMap((each) => (each === undefined ? [] : [wordsOf(each.reply)]));
      if (missing?.reply.kind !== 'refused') return notSeen('no call was answered with "not found"');
      const { name, status } = missing.reply;
      if (name === 'NotFoundException') return isSeen('modelled', evidence);
      return isSeen(status === 400 ? 'reported, not found with status 400' : 'reported', evidence);
    },
  },

  missingRights: {
    question: 'What happens to a job whose caller lacks a permission that the job needs?',
    answer: missingRights,
  },

  environmentDetails: {
    question: "Does GetBackend with an environment's name work?",
    answer: environmentDetails,
  },

  readLag: {
    question: 'How stale are reads?',
    answer: (seen) => {
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
    },
  },

  oldJobs: {
    question: 'How long does the service keep a job?',
    answer: (seen) => {
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
    },
  },

  clockSkewMilliseconds: {
    question: "How far is the service's clock from this machine's?",
    answer: (seen) => {
      const bounds = jobsOf(seen).flatMap(({ call, createTime }) =>
        createTime === undefined ? [] : [{ least: createTime - call.receivedAt, most: createTime - call.sentAt }],
      );
      const [first] = bounds;
      if (first === undefined) return notSeen('no job was read');
      const closest = bounds.reduce((one, other) => (other.most - other.least < one.most - one.least ? other : one));
      const { least, most } = closest;
      const evidence = [`a job's createTime is between ${least} and ${most} ms after the call`];
      return isSeen(least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2), evidence);
    },
  },
};

function missingRights(seen: Observations): Answer<Variants['missingRights']> {
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

function environmentDetails(seen: Observations): Answer<Variants['environmentDetails']> {
  const clone = cloneOf(seen, seen.names.watched);
  const others = failureOf(detailsOf(seen, seen.source));
  if (clone?.end?.status !== 'COMPLETED') return notSeen('no clone completed that could be compared with the source');
  const { end } = clone;
  const from = end.latest + boundOfLag(seen);
  const until = deletionCalledAt(seen, clone.environment);
  const clones = failureOf(detailsOf(seen, clone.environment).filter(({ sentAt }) => sentAt >= from && sentAt < until));
  if (clones.reads < MANY_ENOUGH || others.reads < MANY_ENOUGH) return notSeen('too few reads were answered');
  const listed = QUESTIONS.targetListed.answer(seen);
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

/** One failure may be chance. This many failures up to the last read are the service's behavior. */
const MANY_ENOUGH = 3;

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

/** The bound to assume for stale reads: none if no stale read was observed. */
function boundOfLag(seen: Observations): number {
  return lagOf(seen).stale.length === 0 ? 0 : READ_LAG;
}

function orderOf(times: readonly number[]): string {
  const pairs = times.slice(1).map((time, index) => Math.sign(time - (times[index] ?? time)));
  if (pairs.every((sign) => sign <= 0)) return 'newest first';
  return pairs.every((sign) => sign >= 0) ? 'oldest first' : 'neither';
}

function oneOf<V extends string>(
  found: ReadonlySet<string | undefined>,
  choices: readonly V[],
  evidence: readonly string[],
): Answer<V> {
  if (found.size === 0) return notSeen('no answer shows it');
  const [only] = found;
  const value = found.size === 1 ? choices.find((choice) => choice === only) : undefined;
  return value === undefined ? { kind: 'unexpected', evidence } : isSeen(value, evidence);
}

function isSeen<V>(value: V, evidence: readonly string[]): Answer<V> {
  return { kind: 'seen', value, evidence };
}

function notSeen(because: string): { readonly kind: 'not seen'; readonly because: string } {
  return { kind: 'not seen', because };
}

function isAnswered({ reply }: Exchange): boolean {
  return reply.kind === 'answered';
}

/** Whether the service processed the call. */
function isOfService({ reply }: Exchange): boolean {
  return reply.kind === 'answered' || (reply.kind === 'refused' && reply.status < 500 && reply.status !== 429);
}

function isBadRequest({ reply }: Exchange): boolean {
  return reply.kind === 'refused' && reply.status === 400 && !isNotFound(reply);
}

function count<T>(list: readonly T[], is: (each: T) => boolean): number {
  return list.filter(is).length;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / SECOND).toFixed(1)} s`;
}

function minutes(milliseconds: number): string {
  return `${(milliseconds / MINUTE).toFixed(1)} min`;
}
