import { isJsonObject, type Json } from '../cloudformation/json';
import { invalid, notSerialized } from './exceptions';

/** The two supported types of values. */
export type AttributeValue = { readonly S: string } | { readonly N: string };

export type Item = ReadonlyMap<string, AttributeValue>;

/** @throws DynamoDbException if DynamoDB does not accept it, or the simulator does not support it */
export function parseItem(value: Json | undefined, member: string): Item {
  if (value === undefined || value === null) throw missing(member);
  if (!isJsonObject(value)) throw notSerialized(`${member} should be an object`);
  return new Map(Object.entries(value).map(([name, given]) => [name, parseValue(given)]));
}

export function missing(member: string): Error {
  const name = `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
  return invalid(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

function parseValue(value: Json): AttributeValue {
  if (!isJsonObject(value)) throw notSerialized('an attribute value should be an object');
  const kinds = Object.keys(value);
  const [kind] = kinds;
  if (kind === undefined) {
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  }
  if (kinds.length > 1) {
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (kind !== 'S' && kind !== 'N') throw invalid(`the simulator knows attribute values of S and N, not of ${kind}`);
  const text = value[kind];
  if (typeof text !== 'string') throw notSerialized(`the value of ${kind} should be a text`);
  return kind === 'S' ? { S: text } : { N: normalized(text) };
}

/** DynamoDB's form of a number: without zeros and signs that do not change its value. */
function normalized(text: string): string {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  if (!Number.isSafeInteger(number)) throw invalid(`the simulator knows whole numbers below 2^53 only, not ${text}`);
  return number === 0 ? '0' : String(number);
}

/** Values of different types are never equal. */
export function isSameValue(one: AttributeValue | undefined, other: AttributeValue): boolean {
  if (one === undefined) return false;
  if ('S' in one) return 'S' in other && one.S === other.S;
  return 'N' in other && one.N === other.N;
}

/** Source: "DynamoDB item sizes and formats". Names count, too, and two digits of a number are a byte. */
export function sizeOf(item: Item): number {
  let size = 0;
  for (const [name, value] of item) {
    size += Buffer.byteLength(name);
    size += 'S' in value ? Buffer.byteLength(value.S) : Math.ceil(value.N.replace('-', '').length / 2) + 1;
  }
  return size;
}
