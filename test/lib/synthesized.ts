import { CfnResource, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

/** The parts of a CloudFormation template that these tests read. */
export interface SynthesizedResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export const CLONE = 'Custom::ClonedBackendEnvironment';

export function resourcesOfType(stack: Stack, type: string): SynthesizedResource[] {
  return Object.values(Template.fromStack(stack).findResources(type)).map(asResource);
}

/** The only clone of the stack. Fails if the stack has more or none. */
export function onlyClone(stack: Stack): SynthesizedResource {
  const [clone, ...others] = resourcesOfType(stack, CLONE);
  if (clone === undefined || others.length > 0) {
    throw new Error(`expected one ${CLONE} in ${stack.node.path}`);
  }
  return clone;
}

/** Every resource of the stack, by logical ID. */
export function allResources(stack: Stack): Map<string, SynthesizedResource> {
  const resources = field(Template.fromStack(stack).toJSON(), 'Resources');
  return new Map(isRecord(resources) ? Object.entries(resources).map(([id, value]) => [id, asResource(value)]) : []);
}

export function resourceTypes(stack: Stack): string[] {
  return [...allResources(stack).values()].map(({ Type }) => Type).sort();
}

/** Without synthesis, which complains about a template without resources. */
export function hasResources(stack: Stack): boolean {
  return stack.node.findAll().some(CfnResource.isCfnResource);
}

/**
 * Every resource of the stack that CloudFormation creates before the one with this logical ID, and deletes after it: its
 * dependencies and references, and theirs in turn.
 */
export function madeBefore(stack: Stack, logicalId: string): Set<string> {
  const resources = allResources(stack);
  const found = new Set<string>();
  const waiting = [logicalId];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const { DependsOn = [], Properties } = resources.get(id) ?? { Properties: {} };
    for (const earlier of [...DependsOn, ...references(Properties)]) {
      if (found.has(earlier) || !resources.has(earlier)) continue;
      found.add(earlier);
      waiting.push(earlier);
    }
  }
  return found;
}

/** The logical IDs in `Ref` and `Fn::GetAtt`. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'Ref') return [rendered(inner)];
    return name === 'Fn::GetAtt' ? [rendered(listOf(inner)[0])] : references(inner);
  });
}

export interface SynthesizedStatement {
  /** Actions and resources as text. Values from CloudFormation are `<…>`. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** Every statement of every inline policy in the stack. */
export function policyStatements(stack: Stack): SynthesizedStatement[] {
  const policies = [
    ...resourcesOfType(stack, 'AWS::IAM::Policy'),
    ...resourcesOfType(stack, 'AWS::IAM::ManagedPolicy'),
  ];
  return policies.flatMap((policy) =>
    listOf(field(field(policy.Properties, 'PolicyDocument'), 'Statement')).map(statement),
  );
}

function statement(value: unknown): SynthesizedStatement {
  return {
    actions: listOf(field(value, 'Action')).map(rendered),
    resources: listOf(field(value, 'Resource')).map(rendered),
  };
}

/** The text, with values from CloudFormation as `<Id>` or `<Id.Attribute>`. */
export function rendered(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  const join = field(value, 'Fn::Join');
  if (Array.isArray(join)) {
    return listOf(join[1]).map(rendered).join(rendered(join[0]));
  }
  const getAtt = field(value, 'Fn::GetAtt');
  if (Array.isArray(getAtt)) {
    return `<${getAtt.map(rendered).join('.')}>`;
  }
  const ref = field(value, 'Ref');
  if (typeof ref === 'string') {
    return `<${ref}>`;
  }
  return JSON.stringify(value);
}

export function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** CloudFormation takes one string for a list of one. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asResource(value: unknown): SynthesizedResource {
  const type = field(value, 'Type');
  const properties = field(value, 'Properties') ?? {};
  const dependsOn = field(value, 'DependsOn');
  const deletionPolicy = field(value, 'DeletionPolicy');
  const updateReplacePolicy = field(value, 'UpdateReplacePolicy');
  if (typeof type !== 'string' || !isRecord(properties)) {
    throw new Error(`not a resource: ${JSON.stringify(value)}`);
  }
  return {
    Type: type,
    Properties: properties,
    ...(dependsOn !== undefined && { DependsOn: listOf(dependsOn).map(rendered) }),
    ...(typeof deletionPolicy === 'string' && { DeletionPolicy: deletionPolicy }),
    ...(typeof updateReplacePolicy === 'string' && { UpdateReplacePolicy: updateReplacePolicy }),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
