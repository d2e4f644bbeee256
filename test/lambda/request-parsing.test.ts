import { parseRequest } from '../../lambda/request-parsing';

const properties = {
  ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:framework',
  AppId: 'd1a2b3c4d5e6f7',
  SourceEnvironmentName: 'dev',
  TargetEnvironmentName: 'preview',
  TimeoutSeconds: '2700',
};
const event = (type: string, changes: Record<string, unknown> = {}) => ({
  RequestType: type,
  RequestId: '0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b',
  StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/S/guid',
  LogicalResourceId: 'Clone',
  PhysicalResourceId: 'id',
  ResourceProperties: { ...properties, ...changes },
});
const messageOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
};

test('the properties arrive as text and are read into types', () => {
  const request = parseRequest(
    event('Create', { ExistingEnvironment: 'ADOPT', Outputs: ['auth//UserPoolId', 'api/myapi/GraphQLAPIIdOutput'] }),
  );
  expect(request).toEqual({
    type: 'Create',
    id: '0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b',
    resource: { stackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/S/guid', logicalId: 'Clone' },
    properties: {
      appId: 'd1a2b3c4d5e6f7',
      sourceName: 'dev',
      targetName: 'preview',
      timeoutMilliseconds: 2_700_000,
      existing: 'ADOPT',
      outputs: [
        { category: 'auth', resource: undefined, name: 'UserPoolId' },
        { category: 'api', resource: 'myapi', name: 'GraphQLAPIIdOutput' },
      ],
    },
  });
});

test.each([
  ['AppId', 'x'.repeat(58), `AppId "${'x'.repeat(58)}" is not an Amplify app ID`],
  ['AppId', 'x'.repeat(59), `AppId "${'x'.repeat(59)}... (61 characters) is not an Amplify app ID`],
  ['AppId', undefined, 'AppId (missing) is not an Amplify app ID'],
  ['AppId', 'd1/../../x', 'AppId "d1/../../x" is not an Amplify app ID'],
  ['AppId', `d${'1'.repeat(20)}`, 'is not an Amplify app ID'],
  ['AppId', ['d1'], 'AppId ["d1"] is not an Amplify app ID'],
  ['SourceEnvironmentName', '../prod', 'SourceEnvironmentName "../prod" is not the name'],
  ['SourceEnvironmentName', 'dev\n', 'SourceEnvironmentName "dev\\n" is not the name'],
  ['TargetEnvironmentName', 'Preview', 'TargetEnvironmentName "Preview" is not a name for a new backend environment'],
  ['TargetEnvironmentName', 'a%2Fb', 'TargetEnvironmentName "a%2Fb" is not a name'],
  ['TargetEnvironmentName', 'x'.repeat(10_240), '... (10242 characters) is not a name'],
  ['TargetEnvironmentName', 'dev', 'TargetEnvironmentName "dev" is the source'],
  ['TimeoutSeconds', '3001', 'TimeoutSeconds "3001" is not a whole number from 1 to 3000'],
  ['TimeoutSeconds', '0', 'TimeoutSeconds "0" is not'],
  ['TimeoutSeconds', '1e3', 'TimeoutSeconds "1e3" is not'],
  ['TimeoutSeconds', 1.5, 'TimeoutSeconds 1.5 is not'],
  ['TimeoutSeconds', ['60'], 'TimeoutSeconds ["60"] is not'],
  ['ExistingEnvironment', 'KEEP', 'ExistingEnvironment "KEEP" is neither FAIL nor ADOPT'],
  ['Outputs', 'auth/x/y', 'Outputs "auth/x/y" is not a list'],
  ['Outputs', ['auth/UserPoolId'], 'the output "auth/UserPoolId" is not of the form category/resource/name'],
  ['Outputs', ['a/b/c/d'], 'the output "a/b/c/d" is not of the form'],
  ['Outputs', ['/pool/UserPoolId'], 'the output "/pool/UserPoolId" is not of the form'],
  ['Outputs', ['a%2Fb/pool/UserPoolId'], 'the output "a%2Fb/pool/UserPoolId" is not of the form'],
  ['Outputs', ['auth/a%2Fb/UserPoolId'], 'the output "auth/a%2Fb/UserPoolId" is not of the form'],
  ['Outputs', [{}], 'the output {} is not of the form'],
])('a Create whose %s is %p is refused by name and value', (name, value, message) => {
  expect(messageOf(() => parseRequest(event('Create', { [name]: value })))).toContain(message);
});

test.each(['NONE', 'Preview', 'feature-1'])(
  'the old name %s is taken where it may be adopted, and not else',
  (name) => {
    const request = (ExistingEnvironment: string) =>
      parseRequest(event('Create', { TargetEnvironmentName: name, ExistingEnvironment }));
    expect(request('ADOPT')).toMatchObject({ properties: { targetName: name, existing: 'ADOPT' } });
    expect(messageOf(() => request('FAIL'))).toContain('is not a name for a new backend environment');
  },
);

test('what is no name of an environment is not taken where it may be adopted either', () => {
  const hostile = event('Create', { TargetEnvironmentName: '../prod', ExistingEnvironment: 'ADOPT' });
  expect(messageOf(() => parseRequest(hostile))).toContain(
    'TargetEnvironmentName "../prod" is not the name of a backend environment',
  );
});

test.each([
  ['1', 1000],
  ['3000', 3_000_000],
  [2700, 2_700_000],
])('a timeout of %p seconds is taken', (TimeoutSeconds, timeoutMilliseconds) => {
  expect(parseRequest(event('Create', { TimeoutSeconds }))).toMatchObject({ properties: { timeoutMilliseconds } });
});

test('two names that are no names are not said to be the same', () => {
  const message = messageOf(() =>
    parseRequest(event('Create', { SourceEnvironmentName: '../x', TargetEnvironmentName: '../x' })),
  );
  expect(message).toMatch(/SourceEnvironmentName .*; TargetEnvironmentName /);
  expect(message).not.toContain('is the source');
});

test('everything that is wrong is said at once, on one line of bounded length', () => {
  const message = messageOf(() =>
    parseRequest(event('Update', { AppId: 'x'.repeat(9999), TargetEnvironmentName: 'a\r\nb', TimeoutSeconds: 'soon' })),
  );
  expect(message).toContain('AppId');
  expect(message).toContain('TargetEnvironmentName');
  expect(message).toContain('TimeoutSeconds');
  expect(message).not.toMatch(/[\r\n]/);
  expect(message.length).toBeLessThan(1000);
});

test.each([
  ['Create', undefined],
  ['Update', ''],
  ['Delete', 7],
  ['Create', 'a/b;adopted'],
  ['Update', 'r;replaces=x'],
  ['Delete', 'a\nb'],
  ['Create', 'r'.repeat(65)],
])('a %s whose request id is %p is refused, since the ledger and the physical id go by it', (type, RequestId) => {
  expect(messageOf(() => parseRequest({ ...event(type), RequestId }))).toContain('RequestId');
});

test('an Update knows what the resource was, and the id with which it came once it has another', () => {
  const update = {
    ...event('Update'),
    PhysicalResourceId: 'new',
    OldPhysicalId: 'old',
    OldResourceProperties: { ...properties, TargetEnvironmentName: 'before' },
  };
  expect(parseRequest(update)).toMatchObject({
    type: 'Update',
    physicalId: 'new',
    oldPhysicalId: 'old',
    properties: { targetName: 'preview' },
    oldProperties: { targetName: 'before' },
  });
});

test.each([
  ['no old properties', undefined],
  ['old properties with which nothing can have been made', { ...properties, TargetEnvironmentName: '../dev' }],
])('an Update with %s is understood, and came from nothing', (_name, OldResourceProperties) => {
  expect(parseRequest({ ...event('Update'), OldResourceProperties })).toMatchObject({
    oldPhysicalId: undefined,
    oldProperties: undefined,
  });
});

test('a Delete is understood whatever its properties are, because it goes by the physical id', () => {
  expect(parseRequest(event('Delete', { AppId: '../' }))).toMatchObject({
    type: 'Delete',
    physicalId: 'id',
    properties: undefined,
  });
});

test.each([
  ['no event', undefined, 'the event is not an object'],
  ['no request type', { ...event('Create'), RequestType: undefined }, 'RequestType (missing) is none of'],
  ['an unknown request type', event('Describe'), 'RequestType "Describe" is none of Create, Update and Delete'],
  ['no logical id', { ...event('Create'), LogicalResourceId: '' }, 'LogicalResourceId is missing'],
  ['no stack id', { ...event('Create'), StackId: 7 }, 'StackId is missing'],
  ['no properties', { ...event('Create'), ResourceProperties: null }, 'ResourceProperties are missing'],
  ['an Update without a physical id', { ...event('Update'), PhysicalResourceId: '' }, 'PhysicalResourceId is missing'],
])('%s is an error that says so', (_name, hostile, problem) => {
  expect(messageOf(() => parseRequest(hostile))).toContain(`The request is not valid: ${problem}`);
});
