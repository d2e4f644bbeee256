import { references } from './intrinsic-functions';
import type { ResourceDefinition } from './template';

/** Logical ids of those among `ids` that the resource refers to, or names in DependsOn. */
export function dependenciesOf(definition: ResourceDefinition, ids: { has(id: string): boolean }): string[] {
  const found = references(definition.properties);
  for (const id of definition.dependsOn) found.add(id);
  found.delete(definition.logicalId);
  return [...found].filter((id) => ids.has(id));
}

/**
 * Visits each once, as soon as everything that `before` names for it has been visited; what is independent at the same time.
 *
 * @throws Error when there is a circle
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
