import { change, type Entry, type OwnedClone, readItem } from './ledger';
import { cloneEntry, type EntryRef } from './ledger-entries';
import type { Named } from './physical-id';

/*
 * When a construct is renamed, CloudFormation creates a new resource, which can adopt the environment, and deletes the old one
 * at the end of the update. Ownership passes on only then, because the update can be rolled back until then. The ledger has an
 * item for each adopted environment, with an entry for each resource that adopted it.
 */

export async function recordAdoption({ requestId, item, context }: EntryRef, environment: Named): Promise<void> {
  const adopters = await readItem(context.ledger, itemOf(environment));
  const adoption: Entry = { kind: 'adoption', begunAt: context.clock.now(), requestId };
  await change(adopters, context, (entries) => ({ ...entries, [item.resource]: adoption }));
}

/**
 * Called before the clone is deleted. Where another resource of the stack has adopted the environment, that resource owns it
 * from here on.
 */
export async function passOn(clone: OwnedClone, stackId: string | undefined, ref: EntryRef): Promise<boolean> {
  const { item, context } = ref;
  const { calledAt, job, sourceName } = clone;
  const adopters = await readItem(context.ledger, itemOf(clone));
  for (const [resource, adoption] of Object.entries(adopters.entries)) {
    const isOther = resource !== item.resource && stackOf(resource) === stackOf(item.resource);
    // An older adoption is of an earlier environment of that name.
    if (!isOther || adoption.kind !== 'adoption' || adoption.begunAt < calledAt) continue;
    const { requestId } = adoption;
    const changed = await change(await readItem(context.ledger, resource), context, (entries) => {
      const adopter = entries[requestId];
      if (adopter?.kind !== 'clone' || adopter.stage.at !== 'adopted') return entries;
      const { answer } = adopter.stage;
      return {
        ...entries,
        [requestId]: { ...adopter, sourceName, stage: { at: 'created', calledAt, job, stackId, answer } },
      };
    });
    const heir = cloneEntry(changed, requestId)?.stage;
    if (heir?.at === 'created' && heir.calledAt === calledAt && heir.job.id === job.id) {
      context.log('another resource of the stack has adopted the environment, and owns it now', { resource });
      return true;
    }
  }
  return false;
}

/** No resource has this key: theirs begin with the ARN of a stack. */
function itemOf({ appId, environmentName }: Named): string {
  return `adopters of ${appId}/${environmentName}`;
}

function stackOf(resource: string): string {
  return resource.slice(0, resource.indexOf('|'));
}
