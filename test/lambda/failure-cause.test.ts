import { failureCause } from '../../lambda/failure-cause';
import { APP } from './test-context';

const ROOT = 'amplify-myapp-preview-142201';
const NESTED = 'arn:aws:cloudformation:us-east-1:1:stack/amplify-myapp-preview-142201-authpool-1ABC/guid';
const environment = { appId: APP, environmentName: 'preview' };

type Call = Parameters<typeof failureCause>[1];
const calls: Parameters<Call>[0][] = [];
beforeEach(() => {
  calls.length = 0;
});

const answering =
  (status: number, body: string): Call =>
  async (call) => {
    calls.push(call);
    return { status, body };
  };
const amplify = answering(200, JSON.stringify({ backendEnvironment: { environmentName: 'preview', stackName: ROOT } }));

function event(
  logicalId: string,
  status: string,
  reason = '',
  { type = 'AWS::Cognito::UserPool', physicalId = '' } = {},
): string {
  const texts = {
    EventId: '1',
    LogicalResourceId: logicalId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    ResourceStatus: status,
    ResourceStatusReason: reason,
  };
  const elements = Object.entries(texts).map(([name, text]) =>
    text === '' ? `<${name}/>` : `<${name}>${text}</${name}>`,
  );
  return `<member>${elements.join('')}</member>`;
}

const nested = (status: string, reason: string, physicalId = NESTED): string =>
  event('authpool', status, reason, { type: 'AWS::CloudFormation::Stack', physicalId });

/** Events are given in the order in which they happen. */
function cloudFormationOf(stacks: Readonly<Record<string, readonly string[]>>): Call {
  return (call) => {
    const events = stacks[new URLSearchParams(call.body).get('StackName') ?? ''];
    if (events === undefined) return answering(400, '<Error/>')(call);
    const body = `<?xml version="1.0"?>
<DescribeStackEventsResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStackEventsResult><StackEvents>
${[...events].reverse().join('\n')}
</StackEvents></DescribeStackEventsResult></DescribeStackEventsResponse>`;
    return answering(200, body)(call);
  };
}

const causeIn = (stacks: Readonly<Record<string, readonly string[]>>) =>
  failureCause(environment, amplify, cloudFormationOf(stacks));

describe('the cause of a failed clone', () => {
  test('is the first failure in its stack, not a resource that was cancelled or rolled back because of it', async () => {
    const events = [
      event('Bucket', 'CREATE_IN_PROGRESS'),
      event('Queue', 'CREATE_IN_PROGRESS', 'Resource creation Initiated'),
      event('Topic', 'CREATE_FAILED'),
      event('Table', 'CREATE_FAILED', 'Resource creation cancelled'),
      event('Bucket', 'CREATE_FAILED', 'preview-files already exists', {
        type: 'AWS::S3::Bucket',
        physicalId: 'files',
      }),
      event(ROOT, 'ROLLBACK_IN_PROGRESS', 'The following resource(s) failed to create: [Bucket]'),
      event('Role', 'DELETE_FAILED', 'Cannot delete entity'),
    ];
    expect(await causeIn({ [ROOT]: events })).toEqual({
      stackName: ROOT,
      logicalId: 'Bucket',
      type: 'AWS::S3::Bucket',
      reason: 'preview-files already exists',
    });
  });

  test('is read from the nested stack that failed', async () => {
    const cause = await causeIn({
      [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not successfully created')],
      [NESTED]: [event('UserPool', 'CREATE_FAILED', 'Limit of user pools exceeded')],
    });
    expect(cause).toMatchObject({ logicalId: 'UserPool', reason: 'Limit of user pools exceeded' });
  });

  test.each([
    ['has no failure', NESTED],
    ['was not created', ''],
  ])('is the nested stack if that %s', async (_, physicalId) => {
    const stacks = { [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not created', physicalId)], [NESTED]: [] };
    expect(await causeIn(stacks)).toMatchObject({ stackName: ROOT, logicalId: 'authpool' });
  });

  test('is not searched for again in the same stack', async () => {
    const itself = nested('CREATE_FAILED', 'Limit of stacks exceeded', ROOT);
    expect(await causeIn({ [ROOT]: [itself] })).toMatchObject({ reason: 'Limit of stacks exceeded' });
    expect(calls).toHaveLength(2);
  });

  test('is searched for in each stack once', async () => {
    const cause = await causeIn({
      [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not created')],
      [NESTED]: [nested('CREATE_FAILED', 'Embedded stack was not created', ROOT)],
    });
    expect(cause).toMatchObject({ reason: 'Embedded stack was not created' });
  });

  test('has decoded XML characters', async () => {
    const encoded = 'a &lt;b&gt; &amp;amp; &quot;c&quot; &apos;d&apos; &#233;&#xe9;&#XE9; &unknown; &#x110000;';
    expect(await causeIn({ [ROOT]: [event('Two', 'CREATE_FAILED', encoded)] })).toMatchObject({
      reason: 'a <b> &amp; "c" \'d\' ééé &unknown; &#x110000;',
    });
  });

  test('is unknown if nothing failed', async () => {
    expect(await causeIn({ [ROOT]: [event('Bucket', 'CREATE_COMPLETE')] })).toBeUndefined();
  });
});

describe('the services', () => {
  test('return the name of the stack by GetBackendEnvironment, and its events by DescribeStackEvents', async () => {
    await causeIn({ [ROOT]: [nested('CREATE_FAILED', 'Embedded stack was not created')], [NESTED]: [] });
    const describing = (stack: string) => ({
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `Action=DescribeStackEvents&Version=2010-05-15&StackName=${stack}`,
    });
    expect(calls).toEqual([
      { method: 'GET', path: `/apps/${APP}/backendenvironments/preview` },
      describing(ROOT),
      describing(
        'arn%3Aaws%3Acloudformation%3Aus-east-1%3A1%3Astack%2Famplify-myapp-preview-142201-authpool-1ABC%2Fguid',
      ),
    ]);
  });

  test.each(['{}', '[]', '{"backendEnvironment":{}}', '{"backendEnvironment":{"stackName":7}}'])(
    'return no stack if GetBackendEnvironment answers %s',
    async (body) => {
      const cause = failureCause(environment, answering(200, body), cloudFormationOf({}));
      await expect(cause).rejects.toThrow('Invalid');
    },
  );

  test('return nothing if they refuse', async () => {
    const unnamed = failureCause(environment, answering(403, '{}'), cloudFormationOf({}));
    await expect(unnamed).rejects.toThrow('GetBackendEnvironment: HTTP 403');
    await expect(causeIn({})).rejects.toThrow('DescribeStackEvents: HTTP 400');
  });
});
