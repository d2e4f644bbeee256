import type { Clock } from '../clock';
import { type Condition, isMet } from './condition';
import { DynamoDbException, invalid } from './exceptions';
import { type Item, sizeOf } from './item';

export interface TableDefinition {
  readonly name: string;
  /** The partition key, of type S. Sort keys are not supported. */
  readonly keyAttribute: string;
  /** The attribute with the time, in seconds since the epoch, from which an item may be deleted. Undefined: items do not expire. */
  readonly ttlAttribute: string | undefined;
}

// Source: "Quotas in Amazon DynamoDB".
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = 2048;

/** Items by key. Every read is strongly consistent. */
export class Table {
  private readonly items = new Map<string, Item>();

  constructor(
    /** Can be replaced by one with the same key. */
    public definition: TableDefinition,
    private readonly clock: Clock,
  ) {}

  /** The current items. */
  contents(): Item[] {
    return [...this.items.keys()].flatMap((key) => this.find(key) ?? []);
  }

  /** @param key the key attribute only */
  get(key: Item): Item | undefined {
    const text = this.keyOf(key);
    if (text === undefined || key.size !== 1) throw invalid('The provided key element does not match the schema');
    return this.find(text);
  }

  /** @throws DynamoDbException if the item does not fit this table, or the condition fails */
  put(item: Item, condition: Condition | undefined): void {
    const { keyAttribute } = this.definition;
    const value = item.get(keyAttribute);
    if (value === undefined) {
      throw invalid(`One or more parameter values were invalid: Missing the key ${keyAttribute} in the item`);
    }
    const key = this.keyOf(item);
    if (key === undefined) {
      throw invalid(
        `One or more parameter values were invalid: Type mismatch for key ${keyAttribute} expected: S actual: N`,
      );
    }
    if (sizeOf(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
    if (condition !== undefined && !isMet(condition, this.find(key))) {
      throw new DynamoDbException('ConditionalCheckFailedException', 'The conditional request failed');
    }
    this.items.set(key, item);
  }

  /** Undefined if the key attribute is missing or of another type. */
  private keyOf(attributes: Item): string | undefined {
    const { keyAttribute } = this.definition;
    const value = attributes.get(keyAttribute);
    if (value === undefined || !('S' in value)) return undefined;
    if (value.S === '') {
      throw invalid(
        `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${keyAttribute}`,
      );
    }
    if (Buffer.byteLength(value.S) > MAX_KEY_BYTES) {
      throw invalid(
        `One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of ${MAX_KEY_BYTES} bytes`,
      );
    }
    return value.S;
  }

  /** DynamoDB may take days to remove an expired item. Here it is removed at once, which is the harder case. */
  private find(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item === undefined || !this.hasExpired(item)) return item;
    this.items.delete(key);
    return undefined;
  }

  private hasExpired(item: Item): boolean {
    const { ttlAttribute } = this.definition;
    const expires = ttlAttribute === undefined ? undefined : item.get(ttlAttribute);
    // DynamoDB ignores a text, even one with digits.
    return expires !== undefined && 'N' in expires && Number(expires.N) * 1000 < this.clock.now();
  }
}
