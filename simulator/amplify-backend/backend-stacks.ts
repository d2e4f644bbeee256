import { stackNameOf } from './meta-config';
import type { AmplifyBackend } from './model';
import { jsonReply, type WireReply, type WireRequest } from './wire';

/*
 * The answers of AWS Amplify and CloudFormation about the stacks of environments: as much as the handler reads to find out
 * why a clone failed.
 */

/** Whether the request is to one of the two services. */
export function isOfStacks({ headers }: WireRequest): boolean {
  return /^(amplify|cloudformation)\./.test(headers['host'] ?? '');
}

/** The answer to a request to one of the two services. */
export function answerOfStacks(service: AmplifyBackend, request: WireRequest): WireReply {
  const isOfAmplify = request.headers['host']?.startsWith('amplify.') === true;
  return isOfAmplify ? backendEnvironment(service, request) : stackEvents(service, request);
}

function backendEnvironment(service: AmplifyBackend, { path }: WireRequest): WireReply {
  const [, appId = '', environmentName = ''] = /^\/apps\/([^/]+)\/backendenvironments\/([^/]+)$/.exec(path) ?? [];
  const exists = service.environments(appId).some(({ name }) => name === environmentName);
  if (!exists) return jsonReply({ message: `BackendEnvironment ${environmentName} does not exist.` }, 404);
  return jsonReply({ backendEnvironment: { environmentName, stackName: stackNameOf(environmentName) } });
}

function stackEvents(service: AmplifyBackend, { body }: WireRequest): WireReply {
  const stackName = new URLSearchParams(body).get('StackName') ?? '';
  const failure = service.stackFailure(stackName);
  const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const member = (logicalId: string, type: string, status: string, reason: string): string =>
    `<member><LogicalResourceId>${xml(logicalId)}</LogicalResourceId><ResourceType>${type}</ResourceType>` +
    `<ResourceStatus>${status}</ResourceStatus><ResourceStatusReason>${xml(reason)}</ResourceStatusReason></member>`;
  const events =
    failure === undefined
      ? ''
      : member('Other', 'AWS::SNS::Topic', 'CREATE_FAILED', 'Resource creation cancelled') +
        member(failure.logicalId, failure.type, 'CREATE_FAILED', failure.reason);
  return {
    kind: 'response',
    statusCode: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>${events}</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`,
  };
}
