import { AMPLIFY_BACKEND_REGIONS } from '../lib/service-regions';
import { ServiceError } from './backend-service';
import type { LifecycleContext } from './context';
import { reconcileCreate } from './create';
import { reconcileDelete } from './delete';
import {
  accessDenied,
  DeploymentError,
  gaveUp,
  ledgerUnusable,
  left,
  notOurs,
  reasonOf,
  regionNotSupported,
  type Unseen,
} from './errors';
import { type CloneEntry, type LedgerItem, readItem } from './ledger';
import { cloneEntry, retry } from './ledger-entries';
import { formatPhysicalId, type HeldEnvironment, type PhysicalId, parsePhysicalId } from './physical-id';
import type { CreateOrUpdateRequest, Properties, Request, ResourceReference, UpdateRequest } from './request';
import { LAST_ANSWER, NEW_PERMISSIONS } from './service-timing';
import { cancellationBefore, isNamed, reconcileUpdateInPlace } from './update-in-place';

/** What `isComplete` answers when all is done. */
export interface Complete {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives the resource its physical id. It begins nothing: what is killed here has left nothing behind, and a request that
 * is delivered twice gets the same id.
 * @throws DeploymentError when the resource is not one of ours
 */
export async function assignPhysicalId(request: Request, context: LifecycleContext): Promise<string> {
  switch (request.type) {
    case 'Create':
      return formatPhysicalId({ holds: newEnvironment(request), replaces: undefined });
    case 'Update':
      return physicalIdOfUpdate(request, context);
    case 'Delete':
      return request.physicalId;
  }
}

async function physicalIdOfUpdate(request: UpdateRequest, context: LifecycleContext): Promise<string> {
  const { physicalId, properties } = request;
  const own = parsePhysicalId(physicalId);
  if (own === undefined) throw notOurs(physicalId);
  // Judged by the id and not by the old properties: in a rollback these are the ones of the update that failed.
  if (isNamed(own.holds, properties)) return physicalId;
  const { replaces } = own;
  if (replaces !== undefined && isNamed(replaces, properties)) {
    const look = () => retry(() => isStillThere(replaces, request.resource, context), context);
    const isThere = await withRetries(look, request, context);
    if (isThere !== false) return formatPhysicalId({ holds: replaces, replaces: own.holds });
  }
  return formatPhysicalId({ holds: newEnvironment(request), replaces: own.holds });
}

function newEnvironment({ id, properties }: CreateOrUpdateRequest): HeldEnvironment {
  const { appId, sourceName, targetName } = properties;
  return { appId, environmentName: targetName, sourceName, requestId: id, adopted: false };
}

/**
 * Back to the environment that the current one replaces: that is a rollback, and the environment is there; or an update
 * like any other, after the replaced environment was deleted: then it is to be cloned again.
 */
async function isStillThere(
  replaced: HeldEnvironment,
  resource: ResourceReference,
  context: LifecycleContext,
): Promise<boolean> {
  const item = await readItem(context.ledger, resourceKey(resource));
  if (cloneEntry(item, replaced.requestId)?.stage.at === 'nothing') return false;
  const names = await context.service.environmentNames(replaced.appId);
  return names === 'APP_NOT_FOUND' || names.has(replaced.environmentName);
}

/**
 * Looks at how far a request has come, and takes the next step. What was done is in the ledger and in the service, so that a
 * look that is lost, doubled or late does no harm.
 * @returns undefined for "not yet"
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
    return await step(request, physicalId, item, context);
  } catch (error) {
    const begunAt = item.entries[request.id]?.begunAt;
    if (!(error instanceof ServiceError) || begunAt === undefined) throw error;
    if (context.clock.now() - begunAt <= LAST_ANSWER) throw error;
    const own = unfinished(item, parsePhysicalId(physicalId));
    // Why the clone failed is not lost over what became of its remains.
    const failure = own?.stage.at === 'removing' ? own.stage.failure : undefined;
    if (own !== undefined && failure !== undefined) {
      throw new DeploymentError(failure.name, `${failure.message} ${left(own, reasonOf(error.words, context.role))}`);
    }
    throw gaveUp(error, parsePhysicalId(physicalId)?.holds.appId ?? request.properties?.appId, own);
  }
}

/** What may be there, and is not to be, or not yet: that of the id, or else of the last request that began something. */
function unfinished(item: LedgerItem, parsedId: PhysicalId | undefined): CloneEntry | undefined {
  const own = parsedId && cloneEntry(item, parsedId.holds.requestId);
  if (own !== undefined && isUnfinished(own)) return own;
  return Object.values(item.entries)
    .filter((entry) => entry.kind === 'clone')
    .filter(isUnfinished)
    .sort((one, other) => other.begunAt - one.begunAt)[0];
}

function isUnfinished({ stage: { at } }: CloneEntry): boolean {
  return at === 'calling' || at === 'cloning' || at === 'removing';
}

async function step(
  request: Request,
  physicalId: string,
  item: LedgerItem,
  context: LifecycleContext,
): Promise<Complete | undefined> {
  if (request.type === 'Delete') {
    return (await reconcileDelete(request, item, context)) ? { physicalId, attributes: {} } : undefined;
  }
  const parsedId = parsePhysicalId(physicalId);
  if (parsedId === undefined) throw new Error(`isComplete was called with the physical id ${physicalId}`);
  const { holds, replaces } = parsedId;
  if (request.type === 'Create' || holds.requestId === request.id) {
    const created = await reconcileCreate(request, parsedId, item, context);
    if (created === undefined) return undefined;
    const { adopted, attributes } = created;
    return { physicalId: formatPhysicalId({ holds: { ...holds, adopted }, replaces }), attributes };
  }
  const attributes = await reconcileUpdateInPlace(request, parsedId, item, context);
  if (attributes === undefined) return undefined;
  return { physicalId, attributes };
}

/** Between two tries of a call that was denied. */
const PAUSE_AFTER_DENIAL = 5000;
/** A try after a 429 waits for up to this long more than a second. */
const LONGEST_PAUSE = 10_000;

/** Calls again while that may help within this invocation. A call that brought nothing for other reasons means "not yet". */
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
          // A policy that was changed just now, for another app perhaps, is not known everywhere for a while.
          if (clock.now() - startedAt > NEW_PERMISSIONS)
            throw accessDenied(error, request, unseenBy(request), context.role);
          await clock.sleep(PAUSE_AFTER_DENIAL);
          break;
        case 'THROTTLED': {
          // The framework counts its looks and not the time, so those that find nothing in the ledger have to be short.
          if (error.service === 'dynamodb') return undefined;
          // The whole of a doubling span is drawn from, so that many clones that start at once do not come back at once.
          const pause = 1000 + clock.random() * Math.min(LONGEST_PAUSE, 1000 * 2 ** attempt);
          if (clock.now() + pause > context.deadline) return undefined;
          await clock.sleep(pause);
          break;
        }
        case 'REJECTED':
          if (error.service === 'dynamodb') throw ledgerUnusable(error, unseenBy(request));
          return undefined;
        case 'NO_HOST': {
          // Where the service is not, nothing was made. Elsewhere it is the name server that does not answer.
          const region = request.resource.stackId.split(':')[3] ?? '';
          if (request.type === 'Delete' || AMPLIFY_BACKEND_REGIONS.includes(region)) return undefined;
          throw regionNotSupported(request.properties, region);
        }
        case 'BUSY':
        case 'UNAVAILABLE':
          return undefined;
      }
    }
  }
}

/** CloudFormation's name for the resource, of which there is one in its account and region. */
function resourceKey({ stackId, logicalId }: ResourceReference): string {
  return `${stackId}|${logicalId}`;
}

/** What a request that is to remove something may leave, where it could not look. */
function unseenBy(request: Request): Unseen | undefined {
  switch (request.type) {
    case 'Create':
      return undefined;
    case 'Update': {
      const holds = parsePhysicalId(request.physicalId)?.holds;
      const isAfterFailedUpdate = holds !== undefined && cancellationBefore(request, holds) !== undefined;
      return isAfterFailedUpdate ? targetOf(request.former) : undefined;
    }
    case 'Delete':
      return parsePhysicalId(request.physicalId)?.holds ?? targetOf(request.properties);
  }
}

function targetOf(properties: Properties | undefined): Unseen | undefined {
  return properties && { appId: properties.appId, environmentName: properties.targetName, adopted: false };
}
