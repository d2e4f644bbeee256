import { invalid } from './exceptions';
import { type AttributeValue, type Item, isSameValue } from './item';

/** The condition of a write. */
export type Condition =
  | { readonly kind: 'attribute does not exist'; readonly attribute: string }
  | { readonly kind: 'attribute is'; readonly attribute: string; readonly value: AttributeValue };

/** The values of the placeholders in an expression. */
export interface Placeholders {
  /** By `#name`. */
  readonly names: ReadonlyMap<string, string>;
  /** By `:name`. */
  readonly values: Item;
}

/** @throws DynamoDbException for any expression other than `attribute_not_exists(#x)` and `#x = :x` */
export function parseCondition(expression: string, { names, values }: Placeholders): Condition {
  const absent = /^\s*attribute_not_exists\s*\(\s*(#\w+)\s*\)\s*$/.exec(expression)?.[1];
  const [, left, right] = /^\s*(#\w+)\s*=\s*(:\w+)\s*$/.exec(expression) ?? [];
  const usedName = absent ?? left;
  if (usedName === undefined) {
    throw invalid(
      `Invalid ConditionExpression: the simulator knows attribute_not_exists(#x) and #x = :x, not ${expression}`,
    );
  }
  const attribute = names.get(usedName);
  if (attribute === undefined) {
    throw invalid(
      `Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: ${usedName}`,
    );
  }
  const value = right === undefined ? undefined : values.get(right);
  if (right !== undefined && value === undefined) {
    throw invalid(
      `Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: ${right}`,
    );
  }
  checkUnused('ExpressionAttributeNames', [...names.keys()], usedName);
  checkUnused('ExpressionAttributeValues', [...values.keys()], right);
  return value === undefined
    ? { kind: 'attribute does not exist', attribute }
    : { kind: 'attribute is', attribute, value };
}

function checkUnused(member: string, given: readonly string[], used: string | undefined): void {
  const unused = given.filter((name) => name !== used);
  if (unused.length > 0)
    throw invalid(`Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`);
}

/** @param item undefined if the item does not exist */
export function isMet(condition: Condition, item: Item | undefined): boolean {
  const found = item?.get(condition.attribute);
  switch (condition.kind) {
    case 'attribute does not exist':
      return found === undefined;
    case 'attribute is':
      return isSameValue(found, condition.value);
  }
}
