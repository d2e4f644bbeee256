import type { Variants } from '../simulator/amplify-backend/variants';
import type { Answer } from './answers/answer';
import { cloneJobFiledUnder, cloneOntoExisting, failedCloneLeaves, pendingJob, targetListed } from './answers/clones';
import { deleteAbsent, deleteWhileCloning } from './answers/deletions';
import { clockSkewMilliseconds, firstJobStatus, jobOperation, jobsListed, oldJobs } from './answers/jobs';
import { firstMinute, missingRights } from './answers/permissions';
import { environmentDetails, exceptionNames, readLag, studioOff } from './answers/reads';
import type { Observations } from './timeline';

/*
 * One question for each variant of the simulator. How its answer follows from the observations is in `answers/`.
 */

export interface Question<V = unknown> {
  readonly question: string;
  readonly answer: (seen: Observations) => Answer<V>;
}

export type Questions = { readonly [K in keyof Variants]: Question<Variants[K]> };

export const QUESTIONS: Questions = {
  cloneJobFiledUnder: {
    question: 'Under which environment is a clone job filed?',
    answer: cloneJobFiledUnder,
  },
  targetListed: {
    question: 'When does the target of a clone appear in GetBackend?',
    answer: targetListed,
  },
  failedCloneLeaves: {
    question: 'What does a failed clone leave?',
    answer: failedCloneLeaves,
  },
  cloneOntoExisting: {
    question: 'What does CloneBackend return if the target exists?',
    answer: cloneOntoExisting,
  },
  deleteWhileCloning: {
    question: 'What does DeleteBackend return for an environment that is being cloned?',
    answer: deleteWhileCloning,
  },
  deleteAbsent: {
    question: 'What does DeleteBackend return for an environment that does not exist?',
    answer: deleteAbsent,
  },
  firstMinute: {
    question: "Do calls succeed in the first minute of the caller's role?",
    answer: firstMinute,
  },
  studioOff: {
    question: 'What does GetBackend return for an app whose Amplify Studio is off?',
    answer: studioOff,
  },
  jobsListed: {
    question: 'In which order does ListBackendJobs return jobs?',
    answer: jobsListed,
  },
  firstJobStatus: {
    question: 'What is the status of a job in the answer to the call that starts it?',
    answer: firstJobStatus,
  },
  jobOperation: {
    question: 'Do answers about one job name its operation?',
    answer: jobOperation,
  },
  pendingJob: {
    question: 'What does CloneBackend return while a job of the same source runs?',
    answer: pendingJob,
  },
  exceptionNames: {
    question: 'How are exceptions named?',
    answer: exceptionNames,
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
    answer: readLag,
  },
  oldJobs: {
    question: 'How long does the service keep a job?',
    answer: oldJobs,
  },
  clockSkewMilliseconds: {
    question: "How far is the service's clock from this machine's?",
    answer: clockSkewMilliseconds,
  },
};
