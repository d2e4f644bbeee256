import { isJsonArray, isJsonObject, type Json, type JsonObject } from './json';

const DELETION_POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

export interface ResourceDefinition {
  readonly logicalId: string;
  readonly type: string;
  /** With intrinsic functions, as in the template. */
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
}

export interface OutputDefinition {
  readonly name: string;
  readonly value: Json;
  readonly exportName: Json | undefined;
  readonly condition: string | undefined;
}

export interface ParameterDefinition {
  readonly name: string;
  readonly type: string;
  readonly default: Json | undefined;
}

export interface Template {
  readonly parameters: ReadonlyMap<string, ParameterDefinition>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  readonly outputs: readonly OutputDefinition[];
}

/** @param description the name of the template in errors */
export function parseTemplate(template: JsonObject, description: string): Template {
  const wrong = (what: string): Error => new Error(`${description}: ${what}`);
  const section = (name: string): [string, JsonObject][] => {
    const entries = template[name] ?? {};
    if (!isJsonObject(entries)) throw wrong(`${name} should be an object`);
    return Object.entries(entries).map(([key, value]) => {
      if (!isJsonObject(value)) throw wrong(`${name}.${key} should be an object`);
      return [key, value];
    });
  };

  const resources = new Map<string, ResourceDefinition>();
  for (const [logicalId, resource] of section('Resources')) {
    const { Type: type, Properties: properties = {}, DependsOn: dependsOn = [], Condition: condition } = resource;
    if (typeof type !== 'string') throw wrong(`the resource ${logicalId} has no Type`);
    if (!isJsonObject(properties)) throw wrong(`the Properties of ${logicalId} should be an object`);
    const policy = (name: string): DeletionPolicy => {
      const value = resource[name] ?? 'Delete';
      const found = DELETION_POLICIES.find((known) => known === value);
      if (found === undefined) throw wrong(`the ${name} of ${logicalId} is ${JSON.stringify(value)}`);
      return found;
    };
    resources.set(logicalId, {
      logicalId,
      type,
      properties,
      dependsOn: (isJsonArray(dependsOn) ? dependsOn : [dependsOn]).map((id) => {
        if (typeof id !== 'string') throw wrong(`DependsOn of ${logicalId} should name resources`);
        return id;
      }),
      condition: optionalString(condition),
      deletionPolicy: policy('DeletionPolicy'),
      updateReplacePolicy: policy('UpdateReplacePolicy'),
    });
  }
  if (resources.size === 0) throw wrong('it has no resources');

  const parameters = section('Parameters').map(([name, { Type: type, Default: value }]): ParameterDefinition => {
    if (typeof type !== 'string') throw wrong(`the parameter ${name} has no Type`);
    return { name, type, default: value };
  });
  const outputs = section('Outputs').map(([name, { Value: value, Export: exported, Condition }]): OutputDefinition => {
    if (value === undefined) throw wrong(`the output ${name} has no Value`);
    const exportName = exported !== undefined && isJsonObject(exported) ? exported['Name'] : undefined;
    return { name, value, exportName, condition: optionalString(Condition) };
  });
  return {
    parameters: new Map(parameters.map((parameter) => [parameter.name, parameter])),
    mappings: Object.fromEntries(section('Mappings')),
    conditions: Object.fromEntries(section('Conditions')),
    resources,
    outputs,
  };
}

function optionalString(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
