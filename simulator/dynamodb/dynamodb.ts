import type { WireReply, WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import { arn, type Place } from '../cloudformation/identifiers';
import type { JsonObject } from '../cloudformation/json';
import type { Random } from '../random';
import { type Credentials, signatureProblem } from '../signature';
import { DynamoDbException } from './exceptions';
import { Table, type TableDefinition } from './table';
import { type Call, exceptionReply, outputReply, parseCall } from './wire';

export interface DynamoDbProps {
  readonly clock: Clock;
  readonly random: Random;
  readonly place: Place;
  /** The credentials that every request has to be signed with. Undefined: signatures are not checked. */
  readonly credentials: Credentials | undefined;
}

/** The tables of one account and Region. */
export class DynamoDb {
  private readonly tables = new Map<string, Table>();

  constructor(private readonly props: DynamoDbProps) {}

  /** Creates the table, or changes an existing one. With another key, it becomes a new table, without the old items. */
  putTable(definition: TableDefinition): void {
    const existing = this.tables.get(definition.name);
    if (existing?.definition.keyAttribute === definition.keyAttribute) existing.definition = definition;
    else this.tables.set(definition.name, new Table(definition, this.props.clock));
  }

  deleteTable(name: string): void {
    this.tables.delete(name);
  }

  /** Undefined if the table does not exist. */
  table(name: string): Table | undefined {
    return this.tables.get(name);
  }

  isEndpoint(host: string): boolean {
    const { region, urlSuffix } = this.props.place;
    return host === `dynamodb.${region}.${urlSuffix}`;
  }

  /** Answers a request. No request makes it throw. */
  answer(request: WireRequest): WireReply {
    return this.answerBy(request, (call) => this.perform(call));
  }

  /** The answer while IAM does not know the caller's permissions yet. */
  denyAccess(request: WireRequest): WireReply {
    const { place } = this.props;
    return this.answerBy(request, ({ operation, tableName }) => {
      const principal = `arn:${place.partition}:sts::${place.account}:assumed-role/clone-handler/handler`;
      const action = `dynamodb:${operation}`;
      throw new DynamoDbException(
        'AccessDeniedException',
        `User: ${principal} is not authorized to perform: ${action} on resource: ${arn(place, 'dynamodb', `table/${tableName}`)} because no identity-based policy allows the ${action} action`,
      );
    });
  }

  private answerBy(request: WireRequest, perform: (call: Call) => JsonObject): WireReply {
    const { clock, credentials, place, random } = this.props;
    try {
      const scope = { service: 'dynamodb', region: place.region };
      const problem = credentials && signatureProblem(request, credentials, scope, clock.now());
      if (problem !== undefined) throw new DynamoDbException(problem.name, problem.message);
      return outputReply(perform(parseCall(request)), random);
    } catch (error) {
      if (error instanceof DynamoDbException) return exceptionReply(error, random);
      throw error;
    }
  }

  private perform(call: Call): JsonObject {
    const table = this.tables.get(call.tableName);
    if (table === undefined) {
      throw new DynamoDbException('ResourceNotFoundException', 'Requested resource not found');
    }
    if (call.operation === 'PutItem') {
      table.put(call.item, call.condition);
      return {};
    }
    const item = table.get(call.key);
    return item === undefined ? {} : { Item: Object.fromEntries(item) };
  }
}
