import { createHmac } from 'node:crypto';
import * as http from 'node:http';
// Not used on the loopback interface, but by every handler that calls AWS.
import 'node:https';
import { text } from 'node:stream/consumers';

/*
 * The least that a handler can do: the two calls of a Create, with what Node brings along. No SDK, no decisions, no
 * retries; what it takes to start is what no SDK can go below.
 */

interface CreateEvent {
  readonly ResourceProperties: {
    readonly AppId: string;
    readonly SourceEnvironmentName: string;
    readonly TargetEnvironmentName: string;
  };
}

export async function onEvent({ ResourceProperties: properties }: CreateEvent): Promise<object> {
  const { AppId, SourceEnvironmentName, TargetEnvironmentName } = properties;
  await post(`/backend/${AppId}/details`, {});
  const clone = { targetEnvironmentName: TargetEnvironmentName };
  return JSON.parse(await post(`/backend/${AppId}/environments/${SourceEnvironmentName}/clone`, clone));
}

function post(path: string, input: object): Promise<string> {
  const body = JSON.stringify(input);
  const authorization = createHmac('sha256', 'secret').update(body).digest('hex');
  const headers = { 'content-type': 'application/json', authorization };
  return new Promise((resolve, reject) => {
    http
      .request(`${process.env['AWS_ENDPOINT_URL_AMPLIFYBACKEND']}${path}`, { method: 'POST', headers }, (answer) => {
        text(answer).then(resolve, reject);
      })
      .on('error', reject)
      .end(body);
  });
}
