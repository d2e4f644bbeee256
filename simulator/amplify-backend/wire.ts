import {
  answered,
  badRequest,
  type Refused,
  type Result,
  refused,
  type ServiceException,
  STATUS_CODES,
} from './exceptions';
import type { Call } from './operations';

/** An HTTP request, received by the server or in the same process. */
export interface WireRequest {
  readonly method: string;
  /** With the query, still percent-encoded. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type WireReply =
  | {
      readonly kind: 'response';
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** The connection breaks without an answer. */
  | { readonly kind: 'reset' }
  /** The name of the host does not resolve: the service is not in the Region. */
  | { readonly kind: 'host not found' };

const JSON_HEADERS = { 'content-type': 'application/json' } as const;

export function jsonReply(body: unknown, statusCode = 200): WireReply {
  return { kind: 'response', statusCode, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** An error in REST-JSON 1.1: the name in a header, the fields in the body. */
export function exceptionReply(exception: ServiceException): WireReply {
  const { name, ...members } = exception;
  const { statusCode = STATUS_CODES[name], ...fields } = { statusCode: undefined, ...members };
  // A layer in front of the service checks permissions. Its only field begins with a capital letter.
  const body = name === 'AccessDeniedException' ? { Message: fields.message } : fields;
  return {
    kind: 'response',
    statusCode,
    headers: { ...JSON_HEADERS, 'x-amzn-errortype': name },
    body: JSON.stringify(body),
  };
}

/** Parses the operation and its parameters. Returns the service's error for an invalid request. */
export function parseCall({ method, path, body }: WireRequest): Result<Call> {
  const [pathOnly = ''] = path.split('?', 1);
  const segments: string[] = [];
  for (const segment of pathOnly.split('/').slice(1)) {
    const decoded = decodeSegment(segment);
    if (decoded === undefined) return badRequest('The request path is not valid percent-encoded UTF-8.');
    segments.push(decoded);
  }
  const [root, appId = '', collection, name = '', last, ...rest] = segments;
  const unknown = refused({ name: 'UnknownOperationException', message: `No operation at ${method} ${pathOnly}.` });
  if (root !== 'backend' || rest.length > 0) return unknown;

  const length = segments.length;
  if (method === 'GET' && collection === 'job' && length === 5 && last !== undefined) {
    return check(appId, name) ?? answered({ operation: 'GetBackendJob', appId, environment: name, jobId: last });
  }
  if (method !== 'POST') return unknown;
  if (collection === 'environments' && length === 5 && (last === 'clone' || last === 'remove')) {
    const wrong = check(appId, name);
    if (wrong !== undefined) return wrong;
    return last === 'clone'
      ? parseClone(appId, name, body)
      : answered({ operation: 'DeleteBackend', appId, environment: name });
  }
  if (collection === 'job' && length === 4) return check(appId, name) ?? parseList(appId, name, body);
  if (collection === 'details' && length === 3) return check(appId) ?? parseGetBackend(appId, body);
  return unknown;
}

function parseClone(appId: string, source: string, body: string): Result<Call> {
  const members = parseBody(body, ['targetEnvironmentName']);
  if (members.kind === 'refused') return members;
  const target = members.strings.get('targetEnvironmentName');
  if (target === undefined) return badRequest('Missing required field: targetEnvironmentName');
  return answered({ operation: 'CloneBackend', appId, source, target });
}

function parseGetBackend(appId: string, body: string): Result<Call> {
  const members = parseBody(body, ['backendEnvironmentName']);
  if (members.kind === 'refused') return members;
  return answered({ operation: 'GetBackend', appId, environment: members.strings.get('backendEnvironmentName') });
}

const MAX_PAGE = 25;

function parseList(appId: string, environment: string, body: string): Result<Call> {
  const members = parseBody(body, ['jobId', 'nextToken', 'operation', 'status']);
  if (members.kind === 'refused') return members;
  const maxResults = members.all.get('maxResults') ?? MAX_PAGE;
  if (typeof maxResults !== 'number' || !Number.isInteger(maxResults) || maxResults < 1 || maxResults > MAX_PAGE) {
    return badRequest(`maxResults must be a whole number from 1 to ${MAX_PAGE}`);
  }
  const { strings } = members;
  return answered({
    operation: 'ListBackendJobs',
    appId,
    environment,
    filter: { jobId: strings.get('jobId'), operation: strings.get('operation'), status: strings.get('status') },
    maxResults,
    nextToken: strings.get('nextToken'),
  });
}

type Members =
  | {
      readonly kind: 'members';
      readonly all: ReadonlyMap<string, unknown>;
      readonly strings: ReadonlyMap<string, string>;
    }
  | Refused;

/** Parses a body. A missing body is an empty one, and null is the same as absent. */
function parseBody(body: string, stringMembers: readonly string[]): Members {
  let parsed: unknown;
  try {
    parsed = body.trim() === '' ? {} : JSON.parse(body);
  } catch {
    return badRequest('The request body is not valid JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return badRequest('The request body must be a JSON object.');
  }
  const all = new Map<string, unknown>(Object.entries(parsed));
  const strings = new Map<string, string>();
  for (const name of stringMembers) {
    const value = all.get(name);
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') return badRequest(`${name} must be a string`);
    strings.set(name, value);
  }
  return { kind: 'members', all, strings };
}

/** The problem with the path's parameters. Undefined if they are valid. */
function check(appId: string, environment?: string): Refused | undefined {
  if (!/^d[a-z0-9]{1,19}$/.test(appId))
    return badRequest('Invalid app id: it should match d[a-z0-9]+, up to 20 characters');
  if (environment === '') return badRequest('Missing backendEnvironmentName');
  return undefined;
}

function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
