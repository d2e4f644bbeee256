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

/** The longest ones come first, since only a few run at a time. */
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

/** The journeys for AWS: they clone little, and leave nothing. */
export const journeysAnywhere: readonly JourneyAnywhere[] = [destroyDeletes, rename, twoStacks, sharedProvider];
