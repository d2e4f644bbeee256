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

test('the properties are text, and are parsed into types', () => {
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
  ['TimeoutSeconds', undefined, 'TimeoutSeconds (missing) is not'],
  ['TimeoutSeconds', '1e3', 'TimeoutSeconds "1e3" is not'],
  ['TimeoutSeconds', 1.5, 'TimeoutSeconds 1.5 is not'],
  ['TimeoutSeconds', {}, 'TimeoutSeconds {} is not'],
  ['TimeoutSeconds', ['60'], 'TimeoutSeconds ["60"] is not'],
  ['ExistingEnvironment', 'KEEP', 'ExistingEnvironment "KEEP" is neither FAIL nor ADOPT'],
  ['Outputs', 'auth/x/y', 'Outputs "auth/x/y" is not a list'],
  ['Outputs', ['auth/UserPoolId'], 'the output "auth/UserPoolId" is not of the form category/resource/name'],
  ['Outputs', ['a/b/c/d'], 'the output "a/b/c/d" is not of the form'],
  ['Outputs', ['/pool/UserPoolId'], 'the output "/pool/UserPoolId" is not of the form'],
  ['Outputs', ['a%2Fb/pool/UserPoolId'], 'the output "a%2Fb/pool/UserPoolId" is not of the form'],
  ['Outputs', ['auth/a%2Fb/UserPoolId'], 'the output "auth/a%2Fb/UserPoolId" is not of the form'],
  ['Outputs', [{}], 'the output {} is not of the form'],
])('a Create whose %s is %p is an error with name and value', (name, value, message) => {
  expect(messageOf(() => parseRequest(event('Create', { [name]: value })))).toContain(message);
});

test.each(['NONE', 'Preview', 'feature-1'])('the name %s of the old kind is valid with ADOPT only', (name) => {
  const request = (ExistingEnvironment: string) =>
    parseRequest(event('Create', { TargetEnvironmentName: name, ExistingEnvironment }));
  expect(request('ADOPT')).toMatchObject({ properties: { targetName: name, existing: 'ADOPT' } });
  expect(messageOf(() => request('FAIL'))).toContain('is not a name for a new backend environment');
});

test('an invalid name is invalid with ADOPT, too', () => {
  const hostile = event('Create', { TargetEnvironmentName: '../prod', ExistingEnvironment: 'ADOPT' });
  expect(messageOf(() => parseRequest(hostile))).toContain(
    'TargetEnvironmentName "../prod" is not the name of a backend environment',
  );
});

test.each([
  ['1', 1000],
  ['3000', 3_000_000],
  [2700, 2_700_000],
])('a timeout of %p seconds is valid', (TimeoutSeconds, timeoutMilliseconds) => {
  expect(parseRequest(event('Create', { TimeoutSeconds }))).toMatchObject({ properties: { timeoutMilliseconds } });
});

test('two missing names are not reported as the same', () => {
  const message = messageOf(() =>
    parseRequest(event('Create', { SourceEnvironmentName: '../x', TargetEnvironmentName: '../x' })),
  );
  expect(message).toMatch(/SourceEnvironmentName .*; TargetEnvironmentName /);
  expect(message).not.toContain('is the source');
});

test('all problems are in one message of limited length, on one line', () => {
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
])('a %s whose request ID is %p is an error, since the ledger and the physical ID contain it', (type, RequestId) => {
  expect(messageOf(() => parseRequest({ ...event(type), RequestId }))).toContain('RequestId');
});

test('an Update has the old properties, and the old physical ID if it differs', () => {
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
  ['old properties that are invalid', { ...properties, TargetEnvironmentName: '../dev' }],
])('an Update with %s is valid, and has no old properties', (_name, OldResourceProperties) => {
  expect(parseRequest({ ...event('Update'), OldResourceProperties })).toMatchObject({
    oldPhysicalId: undefined,
    oldProperties: undefined,
  });
});

test('a Delete is valid whatever its properties are, because it relies on the physical ID', () => {
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
  ['no logical ID', { ...event('Create'), LogicalResourceId: '' }, 'LogicalResourceId is missing'],
  ['no stack ID', { ...event('Create'), StackId: 7 }, 'StackId is missing'],
  ['no properties', { ...event('Create'), ResourceProperties: null }, 'ResourceProperties are missing'],
  ['an Update and no physical ID', { ...event('Update'), PhysicalResourceId: '' }, 'PhysicalResourceId is missing'],
])('a request with %s is an error that says so', (_name, hostile, problem) => {
  expect(messageOf(() => parseRequest(hostile))).toContain(`The request is not valid: ${problem}`);
});
