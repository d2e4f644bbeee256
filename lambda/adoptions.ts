import type { LifecycleContext } from './context';
import { type CloneEntry, change, type Entry, type LedgerItem, readItem } from './ledger';
import { cloneEntry, type EntryRef, isKept, withoutClaim } from './ledger-entries';

/*
 * When a construct is renamed or moved within its stack, CloudFormation creates a new resource, and deletes the old one at the
 * end of the update. With ADOPT, the new resource adopts the environment of the old one. The Delete of the old resource then
 * passes ownership on instead of deleting the environment. It does not do so earlier, because the update can be rolled back
 * until then.
 *
 * The ledger has one item for each adopted environment, beside those of the resources. It has an entry for each resource that
 * adopted it.
 */

type Environment = Pick<CloneEntry, 'appId' | 'environmentName'>;

export async function recordAdoption({ requestId, item, context }: EntryRef, environment: Environment): Promise<void> {
  const adopters = await readItem(context.ledger, itemOf(environment));
  const adoption: Entry = { kind: 'adoption', begunAt: context.clock.now(), requestId };
  await change(adopters, context, (entries) => ({ ...entries, [item.resource]: adoption }));
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
  const adopters = await readItem(context.ledger, itemOf(owner));
  for (const [resource, adoption] of Object.entries(adopters.entries)) {
    const isOther = resource !== item.resource && stackOf(resource) === stackOf(item.resource);
    if (!isOther || adoption.kind !== 'adoption') continue;
    const { requestId: adoptedBy } = adoption;
    const found = await readItem(context.ledger, resource);
    const changed = await change(found, context, (entries) => {
      const adopter = entries[adoptedBy];
      const mayTakeOver = adopter?.kind === 'clone' && adopter.stage.at === 'adopted';
      return mayTakeOver ? { ...entries, [adoptedBy]: { ...adopter, sourceName, stage } } : entries;
    });
    const heir = cloneEntry(changed, adoptedBy)?.stage;
    if (heir?.at === 'created' && heir.calledAt === stage.calledAt && heir.job.id === stage.job.id) {
      context.log('another resource of the stack has adopted the environment, and owns it now', { resource });
      return change(item, context, (entries) => withoutClaim(entries, requestId));
    }
  }
  return item;
}

/** No resource has this key: theirs begin with the ARN of a stack. */
function itemOf({ appId, environmentName }: Environment): string {
  return `adopters of ${appId}/${environmentName}`;
}

function stackOf(resource: string): string {
  return resource.slice(0, resource.indexOf('|'));
}
