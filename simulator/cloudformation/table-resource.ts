import type { TableDefinition } from '../dynamodb/table';
import { isJsonArray, isJsonObject, type Json } from './json';
import type { PlainResource } from './plain-resource';

/** @throws Error if the simulator does not support the table */
export function tableDefinition({ physicalId: name, properties }: PlainResource): TableDefinition {
  const [key, ...sortKey] = list(properties['KeySchema']);
  const keyAttribute = member(key, 'AttributeName');
  const attributes = list(properties['AttributeDefinitions']);
  const definition = attributes.find((each) => member(each, 'AttributeName') === keyAttribute);
  if (typeof keyAttribute !== 'string' || sortKey.length > 0 || member(definition, 'AttributeType') !== 'S') {
    throw new Error(`the key of the table ${name} is not one attribute of type S; the simulator supports nothing else`);
  }
  const ttl = properties['TimeToLiveSpecification'];
  const ttlAttribute = member(ttl, 'Enabled') === true ? member(ttl, 'AttributeName') : undefined;
  return { name, keyAttribute, ttlAttribute: typeof ttlAttribute === 'string' ? ttlAttribute : undefined };
}

function list(value: Json | undefined): readonly Json[] {
  return value !== undefined && isJsonArray(value) ? value : [];
}

function member(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}
