import type { AmplifyBackend } from '../amplify-backend/model';
import { sleep, type VirtualClock } from '../clock';
import { type OtherAction, SOURCES } from './history';
import type { Subject } from './moments';

/** Somebody creates an environment with the Amplify CLI: `init`, some questions, `push`. */
const CREATED_BY_CLI_IN = 10 * 60 * 1000;
const STUDIO_OFF_FOR = 10 * 60 * 1000;

/** A name that no stack uses. */
const UNUSED_NAME = 'zz';

/**
 * @param concerned what the moment is about for which the action is planned
 * @returns the environment to act on. Undefined if there is none
 */
export function subjectOfAction(
  { appId, environment }: OtherAction,
  concerned: Subject | undefined,
): Subject | undefined {
  return environment === undefined ? concerned : { appId, environment };
}

export function actAsOthers(
  { kind }: OtherAction,
  { appId, environment }: Subject,
  service: AmplifyBackend,
  clock: VirtualClock,
): void {
  switch (kind) {
    case 'creates by CLI':
      service.addEnvironment(appId, environment);
      break;
    case 'starts to create by CLI':
      service.addEnvironment(appId, environment, { madeInMilliseconds: CREATED_BY_CLI_IN });
      break;
    case 'deletes by CLI':
      service.removeEnvironment(appId, environment);
      break;
    case 'recreates by CLI':
      if (service.removeEnvironment(appId, environment)) service.addEnvironment(appId, environment);
      break;
    case 'clones onto':
      service.otherCloneStarts(appId, SOURCES[0], environment);
      break;
    case 'deletes':
      service.otherDeletionStarts(appId, environment);
      break;
    case 'clones to an unused name':
      service.otherCloneStarts(appId, SOURCES[0], UNUSED_NAME);
      break;
    case 'switches Amplify Studio off':
      service.addApp(appId, { studio: false });
      void sleep(clock, STUDIO_OFF_FOR).then(() => service.addApp(appId, { studio: true }));
      break;
  }
}
