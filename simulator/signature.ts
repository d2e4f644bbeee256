import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { WireRequest } from './amplify-backend/wire';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** If set, requests must have it. */
  readonly sessionToken?: string | undefined;
}

/** The service and Region that a signature must be valid for. */
export interface SigningScope {
  /** The service's name for signing. */
  readonly service: string;
  /** @default - any */
  readonly region?: string | undefined;
}

export interface SignatureProblem {
  readonly name:
    | 'IncompleteSignatureException'
    | 'InvalidSignatureException'
    | 'MissingAuthenticationTokenException'
    | 'UnrecognizedClientException';
  readonly message: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const FIVE_MINUTES = 5 * 60 * 1000;

interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * The problem with a request's Signature Version 4. Undefined if it is valid. Source: "Create a signed AWS API request" in
 * the IAM User Guide.
 */
export function signatureProblem(
  request: WireRequest,
  credentials: Credentials,
  scope: SigningScope,
  now: number,
): SignatureProblem | undefined {
  const header = request.headers['authorization'];
  if (header === undefined)
    return { name: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    const message = `Authorization header requires ${ALGORITHM} with 'Credential', 'SignedHeaders' and 'Signature' parameters.`;
    return { name: 'IncompleteSignatureException', message };
  }
  const token = request.headers['x-amz-security-token'];
  if (authorization.accessKeyId !== credentials.accessKeyId || token !== credentials.sessionToken) {
    return { name: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' };
  }
  const message = scopeProblem(authorization, scope) ?? dateProblem(request, authorization, now);
  if (message !== undefined) return { name: 'InvalidSignatureException', message };
  const unsigned = unsignedHeaders(request, authorization.signedHeaders);
  if (unsigned.length > 0) {
    return { name: 'InvalidSignatureException', message: `These headers must be signed: ${unsigned.join(', ')}.` };
  }
  const expected = Buffer.from(signatureOf(request, authorization, credentials.secretAccessKey), 'hex');
  if (timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) return undefined;
  return {
    name: 'InvalidSignatureException',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  };
}

function parseAuthorization(header: string): Authorization | undefined {
  const [algorithm, ...parameters] = header.split(/[\s,]+/);
  const values = new Map<string, string>();
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=');
    values.set(parameter.slice(0, Math.max(0, equals)), parameter.slice(equals + 1));
  }
  const signedHeaders = values.get('SignedHeaders');
  const signature = values.get('Signature');
  const [accessKeyId, date, region, service, terminator, ...rest] = values.get('Credential')?.split('/') ?? [];
  if (algorithm !== ALGORITHM || signedHeaders === undefined || signature === undefined) return undefined;
  if (accessKeyId === undefined || date === undefined || region === undefined) return undefined;
  if (service === undefined || terminator === undefined || rest.length > 0) return undefined;
  if (!/^[0-9a-f]{64}$/.test(signature)) return undefined;
  return { accessKeyId, date, region, service, terminator, signedHeaders: signedHeaders.split(';'), signature };
}

function scopeProblem({ service, region, terminator }: Authorization, scope: SigningScope): string | undefined {
  if (service !== scope.service) return `Credential should be scoped to correct service: '${scope.service}'.`;
  if (region !== (scope.region ?? region)) {
    return `Credential should be scoped to a valid region, not '${region}'.`;
  }
  if (terminator !== 'aws4_request') return `Credential should be scoped with a valid terminator: 'aws4_request'.`;
  return undefined;
}

function dateProblem(request: WireRequest, { date }: Authorization, now: number): string | undefined {
  const text = request.headers['x-amz-date'] ?? '';
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (parts === null) return 'Date must be in ISO-8601 basic format.';
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const signedAt = Date.UTC(year, month - 1, day, hour, minute, second);
  if (!text.startsWith(date)) return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.`;
  if (signedAt < now - FIVE_MINUTES) return `Signature expired: ${text} is more than 5 minutes ago.`;
  if (signedAt > now + FIVE_MINUTES) return `Signature not yet current: ${text} is more than 5 minutes from now.`;
  return undefined;
}

/** The host and every `x-amz-` header must be signed. */
function unsignedHeaders({ headers }: WireRequest, signed: readonly string[]): string[] {
  const required = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  return ['host', ...required].filter((name) => !signed.includes(name));
}

function signatureOf(request: WireRequest, authorization: Authorization, secretAccessKey: string): string {
  const { date, region, service, terminator, signedHeaders } = authorization;
  const canonicalRequest = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.path),
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n');
  const scope = [date, region, service, terminator].join('/');
  const stringToSign = [ALGORITHM, request.headers['x-amz-date'], scope, sha256(canonicalRequest)].join('\n');
  let key = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of [date, region, service, terminator]) key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(stringToSign).digest('hex');
}

/** Normalized, with each segment encoded once more than in the request: all services except S3 require it. */
function canonicalPath(path: string): string {
  const [pathOnly = ''] = path.split('?', 1);
  const segments: string[] = [];
  for (const segment of pathOnly.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(encoded(segment));
  }
  const trailing = segments.length > 0 && pathOnly.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${trailing}`;
}

function canonicalQuery(path: string): string {
  const start = path.indexOf('?');
  if (start < 0 || start === path.length - 1) return '';
  return path
    .slice(start + 1)
    .split('&')
    .map((parameter) => {
      const equals = parameter.indexOf('=');
      const name = equals < 0 ? parameter : parameter.slice(0, equals);
      const value = equals < 0 ? '' : parameter.slice(equals + 1);
      return [encoded(decoded(name)), encoded(decoded(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** RFC 3986: encodes all but unreserved characters. Broken surrogates, which cannot be encoded, become U+FFFD. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
