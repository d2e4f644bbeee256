import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';

/*
 * Calls of services beside AmplifyBackend. The SDK's client for each would make the bundle half as large again, so these go
 * through the parts that the client for AmplifyBackend has already: its connections, its credentials and the SDK's signature.
 */

export interface SignedCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SignedAnswer {
  readonly status: number;
  readonly body: string;
}

/** @param service as signatures and ARNs call it */
export function signedCalls(
  config: AmplifyBackendClient['config'],
  service: string,
  endpoint: string,
): (call: SignedCall) => Promise<SignedAnswer> {
  const { region, credentials, sha256, requestHandler, streamCollector, urlParser } = config;
  const signer = new SignatureV4({ service, region, credentials, sha256 });
  const { host } = new URL(endpoint);
  const origin = urlParser(endpoint);
  return async ({ method, path, headers = {}, body = '' }) => {
    const request = new HttpRequest({ ...origin, method, path, headers: { host, ...headers }, body });
    const { response } = await requestHandler.handle(HttpRequest.clone(await signer.sign(request)));
    const text = Buffer.from(await streamCollector(response.body)).toString('utf8');
    return { status: response.statusCode, body: text };
  };
}
