import type { Clock } from '../clock';
import { type Condition, isMet } from './condition';
import { DynamoDbException, invalid } from './exceptions';
import { type Item, sizeOf } from './item';

export interface TableDefinition {
  readonly name: string;
  /** The partition key, of type S; there is no sort key. */
  readonly keyAttribute: string;
  /** Seconds since the epoch, from which on an item may be gone. Undefined where items stay. */
  readonly ttlAttribute: string | undefined;
}

// From "Quotas in Amazon DynamoDB".
const MAX_ITEM_BYTES = 400 * 1024;
const MAX_KEY_BYTES = 2048;

/** Items by their keys. Every read is strongly consistent. */
export class Table {
  private readonly items = new Map<string, Item>();

  constructor(
    /** Can be replaced by one with the same key. */
    public definition: TableDefinition,
    private readonly clock: Clock,
  ) {}

  /** What is in it now. */
  contents(): Item[] {
    return [...this.items.keys()].flatMap((key) => this.find(key) ?? []);
  }

  /** @param key the key attribute, and no other */
  get(key: Item): Item | undefined {
    const text = this.keyOf(key);
    if (text === undefined || key.size !== 1) throw invalid('The provided key element does not match the schema');
    return this.find(text);
  }

  /** @throws DynamoDbException when it is no item of this table, or the condition is not met */
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

  /** Undefined where the key attribute is missing or of another type. */
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

  /** DynamoDB may take days to remove what has expired; here it is always gone at once, which is the harder case. */
  private find(key: string): Item | undefined {
    const item = this.items.get(key);
    if (item === undefined || !this.hasExpired(item)) return item;
    this.items.delete(key);
    return undefined;
  }

  private hasExpired(item: Item): boolean {
    const { ttlAttribute } = this.definition;
    const expires = ttlAttribute === undefined ? undefined : item.get(ttlAttribute);
    // A text is not looked at, whatever it says.
    return expires !== undefined && 'N' in expires && Number(expires.N) * 1000 < this.clock.now();
  }
}
