import { targetState } from './abandoned-clone';
import { ServiceTrouble } from './backend-service';
import { accessDenied, gaveUp, notOurs, sourceChanged } from './errors';
import { pollMaking } from './making';
import { formatPhysicalId, type Holding, NOTHING_MADE, parsePhysicalId } from './physical-id';
import type { Progress, Unmaking } from './progress';
import type { DeleteRequest, MakeRequest, Request, UpdateRequest, Wanted } from './request';
import { LAST_ANSWER, LOOK_EVERY, NEW_PERMISSIONS } from './service-timing';
import { startClone } from './start-clone';
import { pollUnmaking } from './unmaking';
import type { World } from './world';

/** What `onEvent` answers. */
export interface Begun {
  readonly physicalId: string;
  readonly progress: Progress;
}

/** What `isComplete` answers: `undefined` for "not yet", else the attributes of the resource. */
export type Polled = Readonly<Record<string, string>> | undefined;

/**
 * Starts what a request asks for.
 * @throws DeploymentError when it is refused; then nothing was made, and no physical id of ours goes out
 */
export function begin(request: Request, world: World): Promise<Begun> {
  switch (request.type) {
    case 'Create':
      return beginClone(request, undefined, NOTHING_MADE, world);
    case 'Update':
      return beginUpdate(request, world);
    case 'Delete':
      return beginDelete(request, world);
  }
}

async function beginUpdate(request: UpdateRequest, world: World): Promise<Begun> {
  const { physicalId, wanted, former } = request;
  const ledger = parsePhysicalId(physicalId);
  if (ledger === undefined) throw notOurs(physicalId);
  // Judged by the ledger and not by the old properties: in a rollback these are the ones of the update that failed.
  if (isNamed(ledger.holds, wanted)) {
    if (ledger.holds.kind === 'clone' && ledger.holds.sourceName !== wanted.sourceName) {
      throw sourceChanged(ledger.holds, wanted);
    }
    const begunAt = world.clock.now();
    if (former === undefined || isNamed(ledger.holds, former)) {
      return { physicalId, progress: { step: 'reporting', begunAt } };
    }
    return { physicalId, progress: { step: 'restoring', begunAt, targetWas: await targetState(former, world) } };
  }
  if (ledger.replaces !== undefined && isNamed(ledger.replaces, wanted)) {
    const returned = await beginReturn(ledger.replaces, wanted, world);
    if (returned !== undefined) return returned;
  }
  return beginClone(request, ledger.holds, physicalId, world);
}

function isNamed(holding: Holding, wanted: Wanted): boolean {
  return holding.appId === wanted.appId && holding.environmentName === wanted.targetName;
}

/**
 * Back to the environment that the current one replaces. That is a rollback, and the environment is there; or an update
 * like any other, after the replaced environment was deleted: then it is to be cloned again.
 */
async function beginReturn(former: Holding, wanted: Wanted, world: World): Promise<Begun | undefined> {
  try {
    const names = await world.service.environmentNames(wanted.appId);
    if (names !== 'APP_NOT_FOUND' && !names.has(former.environmentName)) return undefined;
  } catch (error) {
    // A rollback must not fail because the service cannot be asked just now; `poll` asks again.
    if (!(error instanceof ServiceTrouble)) throw error;
  }
  return {
    physicalId: formatPhysicalId({ holds: former, replaces: undefined }),
    progress: { step: 'returning', begunAt: world.clock.now() },
  };
}

async function beginClone(
  request: MakeRequest,
  replaces: Holding | undefined,
  idOfNothing: string,
  world: World,
): Promise<Begun> {
  const { wanted } = request;
  const begunAt = world.clock.now();
  const start = await startClone(wanted, request.resource, world);
  switch (start.kind) {
    case 'STARTED':
      return { physicalId: formatPhysicalId({ holds: start.clone, replaces }), progress: { step: 'cloning', begunAt } };
    case 'REFUSED':
      return { physicalId: idOfNothing, progress: { step: 'refusing', begunAt, reason: start.reason.message } };
    case 'EXISTS': {
      const holds: Holding = { kind: 'adopted', appId: wanted.appId, environmentName: wanted.targetName };
      return { physicalId: formatPhysicalId({ holds, replaces }), progress: { step: 'adopting', begunAt } };
    }
  }
}

/** Acts on the physical id and never on the properties; these say only where to look for a clone whose id was lost. */
async function beginDelete(request: DeleteRequest, world: World): Promise<Begun> {
  const { physicalId, wanted } = request;
  const begunAt = world.clock.now();
  const ledger = parsePhysicalId(physicalId);
  const answer = (progress: Unmaking): Begun => ({ physicalId, progress });
  if (ledger?.holds.kind === 'clone') return answer({ step: 'removing', begunAt });
  if (ledger !== undefined || physicalId === NOTHING_MADE || wanted === undefined) {
    return answer({ step: 'nothing', begunAt });
  }
  return answer({ step: 'abandoned', begunAt, targetWas: await targetState(wanted, world) });
}

/**
 * Looks at how far a request has come. Nothing is remembered from one look to the next: each decides from what the
 * service says now, so that a look that is lost, doubled or late does no harm.
 * @throws DeploymentError when the request has failed
 */
export async function poll(request: Request, physicalId: string, progress: Progress, world: World): Promise<Polled> {
  const { clock } = world;
  const startedAt = clock.now();
  for (;;) {
    try {
      return await look(request, physicalId, progress, world);
    } catch (error) {
      if (!(error instanceof ServiceTrouble)) throw error;
      world.log('the service gave no usable answer', { operation: error.operation, words: error.words });
      // A call that brought nothing means "not yet", until there is no more time to wait.
      if (error.reason !== 'DENIED') return waitOrGiveUp(error, request, physicalId, progress.begunAt, world);
      // A policy that was changed just now, for another app perhaps, is not known everywhere for a while.
      if (clock.now() - startedAt > NEW_PERMISSIONS) {
        throw accessDenied(error, appIdOf(request, physicalId), request.resource, world.roleHint);
      }
      await clock.sleep(LOOK_EVERY);
    }
  }
}

function look(request: Request, physicalId: string, progress: Progress, world: World): Promise<Polled> {
  switch (progress.step) {
    case 'nothing':
    case 'removing':
    case 'abandoned':
      if (request.type !== 'Delete') break;
      return pollUnmaking(request, progress, world);
    default:
      if (request.type === 'Delete') break;
      return pollMaking(request, physicalId, progress, world);
  }
  throw new Error(`a ${request.type} cannot be at the step ${progress.step}`);
}

function waitOrGiveUp(
  trouble: ServiceTrouble,
  request: Request,
  physicalId: string,
  begunAt: number,
  world: World,
): undefined {
  if (world.clock.now() - begunAt <= LAST_ANSWER) return undefined;
  throw gaveUp(trouble, appIdOf(request, physicalId), environmentOf(request, physicalId));
}

function appIdOf(request: Request, physicalId: string): string {
  return parsePhysicalId(physicalId)?.holds.appId ?? request.wanted?.appId ?? '';
}

/** What may be there: what the resource holds, or what a cancelled request would have made. */
function environmentOf(request: Request, physicalId: string): { appId: string; environmentName: string } | undefined {
  const { wanted } = request;
  const cancelled = wanted && { appId: wanted.appId, environmentName: wanted.targetName };
  return parsePhysicalId(physicalId)?.holds ?? (request.type === 'Delete' ? cancelled : undefined);
}
