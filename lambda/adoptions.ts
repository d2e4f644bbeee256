import { ServiceTrouble } from './backend-service';
import type { Clone, CloneEntry, Page } from './ledger';
import { readPage } from './ledger';
import { change, cloneEntry, insist, withoutClaim } from './ledger-entries';
import { isRecord, isText } from './unknown-value';
import type { World } from './world';

/*
 * A construct that is renamed or moved within its stack is, for CloudFormation, a new resource and an old one that is
 * deleted once the update is done. With ADOPT the new one adopts what the old one made. So that the Delete of the old one
 * does not take it away, ownership passes on then: not before, since until then the update can be rolled back.
 *
 * Each environment that was adopted has an item in the ledger, next to the pages: it says by which resources.
 */

type Environment = Pick<CloneEntry, 'appId' | 'environmentName'>;

/** By resource, the request that adopted. */
type Adopters = Readonly<Record<string, string>>;

export async function recordAdoption(
  environment: Environment,
  page: Page,
  requestId: string,
  world: World,
): Promise<void> {
  await insist(async () => {
    const { version, adopters } = await readAdopters(environment, world);
    if (adopters[page.resource] === requestId) return;
    const text = JSON.stringify({ ...adopters, [page.resource]: requestId });
    if (await world.ledger.write(itemOf(environment), { version: version + 1, text }, undefined)) return;
    throw new ServiceTrouble('UNAVAILABLE', 'PutItem', 'the item was written by others', 'dynamodb');
  }, world);
}

/**
 * Before a Delete removes what that request made: where another resource of the stack has adopted it, it is that one's from
 * here on.
 * @returns the page as it is then
 */
export async function passOn(requestId: string, page: Page, world: World): Promise<Page> {
  const owner = cloneEntry(page, requestId);
  if (owner?.stage.at !== 'made') return page;
  const { stage, sourceName } = owner;
  const { adopters } = await readAdopters(owner, world);
  for (const [resource, adoptedBy] of Object.entries(adopters)) {
    if (resource === page.resource || stackOf(resource) !== stackOf(page.resource)) continue;
    const found = await readPage(world.ledger, resource);
    const changed = await change(found, world, (entries) => {
      const adopter = entries[adoptedBy];
      const mayTakeOver = adopter?.kind === 'clone' && adopter.stage.at === 'adopted';
      return mayTakeOver ? { ...entries, [adoptedBy]: { ...adopter, sourceName, stage } } : entries;
    });
    const heir = cloneEntry(changed, adoptedBy)?.stage;
    if (heir?.at === 'made' && isSameClone(heir, stage)) {
      world.log('another resource of the stack has adopted the environment, and owns it now', { resource });
      return change(page, world, (entries) => withoutClaim(entries, requestId));
    }
  }
  return page;
}

function isSameClone(one: Clone, other: Clone): boolean {
  return one.calledAt === other.calledAt && one.job.id === other.job.id;
}

async function readAdopters(
  environment: Environment,
  world: World,
): Promise<{ readonly version: number; readonly adopters: Adopters }> {
  const stored = await world.ledger.read(itemOf(environment));
  if (stored === undefined) return { version: 0, adopters: {} };
  const parsed: unknown = JSON.parse(stored.text);
  if (!isRecord(parsed)) throw new Error('the ledger cannot be read: the adopters are not what the handler wrote');
  const adopters = Object.entries(parsed).flatMap(([resource, id]) => (isText(id) ? [[resource, id]] : []));
  return { version: stored.version, adopters: Object.fromEntries(adopters) };
}

/** No page has such a key: those begin with the ARN of a stack. */
function itemOf({ appId, environmentName }: Environment): string {
  return `adopters of ${appId}/${environmentName}`;
}

function stackOf(resource: string): string {
  return resource.slice(0, resource.indexOf('|'));
}
