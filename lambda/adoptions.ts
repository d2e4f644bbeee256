import * as v from 'valibot';
import { ServiceError } from './backend-service';
import type { LifecycleContext } from './context';
import { type Clone, type CloneEntry, change, type LedgerItem, parseStored, readItem } from './ledger';
import { cloneEntry, isKept, retry, withoutClaim } from './ledger-entries';

/*
 * When a construct is renamed or moved within its stack, CloudFormation creates a new resource, and deletes the old one at the
 * end of the update. With ADOPT, the new resource adopts the environment of the old one. The Delete of the old resource then
 * passes ownership on instead of deleting the environment. It does not do so earlier, because the update can be rolled back
 * until then.
 *
 * The ledger has one item for each adopted environment, beside those of the resources. It names the resources that adopted it.
 */

type Environment = Pick<CloneEntry, 'appId' | 'environmentName'>;

/** The request that adopted, by resource. */
const adoptersSchema = v.record(v.string(), v.string());
type Adopters = Readonly<v.InferOutput<typeof adoptersSchema>>;

export async function recordAdoption(
  environment: Environment,
  item: LedgerItem,
  requestId: string,
  context: LifecycleContext,
): Promise<void> {
  await retry(async () => {
    const { version, adopters } = await readAdopters(environment, context);
    if (adopters[item.resource] === requestId) return;
    const text = JSON.stringify({ ...adopters, [item.resource]: requestId });
    if (await context.ledger.write(itemOf(environment), { version: version + 1, text }, undefined)) return;
    throw new ServiceError('UNAVAILABLE', 'PutItem', 'the item was written by others', 'dynamodb');
  }, context);
}

/**
 * Called before a Delete removes the environment of that request. Where another resource of the stack has adopted it, that
 * resource owns it from here on.
 * @returns the newest item
 */
export async function passOn(requestId: string, item: LedgerItem, context: LifecycleContext): Promise<LedgerItem> {
  const owner = cloneEntry(item, requestId);
  if (owner?.stage.at !== 'created' || isKept(owner.stage)) return item;
  const { stage, sourceName } = owner;
  const { adopters } = await readAdopters(owner, context);
  for (const [resource, adoptedBy] of Object.entries(adopters)) {
    if (resource === item.resource || stackOf(resource) !== stackOf(item.resource)) continue;
    const found = await readItem(context.ledger, resource);
    const changed = await change(found, context, (entries) => {
      const adopter = entries[adoptedBy];
      const mayTakeOver = adopter?.kind === 'clone' && adopter.stage.at === 'adopted';
      return mayTakeOver ? { ...entries, [adoptedBy]: { ...adopter, sourceName, stage } } : entries;
    });
    const heir = cloneEntry(changed, adoptedBy)?.stage;
    if (heir?.at === 'created' && isSameClone(heir, stage)) {
      context.log('another resource of the stack has adopted the environment, and owns it now', { resource });
      return change(item, context, (entries) => withoutClaim(entries, requestId));
    }
  }
  return item;
}

function isSameClone(one: Clone, other: Clone): boolean {
  return one.calledAt === other.calledAt && one.job.id === other.job.id;
}

async function readAdopters(
  environment: Environment,
  context: LifecycleContext,
): Promise<{ readonly version: number; readonly adopters: Adopters }> {
  const stored = await context.ledger.read(itemOf(environment));
  if (stored === undefined) return { version: 0, adopters: {} };
  return { version: stored.version, adopters: parseStored(adoptersSchema, stored) };
}

/** No resource has this key: theirs begin with the ARN of a stack. */
function itemOf({ appId, environmentName }: Environment): string {
  return `adopters of ${appId}/${environmentName}`;
}

function stackOf(resource: string): string {
  return resource.slice(0, resource.indexOf('|'));
}
