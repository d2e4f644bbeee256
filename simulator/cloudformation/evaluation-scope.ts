import type { DesiredStack } from './deployment';
import type { Place } from './identifiers';
import { type EvaluationScope, isConditionMet } from './intrinsic-functions';
import { isJsonObject, type Json, type JsonObject } from './json';
import { plainAttribute } from './plain-resource';
import type { Resource, StackState } from './stack-state';
import type { ResourceDefinition, Template } from './template';

/** The values of a template's intrinsic functions in a stack. */
export function evaluationScope(
  stack: StackState,
  { template, parameters }: DesiredStack,
  imports: Set<string>,
): EvaluationScope {
  const { place, exports, outputsOf } = stack.context;
  const { partition, region, account, urlSuffix } = place;
  const values = new Map<string, Json>([
    ['AWS::AccountId', account],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', partition],
    ['AWS::Region', region],
    ['AWS::StackId', stack.id],
    ['AWS::StackName', stack.name],
    ['AWS::URLSuffix', urlSuffix],
  ]);
  for (const { name, type, default: otherwise } of template.parameters.values()) {
    const value = parameters[name] ?? otherwise;
    if (value === undefined) throw new Error(`Parameters: [${name}] must have values`);
    values.set(name, isListType(type) && typeof value === 'string' ? value.split(',') : String(value));
  }
  return {
    conditions: template.conditions,
    mappings: template.mappings,
    ref: (name) => values.get(name) ?? stack.resources.get(name)?.physicalId,
    attribute: (logicalId, attribute) => {
      const resource = stack.resources.get(logicalId);
      if (resource === undefined) throw new Error(`Unresolved resource dependencies [${logicalId}]`);
      return attributeOf(resource, attribute, stack.id, place);
    },
    importValue: (name) => {
      imports.add(name);
      return exports.importValue(name);
    },
    stackOutput: (stackName, outputName) => {
      const outputs = outputsOf(stackName);
      if (outputs === undefined) throw new Error(`Stack with name ${stackName} does not exist`);
      const output = outputs[outputName];
      if (output === undefined) throw new Error(`Stack ${stackName} has no output ${outputName}`);
      return output;
    },
  };
}

function attributeOf(
  { definition, physicalId, properties, state }: Resource,
  attribute: string,
  stackId: string,
  place: Place,
): Json {
  const { type, logicalId } = definition;
  if (state.kind === 'plain') return plainAttribute({ type, physicalId, properties }, attribute, place);
  if (state.kind === 'nested') {
    const output = state.stack.outputs[attribute.replace(/^Outputs\./, '')];
    if (output === undefined) throw new Error(`Output ${attribute} is not a member of ${state.stack.id}`);
    return output;
  }
  const value = memberAt(state.data, attribute);
  if (value !== undefined) return value;
  const object = `${stackId}|${logicalId}|${state.requestId}`;
  throw new Error(
    `CustomResource attribute error: Vendor response doesn't contain ${attribute} attribute in object ${object}`,
  );
}

/** The resources whose conditions are true. */
export function activeResources({ resources }: Template, scope: EvaluationScope): Map<string, ResourceDefinition> {
  const active = [...resources].filter(
    ([, { condition }]) => condition === undefined || isConditionMet(condition, scope),
  );
  return new Map(active);
}

function isListType(type: string): boolean {
  return type === 'CommaDelimitedList' || type.startsWith('List<');
}

/** The attribute of exactly that name, or the member at the path that its dots separate. */
function memberAt(data: JsonObject, attribute: string): Json | undefined {
  if (Object.hasOwn(data, attribute)) return data[attribute];
  let value: Json | undefined = data;
  for (const name of attribute.split('.')) {
    value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
