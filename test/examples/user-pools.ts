import type { WireReply } from '../../simulator/amplify-backend/wire';
import { isJsonObject, type JsonObject } from '../../simulator/cloudformation/json';
import type { ServiceCall } from './example-account';

/** The parts of Amazon Cognito user pools that the examples use. */
export class UserPools {
  /** The names of the users, by the pool's ID. */
  readonly users = new Map<string, string[]>();
  /** Settings by `POOL/CLIENT`. */
  readonly clients = new Map<string, JsonObject>();

  answer({ operation, input }: ServiceCall): WireReply {
    const pool = String(input['UserPoolId']);
    const client = `${pool}/${input['ClientId']}`;
    switch (operation) {
      case 'AdminCreateUser':
        return this.createUser(pool, String(input['Username']));
      case 'DescribeUserPoolClient':
        return this.describeClient(client);
      case 'UpdateUserPoolClient':
        return this.updateClient(client, input);
      default:
        throw new Error(`these user pools do not know ${operation}`);
    }
  }

  private createUser(pool: string, username: string): WireReply {
    const users = this.users.get(pool);
    if (users === undefined) return refused('ResourceNotFoundException', `User pool ${pool} does not exist.`);
    if (users.includes(username)) return refused('UsernameExistsException', 'User account already exists');
    users.push(username);
    return answered({ User: { Username: username } });
  }

  private describeClient(client: string): WireReply {
    const settings = this.clients.get(client);
    if (settings === undefined)
      return refused('ResourceNotFoundException', `User pool client ${client} does not exist.`);
    return answered({ UserPoolClient: settings });
  }

  /**
   * "If you don't provide a value for an attribute, Amazon Cognito sets it to its default value" (API reference of
   * UpdateUserPoolClient): settings that the request lacks are reset. The secret and the dates are not settings.
   */
  private updateClient(client: string, settings: JsonObject): WireReply {
    const before = this.clients.get(client);
    if (before === undefined) return refused('ResourceNotFoundException', `User pool client ${client} does not exist.`);
    const foreign = Object.keys(settings).filter((name) => READ_ONLY.includes(name));
    if (foreign.length > 0) return refused('InvalidParameterException', `Unknown parameter: ${foreign.join(', ')}`);
    const kept = Object.entries(before).filter(([name]) => READ_ONLY.includes(name));
    this.clients.set(client, { ...settings, ...Object.fromEntries(kept) });
    return answered({ UserPoolClient: this.clients.get(client) ?? {} });
  }
}

const READ_ONLY = ['ClientSecret', 'CreationDate', 'LastModifiedDate'];

export function answered(body: JsonObject): WireReply {
  return reply(200, body);
}

export function refused(type: string, message: string): WireReply {
  return reply(400, { __type: type, message });
}

function reply(statusCode: number, body: JsonObject): WireReply {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { kind: 'response', statusCode, headers, body: JSON.stringify(body) };
}

/** The texts in a list of a call or of settings. */
export function texts(settings: JsonObject | undefined, name: string): string[] {
  const value = settings?.[name];
  return Array.isArray(value) ? value.map((item) => (isJsonObject(item) ? JSON.stringify(item) : String(item))) : [];
}
