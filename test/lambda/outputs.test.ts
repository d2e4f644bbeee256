import type { ConfigRead, MetaConfig } from '../../lambda/backend-service';
import { contentOf, readOutputs, rootStackId } from '../../lambda/outputs';

const config = {
  providers: { awscloudformation: { StackName: 'amplify-app-preview-1234', Region: 'eu-west-1' } },
  auth: {
    pool: {
      service: 'Cognito',
      output: {
        UserPoolId: 'eu-west-1_1',
        AppClientID: 7,
        Guests: false,
        Scopes: ['a'],
        Provider: { name: 'a' },
        Domain: null,
      },
    },
  },
  api: { first: { output: { GraphQLAPIIdOutput: 'one' } }, second: { output: { GraphQLAPIIdOutput: 'two' } } },
  broken: 'text',
};
const readable = (categories: MetaConfig): ConfigRead => ({ kind: 'read', config: categories });
const UNREADABLE: ConfigRead = { kind: 'unreadable', words: 'Amplify meta file not found' };
const read = (category: string, name: string, resource?: string) =>
  readOutputs('preview', [{ category, resource, name }], readable(config));
const messageOf = (category: string, name: string, resource?: string): string => {
  const result = read(category, name, resource);
  return result.kind !== 'there' ? result.error.message : 'it was there';
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
test.each([['Scopes'], ['Provider'], ['Domain']])('what is no single value is no output: %s', (name) => {
  expect(messageOf('auth', name)).toContain(`auth.${name} does not exist`);
});
test('an output of the same name in another category is another one', () => {
  expect(messageOf('api', 'UserPoolId')).toContain('api.UserPoolId does not exist');
});
test('two resources where one was meant are both named', () => {
  expect(messageOf('api', 'GraphQLAPIIdOutput')).toContain(
    'name the resource of api.GraphQLAPIIdOutput, which exists in first and second',
  );
});
test('what is not there is said together with what is, beginning with the categories that were asked for', () => {
  const message = messageOf('auth', 'IdentityPoolId');
  expect(message).toContain('auth.IdentityPoolId does not exist');
  expect(message).toContain(
    'Available outputs: auth.pool.UserPoolId, auth.pool.AppClientID, auth.pool.Guests, ' +
      'providers.awscloudformation.StackName, providers.awscloudformation.Region, ' +
      'api.first.GraphQLAPIIdOutput, api.second.GraphQLAPIIdOutput.',
  );
});
test('a resource that is imported is the reason only where it is asked for, or may be', () => {
  const own = { service: 'Cognito', output: { UserPoolId: 'eu-west-1_1' } };
  const categories = { auth: { own, shared: { service: 'Cognito', serviceType: 'imported' } } };
  const messageAbout = (resource: string | undefined): string => {
    const result = readOutputs('preview', [{ category: 'auth', resource, name: 'AppClientID' }], readable(categories));
    return result.kind !== 'there' ? result.error.message : 'it was there';
  };
  expect(messageAbout('shared')).toMatch(
    /auth\.shared\.AppClientID does not exist, since an imported resource has no outputs: auth\.shared/,
  );
  expect(messageAbout(undefined)).toMatch(
    /auth\.AppClientID does not exist, since an imported resource has no outputs: auth\.shared/,
  );
  expect(messageAbout('own')).toContain('auth.own.AppClientID does not exist. Available');
});
test('an environment without a backend has no outputs', () => {
  const result = readOutputs('preview', [{ category: 'auth', resource: undefined, name: 'x' }], readable({}));
  expect(result).toMatchObject({ kind: 'missing', error: { message: expect.stringContaining('It has no outputs.') } });
});
test('outputs that CloudFormation would not take are refused with their size', () => {
  const outputOf = (length: number) =>
    readOutputs(
      'preview',
      [{ category: 'function', resource: 'f', name: 'Text' }],
      readable({ function: { f: { output: { Text: 'x'.repeat(length) } } } }),
    );
  expect(outputOf(3000)).toMatchObject({
    kind: 'missing',
    error: {
      message: expect.stringContaining("take 3022 bytes, and CloudFormation's answer of 4,096 bytes has room for 2500"),
    },
  });
  expect(outputOf(2479)).toMatchObject({ kind: 'missing' });
  expect(outputOf(2478)).toMatchObject({ kind: 'there' });
});

test('outputs that cannot be read are not missing: the error has the words of the service', () => {
  const result = readOutputs('preview', [{ category: 'auth', resource: undefined, name: 'UserPoolId' }], UNREADABLE);
  expect(result).toMatchObject({
    kind: 'unreadable',
    error: { name: 'ConfigurationUnreadable', message: expect.stringContaining('"Amplify meta file not found"') },
  });
});

test('an environment has nothing, its root stack alone, or a backend', () => {
  expect(contentOf({})).toBe('NOTHING');
  expect(contentOf({ providers: { awscloudformation: {} } })).toBe('ROOT_STACK');
  expect(contentOf({ providers: {}, auth: {} })).toBe('BACKEND');
});

test('the root stack is that of the provider, where there is one', () => {
  const StackId = 'arn:stack/1';
  expect(rootStackId(readable({ auth: { pool: { output: { StackId: 'arn:stack/2' } } } }))).toBeUndefined();
  expect(rootStackId(readable({ providers: { awscloudformation: { StackName: 'one', StackId } } }))).toBe(StackId);
  expect(rootStackId(readable({ providers: {} }))).toBeUndefined();
  expect(rootStackId(UNREADABLE)).toBeUndefined();
});
