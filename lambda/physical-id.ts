import { APP_ID, ENVIRONMENT_NAME, NEW_ENVIRONMENT_NAME } from '../lib/name-patterns';

/*
 * The physical id is the ledger: it says what the resource owns, and it is all that a Delete goes by. It is written once,
 * when the clone is accepted. What does not parse, to the letter, is not ours.
 */

/** An environment that this resource had cloned. */
export interface OwnedClone {
  readonly kind: 'clone';
  readonly appId: string;
  readonly environmentName: string;
  readonly sourceName: string;
  /** When CloneBackend was called, in milliseconds since the epoch by the handler's clock. */
  readonly calledAt: number;
  /** Unknown where the answer to CloneBackend was lost. */
  readonly job: CloneJobReference | undefined;
}

export interface CloneJobReference {
  readonly id: string;
  readonly filedUnder: 'target' | 'source';
}

/** An environment that was there before; it is never deleted by this resource. */
export interface AdoptedEnvironment {
  readonly kind: 'adopted';
  readonly appId: string;
  readonly environmentName: string;
}

export type Holding = OwnedClone | AdoptedEnvironment;

/** What a resource holds and, after a replacement, what it held before: an update that is rolled back returns to that. */
export interface Ledger {
  readonly holds: Holding;
  readonly replaces: Holding | undefined;
}

/** The id of a resource that came to nothing. CloudFormation sends a Delete for it, which has nothing to do. */
export const NOTHING_MADE = 'amplify-clone:v1:nothing';

const PREFIX = 'amplify-clone:v1:';
/** CloudFormation's limit for a physical id is 1 kB, and an id can hold two jobs. */
const LONGEST_JOB_ID = 128;
const JOB_ID = new RegExp(`^[A-Za-z0-9._:/+=@-]{1,${LONGEST_JOB_ID}}$`);

/** A job whose id cannot be kept in the ledger is treated like one whose id was lost. */
export function canBeKept(jobId: string): boolean {
  return JOB_ID.test(jobId);
}

export function formatPhysicalId(ledger: Ledger): string {
  const replaces = ledger.replaces === undefined ? '' : `;replaces=${formatHolding(ledger.replaces)}`;
  return `${PREFIX}${formatHolding(ledger.holds)}${replaces}`;
}

export function parsePhysicalId(text: string): Ledger | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const [own = '', former, ...rest] = text.slice(PREFIX.length).split(';replaces=');
  if (rest.length > 0) return undefined;
  const holds = parseHolding(own);
  const replaces = former === undefined ? undefined : parseHolding(former);
  if (holds === undefined || (former !== undefined && replaces === undefined)) return undefined;
  return { holds, replaces };
}

function formatHolding(holding: Holding): string {
  const name = `${holding.appId}/${holding.environmentName}`;
  if (holding.kind === 'adopted') return `${name};adopted`;
  const job = holding.job === undefined ? '' : `;${holding.job.filedUnder}-job=${holding.job.id}`;
  return `${name};source=${holding.sourceName};called=${holding.calledAt}${job}`;
}

const ADOPTED = /^([^;/]*)\/([^;/]*);adopted$/;
const OWNED = /^([^;/]*)\/([^;/]*);source=([^;]*);called=([1-9]\d{11,13})(?:;(target|source)-job=([^;]*))?$/;

function parseHolding(text: string): Holding | undefined {
  const adopted = ADOPTED.exec(text);
  if (adopted !== null) {
    const [, appId = '', environmentName = ''] = adopted;
    if (!APP_ID.test(appId) || !NEW_ENVIRONMENT_NAME.test(environmentName)) return undefined;
    return { kind: 'adopted', appId, environmentName };
  }
  const owned = OWNED.exec(text);
  if (owned === null) return undefined;
  const [, appId = '', environmentName = '', sourceName = '', calledAt = '', filedUnder, jobId = ''] = owned;
  const namesAreNames =
    APP_ID.test(appId) && NEW_ENVIRONMENT_NAME.test(environmentName) && ENVIRONMENT_NAME.test(sourceName);
  if (!namesAreNames || (filedUnder !== undefined && !canBeKept(jobId))) return undefined;
  const job = filedUnder === 'target' || filedUnder === 'source' ? ({ id: jobId, filedUnder } as const) : undefined;
  return { kind: 'clone', appId, environmentName, sourceName, calledAt: Number(calledAt), job };
}
