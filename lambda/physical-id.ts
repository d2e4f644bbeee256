import { APP_ID, ENVIRONMENT_NAME } from '../lib/name-patterns';

/*
 * The physical ID has the environment's name and the ID of the request that created or adopted it; the ledger has what that
 * request did. Text that does not parse exactly is not a physical ID of this handler.
 */

/** The environment that a request creates or adopts for its resource. */
export interface HeldEnvironment {
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
  readonly requestId: string;
  /** The update that returned to it, where the resource had left it before. */
  readonly returnedBy?: string | undefined;
  /** It existed before. For people to read: the handler goes by the ledger. */
  readonly adopted: boolean;
}

export type Named = Pick<HeldEnvironment, 'appId' | 'environmentName'>;

/** The environment of a resource and, after a replacement, the previous one, to which a rollback returns. */
export interface PhysicalId {
  readonly holds: HeldEnvironment;
  readonly replaces: HeldEnvironment | undefined;
}

const PREFIX = 'amplify-clone:v1:';

/** CloudFormation's request IDs are UUIDs. Its limit for a physical ID is 1 kB. */
export const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

export function formatPhysicalId({ holds, replaces }: PhysicalId): string {
  return `${PREFIX}${formatHeld(holds)}${replaces === undefined ? '' : `;replaces=${formatHeld(replaces)}`}`;
}

export function parsePhysicalId(text: string): PhysicalId | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const parts = text.slice(PREFIX.length).split(';replaces=').map(parseHeld);
  const [holds, replaces] = parts;
  return holds === undefined || parts.includes(undefined) || parts.length > 2 ? undefined : { holds, replaces };
}

function formatHeld({ appId, environmentName, sourceName, requestId, returnedBy, adopted }: HeldEnvironment): string {
  const returned = returnedBy === undefined ? '' : `;returned-by=${returnedBy}`;
  return `${appId}/${environmentName};source=${sourceName};request=${requestId}${returned}${adopted ? ';adopted' : ''}`;
}

const HELD = /^([^;/]*)\/([^;/]*);source=([^;]*);request=([^;]*?)(?:;returned-by=([^;]*?))?(;adopted)?$/;

function parseHeld(text: string): HeldEnvironment | undefined {
  const [, appId = '', environmentName = '', sourceName = '', requestId = '', returnedBy, adopted] =
    HELD.exec(text) ?? [];
  const isValid =
    APP_ID.test(appId) &&
    ENVIRONMENT_NAME.test(environmentName) &&
    ENVIRONMENT_NAME.test(sourceName) &&
    [requestId, returnedBy ?? requestId].every((id) => REQUEST_ID.test(id));
  if (!isValid) return undefined;
  return { appId, environmentName, sourceName, requestId, returnedBy, adopted: adopted !== undefined };
}
