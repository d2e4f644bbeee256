import { GetBackendCommand, GetBackendJobCommand } from '@aws-sdk/client-amplifybackend';
import { answer } from '../../../simulator/amplify-backend/request-handler';
import { signatureProblem } from '../../../simulator/amplify-backend/signature';
import type { WireRequest } from '../../../simulator/amplify-backend/wire';
import { realClock } from '../../../simulator/clock';
import type { Credentials } from '../../../simulator/signature';
import { CREDENTIALS, closeAll, sdkOverHttp } from './sdk-over-http';
import { APP, MINUTE, serviceUnderTest } from './service-under-test';

afterEach(closeAll);

/** The SDK signs with the machine's time, so the service needs the same clock. */
const inRealTime = () => serviceUnderTest({}, { clock: realClock });

async function signedRequest(
  command: GetBackendCommand | GetBackendJobCommand = new GetBackendCommand({ AppId: APP }),
  credentials: Credentials = CREDENTIALS,
): Promise<WireRequest> {
  const { client, seen } = await sdkOverHttp(inRealTime(), { credentials });
  if (command instanceof GetBackendCommand) await client.send(command);
  else await client.send(command).catch(() => undefined);
  const [request] = seen;
  if (request === undefined) throw new Error('no request arrived');
  return request;
}

describe("the SDK's signature", () => {
  test('is accepted by a service that requires it', async () => {
    const { client } = await sdkOverHttp(inRealTime(), { demand: CREDENTIALS });
    const { BackendEnvironmentList } = await client.send(new GetBackendCommand({ AppId: APP }));
    expect(BackendEnvironmentList).toEqual(['dev']);
  });

  test('is accepted with a session token', async () => {
    const credentials = { ...CREDENTIALS, sessionToken: 'token/with+signs==' };
    const { client } = await sdkOverHttp(inRealTime(), { credentials, demand: credentials });
    expect(await client.send(new GetBackendCommand({ AppId: APP }))).toMatchObject({ AppId: APP });
  });

  test.each(["a b/c%2F'(d)*!", 'ümläut~-_.', '..', 'x?y=1&z#q'])(
    'is accepted for a path with "%s" in it',
    async (name) => {
      const job = { AppId: APP, BackendEnvironmentName: 'dev', JobId: name };
      const request = await signedRequest(new GetBackendJobCommand(job));
      expect(signatureProblem(request, CREDENTIALS, Date.now())).toBeUndefined();
    },
  );

  test.each([
    {
      what: 'with another secret',
      credentials: { ...CREDENTIALS, secretAccessKey: 'another' },
      name: 'InvalidSignatureException',
    },
    {
      what: 'of another key',
      credentials: { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' },
      name: 'UnrecognizedClientException',
    },
    {
      what: 'with a session token that is not ours',
      credentials: { ...CREDENTIALS, sessionToken: 'old' },
      name: 'UnrecognizedClientException',
    },
  ])('$what is refused with 403 $name', async ({ credentials, name }) => {
    const { client } = await sdkOverHttp(inRealTime(), { credentials, demand: CREDENTIALS });
    const sent = client.send(new GetBackendCommand({ AppId: APP }));
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  });
});

describe('a signed request', () => {
  const problemOf = (request: WireRequest, now = Date.now()) => signatureProblem(request, CREDENTIALS, now);
  const withHeader = (request: WireRequest, name: string, value: string): WireRequest => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });

  test('is refused if its body, path, query or a signed header was changed afterwards', async () => {
    const request = await signedRequest();
    expect(problemOf(request)).toBeUndefined();
    const tampered = [
      { ...request, body: '{"backendEnvironmentName":"dev"}' },
      { ...request, path: '/backend/dother/details' },
      { ...request, path: `${request.path}?a=b` },
      { ...request, method: 'PUT' },
      withHeader(request, 'host', 'elsewhere'),
    ];
    for (const each of tampered) expect(problemOf(each)).toMatchObject({ name: 'InvalidSignatureException' });
  });

  test('is refused more than five minutes before or after its date', async () => {
    const request = await signedRequest();
    const now = Date.now();
    expect(problemOf(request, now + 4 * MINUTE)).toBeUndefined();
    expect(problemOf(request, now + 6 * MINUTE)?.message).toContain('Signature expired');
    expect(problemOf(request, now - 6 * MINUTE)?.message).toContain('Signature not yet current');
  });

  test('is refused if it is for another service', async () => {
    const request = await signedRequest();
    const authorization = (request.headers['authorization'] ?? '').replace('/amplifybackend/', '/s3/');
    expect(problemOf(withHeader(request, 'authorization', authorization))?.message).toContain("'amplifybackend'");
  });

  test('is refused when an x-amz header was added afterwards', async () => {
    const request = withHeader(await signedRequest(), 'x-amz-meta-extra', '1');
    expect(problemOf(request)?.message).toContain('x-amz-meta-extra');
  });

  test.each(['', 'Basic abc', 'AWS4-HMAC-SHA256 Credential=a/b/c', 'AWS4-HMAC-SHA256 Signature=00, Credential=/'])(
    'is incomplete when its header is "%s"',
    async (authorization) => {
      const request = withHeader(await signedRequest(), 'authorization', authorization);
      expect(problemOf(request)).toMatchObject({ name: 'IncompleteSignatureException' });
    },
  );

  test('is checked before anything else, and a missing one has its own error', async () => {
    const request = { method: 'POST', path: '/nowhere', headers: {}, body: '' };
    const reply = await answer(serviceUnderTest().service, request, 'test', { credentials: CREDENTIALS });
    expect(reply).toMatchObject({
      statusCode: 403,
      headers: { 'x-amzn-errortype': 'MissingAuthenticationTokenException' },
    });
  });
});
