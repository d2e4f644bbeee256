import { type Credentials, signatureProblem as problemInScope, type SignatureProblem } from '../signature';
import type { WireRequest } from './wire';

/** The problem with the signature of a request to this service. Undefined if it is valid. */
export function signatureProblem(
  request: WireRequest,
  credentials: Credentials,
  now: number,
): SignatureProblem | undefined {
  return problemInScope(request, credentials, { service: 'amplifybackend' }, now);
}
