import { failureCause, type StackEvent, type StackReader, stackReader } from '../../lambda/failure-cause';
import { APP } from './test-context';

const ROOT = 'amplify-myapp-preview-142201';
const NESTED = 'arn:aws:cloudformation:us-east-1:1:stack/amplify-myapp-preview-142201-authpool-1ABC/guid';
const environment = { appId: APP, environmentName: 'preview' };

function event(logicalId: string, status: string, reason = '', changes: Partial<StackEvent> = {}): StackEvent {
  return { logicalId, physicalId: '', type: 'AWS::Cognito::UserPool', status, reason, ...changes };
}

const nested = (status: string, reason: string): StackEvent =>
  event('authpool', status, reason, { type: 'AWS::CloudFormation::Stack', physicalId: NESTED });

/** Events are given in the order in which they happen. */
function readerOf(stacks: Readonly<Record<string, readonly StackEvent[]>>): StackReader {
  return {
    stackName: async () => ROOT,
    events: async (stack) => {
      const events = stacks[stack];
      if (events === undefined) throw new Error(`Stack with id ${stack} does not exist`);
      return [...events].reverse();
    },
  };
}

describe('the cause of a failed clone', () => {
  test('is what failed first in its stack, and not what was cancelled or rolled back for it', async () => {
    const events = [
      event('Bucket', 'CREATE_IN_PROGRESS'),
      event('Table', 'CREATE_FAILED', 'Resource creation cancelled'),
      event('Bucket', 'CREATE_FAILED', 'preview-files already exists', { type: 'AWS::S3::Bucket' }),
      event(ROOT, 'ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to create: [Bucket]'),
      event('Role', 'DELETE_FAILED', 'Cannot delete entity'),
    ];
    expect(await failureCause(environment, readerOf({ [ROOT]: events }))).toEqual({
      stackName: ROOT,
      logicalId: 'Bucket',
      type: 'AWS::S3::Bucket',
      reason: 'preview-files already exists',
    });
  });

  test('is looked for in the nested stack that failed', async () => {
    const reader = readerOf({
      [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not successfully created')],
      [NESTED]: [event('UserPool', 'CREATE_FAILED', 'Limit of user pools exceeded')],
    });
    expect(await failureCause(environment, reader)).toMatchObject({
      logicalId: 'UserPool',
      reason: 'Limit of user pools exceeded',
    });
  });

  test('is the nested stack where that says nothing', async () => {
    const reader = readerOf({ [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not created')], [NESTED]: [] });
    expect(await failureCause(environment, reader)).toMatchObject({ logicalId: 'authpool' });
  });

  test('is not looked for without an end', async () => {
    const itself = { type: 'AWS::CloudFormation::Stack', physicalId: NESTED };
    const reader = readerOf({
      [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not created')],
      [NESTED]: [event('inner', 'CREATE_FAILED', 'Embedded stack was not created', { ...itself, physicalId: ROOT })],
    });
    expect(await failureCause(environment, reader)).toMatchObject({ reason: 'Embedded stack was not created' });
  });

  test('is not known where nothing failed', async () => {
    const reader = readerOf({ [ROOT]: [event('Bucket', 'CREATE_COMPLETE')] });
    expect(await failureCause(environment, reader)).toBeUndefined();
  });
});

describe('the services', () => {
  type Call = Parameters<typeof stackReader>[0];
  const calls: Parameters<Call>[0][] = [];
  const answering =
    (status: number, body: string): Call =>
    async (call) => {
      calls.push(call);
      return { status, body };
    };
  const nobody: Call = async () => {
    throw new Error('is not called');
  };
  beforeEach(() => {
    calls.length = 0;
  });

  test('are asked for the name of the stack by GetBackendEnvironment', async () => {
    const body = JSON.stringify({ backendEnvironment: { environmentName: 'preview', stackName: ROOT } });
    expect(await stackReader(answering(200, body), nobody).stackName(APP, 'preview')).toBe(ROOT);
    expect(calls).toEqual([{ method: 'GET', path: `/apps/${APP}/backendenvironments/preview` }]);
  });

  test.each(['{}', '[]', '{"backendEnvironment":{}}', '{"backendEnvironment":{"stackName":7}}'])(
    'know no stack of an environment where GetBackendEnvironment answers %s',
    async (body) => {
      await expect(stackReader(answering(200, body), nobody).stackName(APP, 'preview')).rejects.toThrow('Invalid');
    },
  );

  test('are asked for the events by DescribeStackEvents', async () => {
    const member = (logicalId: string, rest: string): string =>
      `<member><EventId>1</EventId><LogicalResourceId>${logicalId}</LogicalResourceId>${rest}</member>`;
    const body = `<?xml version="1.0"?>
<DescribeStackEventsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStackEventsResult><StackEvents>
${member('Two', '<ResourceStatus>CREATE_FAILED</ResourceStatus><ResourceStatusReason>a &lt;b&gt; &amp;amp; &quot;c&quot; &apos;d&apos; &#233;&#xe9; &unknown; &#x110000;</ResourceStatusReason>')}
${member('One', '<PhysicalResourceId/><ResourceType>AWS::S3::Bucket</ResourceType><ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus>')}
</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`;
    expect(await stackReader(nobody, answering(200, body)).events('a stack&b')).toEqual([
      event('Two', 'CREATE_FAILED', 'a <b> &amp; "c" \'d\' éé &unknown; &#x110000;', { type: '' }),
      event('One', 'CREATE_IN_PROGRESS', '', { type: 'AWS::S3::Bucket' }),
    ]);
    expect(calls).toEqual([
      {
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=DescribeStackEvents&Version=2010-05-15&StackName=a%20stack%26b',
      },
    ]);
  });

  test('that refuse bring no answer', async () => {
    const refused = stackReader(answering(403, '{}'), answering(400, '<Error/>'));
    await expect(refused.stackName(APP, 'preview')).rejects.toThrow('GetBackendEnvironment: HTTP 403');
    await expect(refused.events(ROOT)).rejects.toThrow('DescribeStackEvents: HTTP 400');
  });
});
