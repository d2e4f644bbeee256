import { references } from './intrinsic-functions';
import type { ResourceDefinition } from './template';

/** The logical IDs among `ids` that the resource references, or has in DependsOn. */
export function dependenciesOf(definition: ResourceDefinition, ids: { has(id: string): boolean }): string[] {
  const found = references(definition.properties);
  for (const id of definition.dependsOn) found.add(id);
  found.delete(definition.logicalId);
  return [...found].filter((id) => ids.has(id));
}

/**
 * Visits each once, as soon as everything in its `before` has been visited. Independent ones are visited at the same time.
 *
 * @throws Error if the dependencies are circular
 */
export async function visitInOrder(
  ids: Iterable<string>,
  before: (id: string) => readonly string[],
  visit: (id: string) => Promise<void>,
): Promise<void> {
  const predecessors = new Map([...ids].map((id) => [id, before(id)]));
  assertNoCircle(predecessors);
  const visits = new Map<string, Promise<void>>();
  const start = (id: string): Promise<void> => {
    const known = visits.get(id);
    if (known !== undefined) return known;
    const waitFor = (predecessors.get(id) ?? []).map(start);
    const started = Promise.all(waitFor).then(() => visit(id));
    visits.set(id, started);
    return started;
  };
  await Promise.all([...predecessors.keys()].map(start));
}

function assertNoCircle(predecessors: ReadonlyMap<string, readonly string[]>): void {
  const done = new Set<string>();
  const open = new Set<string>();
  const descend = (id: string): void => {
    if (done.has(id)) return;
    if (open.has(id)) throw new Error(`Circular dependency between resources: [${[...open].join(', ')}]`);
    open.add(id);
    for (const predecessor of predecessors.get(id) ?? []) descend(predecessor);
    open.delete(id);
    done.add(id);
  };
  for (const id of predecessors.keys()) descend(id);
}
