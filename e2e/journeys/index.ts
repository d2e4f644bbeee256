import type { Journey, JourneyAnywhere } from '../journey';
import { abandonedPreviews } from './abandoned-previews';
import { brokenNeighbour } from './broken-neighbour';
import { changingProvider } from './changing-provider';
import { destroyDeletes, destroyKeeps } from './destroy';
import { failingClone } from './failing-clone';
import { fiveClones } from './five-clones';
import { longClone } from './long-clone';
import { nameTaken } from './name-taken';
import { rename } from './rename';
import { sharedProvider } from './shared-provider';
import { shippedApp } from './shipped-app';
import { twoStacks } from './two-stacks';

/** Those that take longest come first, since a few walk at a time. */
export const journeys: readonly Journey[] = [
  brokenNeighbour,
  shippedApp,
  abandonedPreviews,
  nameTaken,
  longClone,
  failingClone,
  fiveClones,
  rename,
  destroyKeeps,
  changingProvider,
  sharedProvider,
  twoStacks,
  destroyDeletes,
];

/** Those that make sense at AWS: they clone little, and leave nothing. */
export const journeysAnywhere: readonly JourneyAnywhere[] = [destroyDeletes, rename, twoStacks, sharedProvider];
