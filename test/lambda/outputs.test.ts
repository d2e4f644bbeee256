import { isEmpty, readOutputs, rootStackId } from '../../lambda/outputs';

const config = {
  providers: { awscloudformation: { StackName: 'amplify-app-preview-1234', Region: 'eu-west-1' } },
  auth: {
    pool: { service: 'Cognito', output: { UserPoolId: 'eu-west-1_1', AppClientID: 7, Guests: false, Scopes: ['a'] } },
  },
  api: { first: { output: { GraphQLAPIIdOutput: 'one' } }, second: { output: { GraphQLAPIIdOutput: 'two' } } },
  broken: 'text',
};
const read = (category: string, name: string, resource?: string) =>
  readOutputs('preview', [{ category, resource, name }], config);
const messageOf = (category: string, name: string, resource?: string): string => {
  const result = read(category, name, resource);
  return result.kind === 'missing' ? result.error.message : 'it was there';
};

test('an output is found without its resource where only one has it', () => {
  expect(read('auth', 'UserPoolId')).toEqual({ kind: 'there', values: { 'auth..UserPoolId': 'eu-west-1_1' } });
});
test('an output is found by its resource', () => {
  expect(read('api', 'GraphQLAPIIdOutput', 'second')).toEqual({
    kind: 'there',
    values: { 'api.second.GraphQLAPIIdOutput': 'two' },
  });
});
test('a provider has its values in itself', () => {
  expect(read('providers', 'StackName')).toMatchObject({
    values: { 'providers..StackName': 'amplify-app-preview-1234' },
  });
});
test.each([
  ['a number', 'AppClientID', '7'],
  ['true or false', 'Guests', 'false'],
])('%s becomes text, as every attribute is', (_, name, value) => {
  expect(read('auth', name)).toEqual({ kind: 'there', values: { [`auth..${name}`]: value } });
});
test('what is no single value is no output', () => {
  expect(messageOf('auth', 'Scopes')).toContain('there is no auth.Scopes');
});
test('an output of the same name in another category is another one', () => {
  expect(messageOf('api', 'UserPoolId')).toContain('there is no api.UserPoolId');
});
test('two resources where one was meant are both named', () => {
  expect(messageOf('api', 'GraphQLAPIIdOutput')).toContain(
    'api.GraphQLAPIIdOutput is in first and second: say which resource is meant',
  );
});
test('what is not there is said together with what is', () => {
  const message = messageOf('auth', 'IdentityPoolId');
  expect(message).toContain('there is no auth.IdentityPoolId');
  expect(message).toContain(
    'There are: providers.awscloudformation.StackName, providers.awscloudformation.Region, auth.pool.UserPoolId, ' +
      'auth.pool.AppClientID, auth.pool.Guests, api.first.GraphQLAPIIdOutput, api.second.GraphQLAPIIdOutput.',
  );
});
test('an environment without a backend has no outputs', () => {
  const result = readOutputs('preview', [{ category: 'auth', resource: undefined, name: 'x' }], 'NOT_FOUND');
  expect(result).toMatchObject({ kind: 'missing', error: { message: expect.stringContaining('It has no outputs.') } });
});
test('outputs that CloudFormation would not take are refused with their size', () => {
  const outputOf = (length: number) =>
    readOutputs('preview', [{ category: 'function', resource: 'f', name: 'Text' }], {
      function: { f: { output: { Text: 'x'.repeat(length) } } },
    });
  expect(outputOf(3000)).toMatchObject({
    kind: 'missing',
    error: { message: expect.stringContaining('take 3022 bytes, and there is room for 2500') },
  });
  expect(outputOf(2479)).toMatchObject({ kind: 'missing' });
  expect(outputOf(2478)).toMatchObject({ kind: 'there' });
});

test('an environment is empty when it has nothing but a provider', () => {
  expect(isEmpty({})).toBe(true);
  expect(isEmpty('NOT_FOUND')).toBe(true);
  expect(isEmpty({ providers: { awscloudformation: {} } })).toBe(true);
  expect(isEmpty({ providers: {}, auth: {} })).toBe(false);
});

test('the root stack is that of the provider, where there is one', () => {
  const StackId = 'arn:stack/1';
  expect(rootStackId({ auth: { pool: { output: { StackId: 'arn:stack/2' } } } })).toBeUndefined();
  expect(rootStackId({ providers: { awscloudformation: { StackName: 'one', StackId } } })).toBe(StackId);
  expect(rootStackId({ providers: {} })).toBeUndefined();
  expect(rootStackId('NOT_FOUND')).toBeUndefined();
});
