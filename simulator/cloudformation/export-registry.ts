import type { Json } from './json';

interface Export {
  readonly value: Json;
  readonly stackName: string;
}

/** The exported outputs of one account and Region, and the stacks that import them. */
export class ExportRegistry {
  private readonly exports = new Map<string, Export>();
  private readonly importers = new Map<string, Set<string>>();

  /** @throws Error with CloudFormation's text, if no export has that name */
  importValue(name: string): Json {
    const found = this.exports.get(name);
    if (found === undefined) throw new Error(`No export named ${name} found.`);
    return found.value;
  }

  /** Replaces the exports of a stack. If a removed one is in use, changes nothing and returns the reason. */
  publish(stackName: string, values: ReadonlyMap<string, Json>): string | undefined {
    for (const [name, value] of values) {
      const other = this.exports.get(name);
      if (other === undefined) continue;
      if (other.stackName !== stackName) {
        return `Export with name ${name} is already exported by stack ${other.stackName}. Export names must be unique.`;
      }
      const users = this.usersOf(name);
      if (other.value !== value && users.length > 0) {
        return `Cannot update export ${name} as it is in use by ${users.join(', ')}`;
      }
    }
    const gone = [...this.exports].filter(([name, { stackName: owner }]) => owner === stackName && !values.has(name));
    for (const [name] of gone) {
      const users = this.usersOf(name);
      if (users.length > 0) return `Cannot delete export ${name} as it is in use by ${users.join(', ')}`;
    }
    for (const [name] of gone) this.exports.delete(name);
    for (const [name, value] of values) this.exports.set(name, { value, stackName });
    return undefined;
  }

  setImports(stackName: string, names: Iterable<string>): void {
    for (const users of this.importers.values()) users.delete(stackName);
    for (const name of names) {
      const users = this.importers.get(name) ?? new Set();
      this.importers.set(name, users.add(stackName));
    }
  }

  private usersOf(name: string): string[] {
    return [...(this.importers.get(name) ?? [])];
  }
}
