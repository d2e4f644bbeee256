import { dependenciesOf, visitInOrder } from './dependency-graph';
import type { ResourceDefinition } from './template';

/**
 * Deletes each resource after its dependents. If a dependent cannot be deleted, the resource is not deleted either.
 *
 * @param remove whether the resource could be deleted
 * @returns the logical IDs of those that could not be deleted, without those that were not tried
 */
export async function deleteInOrder<R extends { readonly definition: ResourceDefinition }>(
  resources: readonly R[],
  remove: (resource: R) => Promise<boolean>,
): Promise<string[]> {
  // Two resources can have one logical ID: one that is replaced, and its replacement.
  const byKey = new Map(resources.map((resource, index) => [`${index}`, resource]));
  const dependents = dependentsOf(byKey);
  const failed = new Set<string>();
  const kept = new Set<string>();
  await visitInOrder(
    byKey.keys(),
    (key) => dependents.get(key) ?? [],
    async (key) => {
      const resource = byKey.get(key);
      if (resource === undefined) return;
      if ((dependents.get(key) ?? []).some((dependent) => kept.has(dependent))) {
        kept.add(key);
      } else if (!(await remove(resource))) {
        kept.add(key);
        failed.add(resource.definition.logicalId);
      }
    },
  );
  return [...failed];
}

function dependentsOf<R extends { readonly definition: ResourceDefinition }>(
  byKey: ReadonlyMap<string, R>,
): ReadonlyMap<string, readonly string[]> {
  const keysOf = new Map<string, string[]>();
  for (const [key, { definition }] of byKey) {
    keysOf.set(definition.logicalId, [...(keysOf.get(definition.logicalId) ?? []), key]);
  }
  const dependents = new Map<string, string[]>();
  for (const [key, { definition }] of byKey) {
    for (const id of dependenciesOf(definition, keysOf)) {
      for (const other of keysOf.get(id) ?? []) dependents.set(other, [...(dependents.get(other) ?? []), key]);
    }
  }
  return dependents;
}
