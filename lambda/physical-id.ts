import { APP_ID, ENVIRONMENT_NAME } from '../lib/name-patterns';

/*
 * The physical id names the request by which an environment came to its resource; what that request has made, the ledger
 * says. It follows from the request alone, so that a request that is delivered twice is given one id. What does not
 * parse, to the letter, is not ours.
 */

/** What a request was to bring its resource. */
export interface HeldEnvironment {
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
  readonly requestId: string;
  /** It was there before; it is never deleted by this resource. For people to read: the ledger has it, too. */
  readonly adopted: boolean;
}

/** What a resource holds and, after a replacement, what it held before: an update that is rolled back returns to that. */
export interface PhysicalId {
  readonly holds: HeldEnvironment;
  readonly replaces: HeldEnvironment | undefined;
}

const PREFIX = 'amplify-clone:v1:';

/** CloudFormation's are UUIDs. Its limit for a physical id is 1 kB. */
export const REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

export function formatPhysicalId({ holds, replaces }: PhysicalId): string {
  return `${PREFIX}${formatHeld(holds)}${replaces === undefined ? '' : `;replaces=${formatHeld(replaces)}`}`;
}

export function parsePhysicalId(text: string): PhysicalId | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const [own = '', former, ...rest] = text.slice(PREFIX.length).split(';replaces=');
  if (rest.length > 0) return undefined;
  const holds = parseHeld(own);
  const replaces = former === undefined ? undefined : parseHeld(former);
  if (holds === undefined || (former !== undefined && replaces === undefined)) return undefined;
  return { holds, replaces };
}

function formatHeld({ appId, environmentName, sourceName, requestId, adopted }: HeldEnvironment): string {
  return `${appId}/${environmentName};source=${sourceName};request=${requestId}${adopted ? ';adopted' : ''}`;
}

const HELD = /^([^;/]*)\/([^;/]*);source=([^;]*);request=([^;]*?)(;adopted)?$/;

function parseHeld(text: string): HeldEnvironment | undefined {
  const [, appId = '', environmentName = '', sourceName = '', requestId = '', adopted] = HELD.exec(text) ?? [];
  const isValid =
    APP_ID.test(appId) &&
    ENVIRONMENT_NAME.test(environmentName) &&
    ENVIRONMENT_NAME.test(sourceName) &&
    REQUEST_ID.test(requestId);
  return isValid ? { appId, environmentName, sourceName, requestId, adopted: adopted !== undefined } : undefined;
}
