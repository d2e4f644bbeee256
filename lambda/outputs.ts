import type { MetaConfig } from './backend-service';
import { type DeploymentError, outputsMissing, outputsTooLarge } from './errors';
import type { OutputPath } from './request';
import { isRecord } from './unknown-value';

/** Keyed as the attributes of the custom resource are: `auth.myuserpool.UserPoolId`, `auth..UserPoolId`. */
export type OutputValues = Readonly<Record<string, string>>;

export type OutputsRead =
  | { readonly kind: 'there'; readonly values: OutputValues }
  | { readonly kind: 'missing'; readonly error: DeploymentError };

/** CloudFormation's 4,096 bytes, less what the physical id and the rest of the answer can take. */
const MOST_BYTES = 2500;

/** Takes what was asked for, and nothing else, out of an environment's `amplify-meta.json`. */
export function readOutputs(environmentName: string, paths: readonly OutputPath[], config: MetaConfig): OutputsRead {
  const outputs = allOutputs(config);
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const path of paths) {
    const found = outputs.filter((output) => matches(path, output));
    const [first] = found;
    const asked = [path.category, path.resource, path.name].filter((part) => part !== undefined).join('.');
    if (first === undefined) problems.push(`there is no ${asked}`);
    else if (found.length > 1) {
      problems.push(
        `${asked} is in ${found.map((output) => output.resource).join(' and ')}: say which resource is meant`,
      );
    } else values[`${path.category}.${path.resource ?? ''}.${path.name}`] = first.value;
  }
  if (problems.length > 0) {
    return { kind: 'missing', error: outputsMissing(environmentName, problems, whatIsThere(outputs)) };
  }
  const bytes = Buffer.byteLength(JSON.stringify(values));
  if (bytes > MOST_BYTES) return { kind: 'missing', error: outputsTooLarge(environmentName, bytes, MOST_BYTES) };
  return { kind: 'there', values };
}

/** What a failed clone leaves behind is an environment without a backend (amplify-hosting 3022, amplify-studio 507). */
export function isEmpty(config: MetaConfig): boolean {
  return config === 'NOT_FOUND' || Object.keys(config).every((category) => category === 'providers');
}

/** Of the stack in which all the rest of an environment is nested. */
export function rootStackId(config: MetaConfig): string | undefined {
  return allOutputs(config).find(({ category, name }) => category === 'providers' && name === 'StackId')?.value;
}

interface Output {
  readonly category: string;
  readonly resource: string;
  readonly name: string;
  readonly value: string;
}

/**
 * `{providers: {awscloudformation: {StackName}}, auth: {NAME: {output: {UserPoolId}}}}`: a resource has its values under
 * `output`, a provider has them in itself.
 */
function allOutputs(config: MetaConfig): Output[] {
  return entries(config).flatMap(([category, resources]) =>
    entries(resources).flatMap(([resource, content]) => {
      const values = category === 'providers' || !isRecord(content) ? content : content['output'];
      return entries(values).flatMap(([name, value]) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? [{ category, resource, name, value: String(value) }]
          : [],
      );
    }),
  );
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function matches(path: OutputPath, output: Output): boolean {
  return (
    path.category === output.category &&
    path.name === output.name &&
    (path.resource === undefined || path.resource === output.resource)
  );
}

function whatIsThere(outputs: readonly Output[]): string {
  if (outputs.length === 0) return 'It has no outputs.';
  const names = outputs.map((output) => `${output.category}.${output.resource}.${output.name}`);
  return `There are: ${names.join(', ')}.`;
}
