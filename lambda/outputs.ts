import type { ConfigRead, MetaConfig } from './backend-service';
import { type DeploymentError, errorOf } from './errors';
import type { OutputPath } from './request';
import { isRecord } from './unknown-value';

/** Keyed as the attributes of the custom resource are: `auth.myuserpool.UserPoolId`, `auth..UserPoolId`. */
export type OutputValues = Readonly<Record<string, string>>;

export type OutputsRead =
  | { readonly kind: 'there'; readonly values: OutputValues }
  | { readonly kind: 'missing' | 'unreadable'; readonly error: DeploymentError };

/** CloudFormation's 4,096 bytes, less what the physical id and the rest of the answer can take. */
const MOST_BYTES = 2500;

/** Takes what was asked for, and nothing else, out of an environment's `amplify-meta.json`. */
export function readOutputs(environmentName: string, paths: readonly OutputPath[], read: ConfigRead): OutputsRead {
  if (read.kind === 'unreadable')
    return { kind: 'unreadable', error: errorOf('ConfigurationUnreadable', environmentName, read.words) };
  const outputs = allOutputs(read.config);
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const path of paths) {
    const { category, resource, name } = path;
    const found = outputs.filter(
      (output) =>
        output.category === category && output.name === name && (resource ?? output.resource) === output.resource,
    );
    const [first] = found;
    const asked = [category, resource, name].filter((part) => part !== undefined).join('.');
    if (first === undefined) problems.push(`${asked} does not exist${whyMissing(path, read.config)}`);
    else if (found.length > 1) {
      problems.push(
        `name the resource of ${asked}, which exists in ${found.map((each) => each.resource).join(' and ')}`,
      );
    } else values[attributeOf(path)] = first.value;
  }
  if (problems.length > 0) {
    // Those of the categories that were asked for come first: a long list is shortened.
    const isNear = ({ category }: Output): boolean => paths.some((path) => path.category === category);
    const available = outputs
      .sort((one, other) => Number(isNear(other)) - Number(isNear(one)))
      .map(({ category, resource, name }) => `${category}.${resource}.${name}`);
    return { kind: 'missing', error: errorOf('OutputsMissing', environmentName, problems, available) };
  }
  const bytes = Buffer.byteLength(JSON.stringify(values));
  if (bytes > MOST_BYTES)
    return { kind: 'missing', error: errorOf('OutputsTooLarge', environmentName, bytes, MOST_BYTES) };
  return { kind: 'there', values };
}

function attributeOf({ category, resource, name }: OutputPath): string {
  return `${category}.${resource ?? ''}.${name}`;
}

/** What cannot be read is as it was read before, if all of it was. */
export function orKnown(read: OutputsRead, paths: readonly OutputPath[], known: OutputValues = {}): OutputsRead {
  const names = paths.map(attributeOf);
  if (read.kind !== 'unreadable' || !names.every((name) => name in known)) return read;
  return { kind: 'there', values: Object.fromEntries(names.map((name) => [name, known[name] ?? ''])) };
}

/**
 * `NOTHING` is what a failed clone leaves behind (amplify-hosting 3022, amplify-studio 507). `ROOT_STACK` alone is what an
 * environment has while somebody makes it with the Amplify CLI, as 5 of 35 public meta files show.
 */
export type Content = 'NOTHING' | 'ROOT_STACK' | 'BACKEND';

export function contentOf(config: MetaConfig): Content {
  const categories = Object.keys(config);
  if (categories.length === 0) return 'NOTHING';
  return categories.every((category) => category === 'providers') ? 'ROOT_STACK' : 'BACKEND';
}

/** Of the stack in which all the rest of an environment is nested. */
export function rootStackId(read: ConfigRead): string | undefined {
  if (read.kind === 'unreadable') return undefined;
  return allOutputs(read.config).find(({ category, name }) => category === 'providers' && name === 'StackId')?.value;
}

/** An imported resource is shared with whatever it was imported from, and so has no outputs of its own. */
function whyMissing({ category, resource }: OutputPath, config: MetaConfig): string {
  const resources = entries(config[category]);
  if (resources.length === 0) return `, and neither does anything of category ${category}`;
  const imported = resources
    .filter(
      ([name, content]) => (resource ?? name) === name && isRecord(content) && content['serviceType'] === 'imported',
    )
    .map(([name]) => `${category}.${name}`);
  return imported.length === 0 ? '' : `, since an imported resource has no outputs: ${imported.join(' and ')}`;
}

interface Output extends OutputPath {
  readonly resource: string;
  readonly value: string;
}

const SINGLE: ReadonlySet<string> = new Set(['string', 'number', 'boolean']);

/**
 * `{providers: {awscloudformation: {StackName}}, auth: {NAME: {output: {UserPoolId}}}}`: a resource has its values under
 * `output`, a provider has them in itself.
 */
function allOutputs(config: MetaConfig): Output[] {
  return entries(config).flatMap(([category, resources]) =>
    entries(resources).flatMap(([resource, content]) => {
      const values = category === 'providers' || !isRecord(content) ? content : content['output'];
      return entries(values).flatMap(([name, value]) =>
        SINGLE.has(typeof value) ? [{ category, resource, name, value: String(value) }] : [],
      );
    }),
  );
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
