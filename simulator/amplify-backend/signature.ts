import { type Credentials, signatureProblem as problemInScope, type SignatureProblem } from '../signature';
import type { WireRequest } from './wire';

/** What is wrong with the signature of a request to this service; undefined when it is right. */
export function signatureProblem(
  request: WireRequest,
  credentials: Credentials,
  now: number,
): SignatureProblem | undefined {
  return problemInScope(request, credentials, { service: 'amplifybackend' }, now);
}
