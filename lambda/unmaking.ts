import { pollAbandoned } from './abandoned-clone';
import { parsePhysicalId } from './physical-id';
import type { Unmaking } from './progress';
import { remove } from './removal';
import type { DeleteRequest } from './request';
import type { World } from './world';

type Done = Readonly<Record<string, string>>;

const DONE: Done = {};

export async function pollUnmaking(
  request: DeleteRequest,
  progress: Unmaking,
  world: World,
): Promise<Done | undefined> {
  switch (progress.step) {
    case 'nothing':
      return DONE;
    case 'removing': {
      const holds = parsePhysicalId(request.physicalId)?.holds;
      if (holds?.kind !== 'clone') return DONE;
      return (await remove(holds, progress.begunAt, world)) ? DONE : undefined;
    }
    case 'abandoned': {
      if (request.wanted === undefined) return DONE;
      return (await pollAbandoned(request.wanted, progress, world)) ? DONE : undefined;
    }
  }
}
