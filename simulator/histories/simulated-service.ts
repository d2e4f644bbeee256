import { Faults } from '../amplify-backend/faults';
import { AmplifyBackend } from '../amplify-backend/model';
import type { VirtualClock } from '../clock';
import { seededRandom } from '../random';
import { APP_IDS, type History, SOURCES } from './history';
import type { Moments } from './moments';

/** AmplifyBackend as the history describes it, with the apps and their first environments. */
export function createService(history: History, clock: VirtualClock, moments: Moments): AmplifyBackend {
  const random = seededRandom(history.seed + 2);
  const { longestCloneMinutes, longestDeletionSeconds, cloneFails, cloneIsStuck, deletionFails } = history.service;
  const service = new AmplifyBackend({
    clock,
    random,
    variants: history.variants,
    faults: new Faults(random, history.service.faults),
    jobDuration: (operation, drawn, appId, environment) => {
      const isClone = operation === 'CloneBackend';
      const duration = isClone
        ? drawn.integer(5000, longestCloneMinutes * 60_000)
        : drawn.integer(1000, longestDeletionSeconds * 1000);
      moments.happens(isClone ? 'a clone ends' : 'a deletion ends', { appId, environment }, clock.now() + duration);
      return duration;
    },
    cloneOutcome: (target, drawn) => {
      if (drawn.chance(cloneIsStuck)) return 'stuck';
      if (!drawn.chance(cloneFails)) return 'COMPLETED';
      return { failed: drawn.chance(0.5) ? undefined : `cloning ${target} failed: resource limit exceeded` };
    },
    deletionOutcome: (_, drawn) => (drawn.chance(deletionFails) ? { failed: 'a bucket is not empty' } : 'COMPLETED'),
    journalLimit: 10,
  });
  for (const appId of APP_IDS) {
    service.addApp(appId);
    for (const source of SOURCES) service.addEnvironment(appId, source);
  }
  return service;
}
