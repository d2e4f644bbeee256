import { DEFAULT_VARIANTS } from '../amplify-backend/variants';
import type { History } from './history';

/** A history without stacks, in which no call, job or request goes wrong. */
export const CALM: History = {
  seed: 1,
  variants: DEFAULT_VARIANTS,
  service: {
    faults: {},
    longestCloneMinutes: 2,
    longestDeletionSeconds: 20,
    cloneFails: 0,
    cloneIsStuck: 0,
    deletionFails: 0,
    cloneAnswerLost: 0,
    deletionAnswerLost: 0,
    callerRights: 'enough',
  },
  cloudFormation: {
    failedUpdate: 'update with the old id',
    maxDelaySeconds: 0,
    duplicateProbability: 0,
    maxDuplicateDelaySeconds: 5,
  },
  lambda: {
    coldStart: 0,
    killedBeforeCall: 0,
    killedAfterCall: 0,
    killedAroundChange: 0,
    callHangs: 0,
    longestWayMilliseconds: 0,
  },
  ledger: {
    ThrottlingException: 0,
    '500 before acceptance': 0,
    '500 after acceptance': 0,
    'reset before acceptance': 0,
    'reset after acceptance': 0,
  },
  pollInterval: 60,
  stacks: [],
  otherActions: [],
};
