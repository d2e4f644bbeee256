import { AMPLIFY_BACKEND_REGIONS } from '../lib/service-regions';
import { ServiceError } from './backend-service';
import type { LifecycleContext } from './context';
import { reconcileCreate } from './create';
import { reconcileDelete } from './delete';
import { errorOf, left, reasonOf, withRemains } from './errors';
import { readItem } from './ledger';
import { cloneEntry, type EntryRef, isCurrent, isRemoved, retry } from './ledger-entries';
import { formatPhysicalId, type HeldEnvironment, type Named, parsePhysicalId } from './physical-id';
import type { CreateOrUpdateRequest, Properties, Request, ResourceReference, UpdateRequest } from './request';
import { LAST_ANSWER, NEW_PERMISSIONS } from './service-timing';
import { cancellationBefore, isNamed, reconcileUpdateInPlace } from './update-in-place';

export interface Complete {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives the resource its physical ID. It changes nothing, so a function that is killed here leaves nothing. A request that is
 * delivered twice gets the same ID.
 * @throws DeploymentError when the physical ID of an Update is not one of this handler
 */
export async function assignPhysicalId(request: Request, context: LifecycleContext): Promise<string> {
  if (request.type === 'Delete') return request.physicalId;
  if (request.type === 'Update') return physicalIdOfUpdate(request, context);
  return formatPhysicalId({ holds: newEnvironment(request), replaces: undefined });
}

async function physicalIdOfUpdate(request: UpdateRequest, context: LifecycleContext): Promise<string> {
  const { physicalId, properties } = request;
  const own = parsePhysicalId(physicalId);
  if (own === undefined) throw errorOf('NotOurs', physicalId);
  // By the physical ID and not the old properties: in a rollback, these are the properties of the update that failed.
  if (isNamed(own.holds, properties)) return physicalId;
  const { replaces } = own;
  if (replaces !== undefined && isNamed(replaces, properties)) {
    const read = () => readItem(context.ledger, resourceKey(request.resource));
    const { entries } = (await withRetries(() => retry(read, context), request, context)) ?? { entries: {} };
    // What was deleted, or is being deleted, is cloned again.
    if (!isRemoved(entries, replaces)) {
      // Where the update that is undone has created nothing, or has not returned, the resource has held this one throughout.
      const isHeld = isRemoved(entries, own.holds) || !isCurrent(entries, own.holds);
      const holds = isHeld ? replaces : { ...replaces, returnedBy: request.id };
      return formatPhysicalId({ holds, replaces: own.holds });
    }
  }
  return formatPhysicalId({ holds: newEnvironment(request), replaces: own.holds });
}

function newEnvironment({ id, properties }: CreateOrUpdateRequest): HeldEnvironment {
  const { appId, sourceName, targetName } = properties;
  return { appId, environmentName: targetName, sourceName, requestId: id, adopted: false };
}

/**
 * Takes the next step of a request. All state is in the ledger and in the service, so an invocation that is lost, doubled or
 * late does no harm.
 * @returns undefined while the request is not complete
 * @throws DeploymentError when the request has failed
 */
export function reconcile(
  request: Request,
  physicalId: string,
  context: LifecycleContext,
): Promise<Complete | undefined> {
  return withRetries(() => look(request, physicalId, context), request, context);
}

async function look(request: Request, physicalId: string, context: LifecycleContext): Promise<Complete | undefined> {
  const item = await readItem(context.ledger, resourceKey(request.resource));
  try {
    return await step(request, physicalId, { requestId: request.id, item, context });
  } catch (error) {
    const begunAt = item.entries[request.id]?.begunAt;
    if (!(error instanceof ServiceError) || begunAt === undefined) throw error;
    if (context.clock.now() - begunAt <= LAST_ANSWER) throw error;
    const own = cloneEntry(item, parsePhysicalId(physicalId)?.holds.requestId ?? '');
    // The message keeps why the clone failed, whatever becomes of its remains.
    if (own?.stage.at === 'removing' && own.stage.failure !== undefined) {
      throw withRemains(own.stage.failure, left(own, reasonOf(error.words, context.role)));
    }
    const isUnfinished = own?.stage.at === 'cloning' || own?.stage.at === 'removing';
    throw errorOf('ServiceUnavailable', error, isUnfinished ? own : unseenBy(request));
  }
}

async function step(request: Request, physicalId: string, ref: EntryRef): Promise<Complete | undefined> {
  if (request.type === 'Delete') {
    return (await reconcileDelete(request, ref)) ? { physicalId, attributes: {} } : undefined;
  }
  const parsedId = parsePhysicalId(physicalId);
  if (parsedId === undefined) throw new Error(`isComplete was called with the physical id ${physicalId}`);
  const { holds, replaces } = parsedId;
  if (request.type === 'Create' || holds.requestId === request.id) {
    const created = await reconcileCreate(request, parsedId, ref);
    if (created === undefined) return undefined;
    const { adopted, attributes } = created;
    return { physicalId: formatPhysicalId({ holds: { ...holds, adopted }, replaces }), attributes };
  }
  const attributes = await reconcileUpdateInPlace(request, parsedId, ref);
  if (attributes === undefined) return undefined;
  return { physicalId, attributes };
}

/** Between two attempts of a call that was denied. */
const PAUSE_AFTER_DENIAL = 5000;
/** The longest wait after a 429, beyond one second. */
const LONGEST_PAUSE = 10_000;

/** Retries while that may help within this invocation. For any other failed call, the request is not complete yet. */
async function withRetries<T>(
  look: () => Promise<T>,
  request: Request,
  context: LifecycleContext,
): Promise<T | undefined> {
  const { clock } = context;
  const startedAt = clock.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      context.log('the service gave no usable answer', { operation: error.operation, words: error.words });
      switch (error.reason) {
        case 'DENIED':
          // A changed policy takes a while to be known everywhere.
          if (clock.now() - startedAt > NEW_PERMISSIONS)
            throw errorOf('AccessDenied', error, unseenBy(request), context.role);
          await clock.sleep(PAUSE_AFTER_DENIAL);
          break;
        case 'THROTTLED': {
          // Full jitter, so that clones that start together do not retry together.
          const pause = 1000 + clock.random() * Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt);
          if (clock.now() + pause > context.deadline) return undefined;
          await clock.sleep(pause);
          break;
        }
        case 'REJECTED':
          if (error.service === 'dynamodb') throw errorOf('LedgerUnusable', error, unseenBy(request));
          return undefined;
        case 'NO_HOST': {
          // Without the service, nothing was created. In a supported Region, the name server does not answer.
          const region = request.resource.stackId.split(':')[3] ?? '';
          if (request.type === 'Delete' || AMPLIFY_BACKEND_REGIONS.includes(region)) return undefined;
          throw errorOf('RegionNotSupported', request.properties, region);
        }
        case 'BUSY':
        case 'UNAVAILABLE':
          return undefined;
      }
    }
  }
}

/** Unique in the account and Region. */
function resourceKey({ stackId, logicalId }: ResourceReference): string {
  return `${stackId}|${logicalId}`;
}

/** What a request may leave that can read nothing. CloudFormation deletes what a Create or a replacement leaves. */
function unseenBy(request: Request): Named | undefined {
  if (request.type === 'Create') return undefined;
  const holds = parsePhysicalId(request.physicalId)?.holds;
  if (holds?.returnedBy === request.id) return holds;
  if (request.type === 'Delete') return holds?.adopted ? undefined : (holds ?? targetOf(request.properties));
  return holds && cancellationBefore(request, holds) && targetOf(request.oldProperties);
}

function targetOf(properties: Properties | undefined): Named | undefined {
  return properties && { appId: properties.appId, environmentName: properties.targetName };
}
