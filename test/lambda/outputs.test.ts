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

test('an output is found without a resource name if one resource has it', () => {
  expect(read('auth', 'UserPoolId')).toEqual({ kind: 'there', values: { 'auth..UserPoolId': 'eu-west-1_1' } });
});
test('an output is found by its resource name', () => {
  expect(read('api', 'GraphQLAPIIdOutput', 'second')).toEqual({
    kind: 'there',
    values: { 'api.second.GraphQLAPIIdOutput': 'two' },
  });
});
test('a provider has its values directly', () => {
  expect(read('providers', 'StackName')).toMatchObject({
    values: { 'providers..StackName': 'amplify-app-preview-1234' },
  });
});
test.each([
  ['a number', 'AppClientID', '7'],
  ['a boolean', 'Guests', 'false'],
])('%s becomes text, as all attributes of a custom resource are', (_, name, value) => {
  expect(read('auth', name)).toEqual({ kind: 'there', values: { [`auth..${name}`]: value } });
});
test.each([['Scopes'], ['Provider'], ['Domain']])('a value that is not a scalar is not an output: %s', (name) => {
  expect(messageOf('auth', name)).toContain(`auth.${name} does not exist`);
});
test('an output belongs to its category', () => {
  expect(messageOf('api', 'UserPoolId')).toContain('api.UserPoolId does not exist');
});
test('the error for an ambiguous output names the resources that have it', () => {
  expect(messageOf('api', 'GraphQLAPIIdOutput')).toContain(
    'name the resource of api.GraphQLAPIIdOutput, which exists in first and second',
  );
});
test('the error for a missing output lists the available ones, those of its category first', () => {
  const message = messageOf('auth', 'IdentityPoolId');
  expect(message).toContain('auth.IdentityPoolId does not exist');
  expect(message).toContain(
    'Available outputs: auth.pool.UserPoolId, auth.pool.AppClientID, auth.pool.Guests, ' +
      'providers.awscloudformation.StackName, providers.awscloudformation.Region, ' +
      'api.first.GraphQLAPIIdOutput, api.second.GraphQLAPIIdOutput.',
  );
});
test('the error names an imported resource as the reason only if the request can mean it', () => {
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
test('outputs that are too large for CloudFormation are an error with their size', () => {
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

test('outputs that cannot be read are an error of their own, with the words of the service', () => {
  const result = readOutputs('preview', [{ category: 'auth', resource: undefined, name: 'UserPoolId' }], UNREADABLE);
  expect(result).toMatchObject({
    kind: 'unreadable',
    error: { name: 'ConfigurationUnreadable', message: expect.stringContaining('"Amplify meta file not found"') },
  });
});

test('the content of an environment is nothing, only a root stack, or a backend', () => {
  expect(contentOf({})).toBe('NOTHING');
  expect(contentOf({ providers: { awscloudformation: {} } })).toBe('ROOT_STACK');
  expect(contentOf({ providers: {}, auth: {} })).toBe('BACKEND');
});

test('the root stack is that of the provider', () => {
  const StackId = 'arn:stack/1';
  expect(rootStackId(readable({ auth: { pool: { output: { StackId: 'arn:stack/2' } } } }))).toBeUndefined();
  expect(rootStackId(readable({ providers: { awscloudformation: { StackName: 'one', StackId } } }))).toBe(StackId);
  expect(rootStackId(readable({ providers: {} }))).toBeUndefined();
  expect(rootStackId(UNREADABLE)).toBeUndefined();
});
