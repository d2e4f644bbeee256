import { App, Aws, CfnOutput, CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import {
  BackendEnvironment,
  ClonedBackendEnvironment,
  type ClonedBackendEnvironmentProps,
  CloneProvider,
  ExistingEnvironment,
} from '../../lib';
import {
  allResources,
  CLONE,
  field,
  hasResources,
  onlyClone,
  policyStatements,
  rendered,
  resourcesOfType,
  resourceTypes,
  type SynthesizedResource,
} from './synthesized';

const APP_ID = 'd1a2b3c4d5e6f7';
const PROPS: ClonedBackendEnvironmentProps = {
  appId: APP_ID,
  sourceEnvironmentName: 'dev',
  targetEnvironmentName: 'preview',
};

function newStack(): Stack {
  return new Stack(new App(), 'Stack');
}

function cloneWith(props: Partial<ClonedBackendEnvironmentProps>): { stack: Stack; clone: ClonedBackendEnvironment } {
  const stack = newStack();
  return { stack, clone: new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, ...props }) };
}

describe('the template', () => {
  test('has one custom resource per clone, with its IDs, names and times as text', () => {
    const { stack } = cloneWith({});

    expect(onlyClone(stack).Properties).toEqual({
      ServiceToken: { 'Fn::GetAtt': [expect.stringMatching(/frameworkonEvent/), 'Arn'] },
      ServiceTimeout: '3600',
      AppId: APP_ID,
      SourceEnvironmentName: 'dev',
      TargetEnvironmentName: 'preview',
      TimeoutSeconds: '2700',
    });
  });

  test('has the timeout in seconds', () => {
    const { stack } = cloneWith({ timeout: Duration.minutes(20) });

    expect(onlyClone(stack).Properties).toMatchObject({ TimeoutSeconds: '1200' });
  });

  test.each([Duration.minutes(1), Duration.seconds(61), Duration.minutes(50)])('%s is a valid timeout', (timeout) => {
    expect(() => cloneWith({ timeout })).not.toThrow();
  });

  test('has ExistingEnvironment only with ADOPT', () => {
    expect(onlyClone(cloneWith({ existingEnvironment: ExistingEnvironment.ADOPT }).stack).Properties).toMatchObject({
      ExistingEnvironment: 'ADOPT',
    });
    expect(onlyClone(cloneWith({ existingEnvironment: ExistingEnvironment.FAIL }).stack).Properties).not.toHaveProperty(
      'ExistingEnvironment',
    );
  });

  test.each([
    [undefined, 'RetainExceptOnCreate', 'Retain'],
    [RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, 'RetainExceptOnCreate', 'Retain'],
    [RemovalPolicy.RETAIN, 'Retain', 'Retain'],
    [RemovalPolicy.DESTROY, 'Delete', 'Delete'],
  ])('removal policy %s is DeletionPolicy %s and UpdateReplacePolicy %s', (removalPolicy, deletion, replacement) => {
    const { stack } = cloneWith(removalPolicy === undefined ? {} : { removalPolicy });

    expect(onlyClone(stack)).toMatchObject({ DeletionPolicy: deletion, UpdateReplacePolicy: replacement });
  });

  test('the removal policy can be applied later, as to any resource', () => {
    const { stack, clone } = cloneWith({});
    clone.applyRemovalPolicy(RemovalPolicy.DESTROY);

    expect(onlyClone(stack)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  test('creates permissions before the first request, and deletes them after the last', () => {
    const { stack } = cloneWith({});
    const ofTheHandler = [...allResources(stack)].filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::IAM::Policy' && JSON.stringify(Properties).includes('amplifybackend:CloneBackend'),
    );

    expect(ofTheHandler).toHaveLength(1);
    expect(onlyClone(stack).DependsOn).toEqual(expect.arrayContaining(ofTheHandler.map(([logicalId]) => logicalId)));
  });

  test('has one more resource for one more clone', () => {
    const one = newStack();
    const hundred = newStack();
    new ClonedBackendEnvironment(one, 'Clone', PROPS);
    for (const name of hundredNames()) {
      new ClonedBackendEnvironment(hundred, `Clone-${name}`, { ...PROPS, targetEnvironmentName: name });
    }

    expect(resourcesOfType(one, CLONE)).toHaveLength(1);
    expect(resourcesOfType(hundred, CLONE)).toHaveLength(100);
    expect(resourcesOtherThanClones(hundred)).toEqual(resourcesOtherThanClones(one));
    expect(resourceTypes(one)).toMatchSnapshot();
  });

  test('the custom resource is the default child', () => {
    const { stack, clone } = cloneWith({});

    expect(stack.resolve(field(clone.node.defaultChild, 'cfnResourceType'))).toBe(CLONE);
  });
});

describe('the attributes of a clone', () => {
  test('its name, its job and its ARN are attributes, so that resources that use them wait', () => {
    const { stack, clone } = cloneWith({});
    const [name, job] = [rendered(stack.resolve(clone.environmentName)), rendered(stack.resolve(clone.jobId))];

    expect(name).toMatch(/^<Clone[0-9A-F]{8}\.EnvironmentName>$/);
    expect(job).toMatch(/^<Clone[0-9A-F]{8}\.JobId>$/);
    expect(rendered(stack.resolve(clone.environmentArn))).toBe(
      `arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps/${APP_ID}/backendenvironments/${name}`,
    );
  });

  test('its app ID is the given one', () => {
    expect(cloneWith({}).clone.appId).toBe(APP_ID);
  });

  test('requested outputs are in the template once and sorted, and others are not', () => {
    const { stack, clone } = cloneWith({});
    clone.output('providers', 'StackName');
    clone.output('auth', 'UserPoolId');
    clone.output('api', 'GraphQLAPIEndpointOutput', { resource: 'myapi' });
    clone.output('auth', 'UserPoolId');

    expect(onlyClone(stack).Properties['Outputs']).toEqual([
      'api/myapi/GraphQLAPIEndpointOutput',
      'auth//UserPoolId',
      'providers//StackName',
    ]);
  });

  test.each([
    ['auth', 'UserPoolId', {}, 'auth..UserPoolId'],
    ['api', 'GraphQLAPIEndpointOutput', { resource: 'myapi' }, 'api.myapi.GraphQLAPIEndpointOutput'],
  ])('output %s %s %j is the attribute %s', (category, name, options, attribute) => {
    const { stack, clone } = cloneWith({});

    expect(stack.resolve(clone.output(category, name, options))).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^Clone/), attribute],
    });
  });

  test('an invalid output is one error with all problems', () => {
    const { stack, clone } = cloneWith({});
    const token = Aws.STACK_NAME;

    expect(() => clone.output('auth/x', '', { resource: token })).toThrow(
      [
        'Stack/Clone: 3 problems',
        '  - category "auth/x" is not 1 to 100 letters, digits, "_" and "-"',
        '  - name "" is not 1 to 100 letters, digits, "_" and "-"',
        '  - resource is a token, but which outputs a clone reports has to be known at synthesis',
      ].join('\n'),
    );
    expect(onlyClone(stack).Properties).not.toHaveProperty('Outputs');
  });

  test('an empty resource name is an error', () => {
    expect(() => cloneWith({}).clone.output('auth', 'UserPoolId', { resource: '' })).toThrow('resource ""');
  });

  test('a principal with read access can read the environments of its app only', () => {
    const { stack, clone } = cloneWith({});
    const role = new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });
    clone.grants.read(role).assertSuccess();

    const backend = `arn:<AWS::Partition>:amplifybackend:<AWS::Region>:<AWS::AccountId>:/backend/${APP_ID}`;
    expect(policyStatements(stack)).toContainEqual({
      actions: ['amplifybackend:GetBackend', 'amplifybackend:GetBackendJob', 'amplifybackend:ListBackendJobs'],
      resources: [backend, `${backend}/*`],
    });
  });
});

describe('the source', () => {
  test('can be an existing environment', () => {
    const stack = newStack();
    const source = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Source', {
      appId: APP_ID,
      environmentName: 'NONE',
    });
    new ClonedBackendEnvironment(stack, 'Clone', {
      appId: APP_ID,
      sourceEnvironment: source,
      targetEnvironmentName: 'preview',
    });

    expect(onlyClone(stack).Properties).toMatchObject({ SourceEnvironmentName: 'NONE' });
  });

  test('can be another clone, which is created first', () => {
    const stack = newStack();
    const first = new ClonedBackendEnvironment(stack, 'First', PROPS);
    new ClonedBackendEnvironment(stack, 'Second', {
      appId: APP_ID,
      sourceEnvironment: first,
      targetEnvironmentName: 'qa',
    });

    const second = resourcesOfType(stack, CLONE).find((clone) => clone.Properties['TargetEnvironmentName'] === 'qa');
    expect(second?.Properties['SourceEnvironmentName']).toEqual(stack.resolve(first.environmentName));
  });

  test.each(['dev', 'NONE', 'Dev2', 'a', 'with.dots_and-dashes', 'a'.repeat(255)])('can have the name %s', (name) => {
    expect(() => cloneWith({ sourceEnvironmentName: name })).not.toThrow();
  });
});

describe('errors at synthesis', () => {
  test.each(['ab', 'preview', 'abcdefghij'])('%s is a valid target', (targetEnvironmentName) => {
    expect(() => cloneWith({ targetEnvironmentName })).not.toThrow();
  });

  test.each(['', 'a', 'abcdefghijk', 'Preview', 'qa1', 'pre-view', 'préview', 'qa\n'])(
    '%j is not a valid target',
    (name) => {
      expect(() => cloneWith({ targetEnvironmentName: name })).toThrow(
        `Stack/Clone: targetEnvironmentName ${JSON.stringify(name)} is not a valid name for a new environment: 2 to 10 lowercase letters`,
      );
    },
  );

  // As in JavaScript, with an environment variable that is not set.
  test.each(['appId', 'targetEnvironmentName'] as const)('%s is required', (property) => {
    const props: object = { [property]: undefined };
    expect(() => cloneWith({ ...props })).toThrow(`Stack/Clone: ${property} undefined is not`);
  });

  test('an empty source is not the name of an environment', () => {
    expect(() => cloneWith({ sourceEnvironmentName: '' })).toThrow('sourceEnvironmentName "" is not the name');
  });

  test.each(['NONE', 'Prod1', 'dev-old'])('%s, a name of the old kind, is a valid target with ADOPT', (name) => {
    const adopted = { targetEnvironmentName: name, existingEnvironment: ExistingEnvironment.ADOPT };
    expect(() => cloneWith(adopted)).not.toThrow();
    expect(() => cloneWith({ ...adopted, targetEnvironmentName: `-${name}` })).toThrow(
      `targetEnvironmentName "-${name}" is not the name of an environment`,
    );
  });

  test.each(['', '-dev', 'a b', 'a/b', 'a'.repeat(256)])('%j is not a valid source', (name) => {
    expect(() => cloneWith({ sourceEnvironmentName: name })).toThrow(
      `sourceEnvironmentName ${JSON.stringify(name)} is not the name of an environment`,
    );
  });

  test.each(['d1', 'd1a2b3c4d5e6f7', `d${'1'.repeat(19)}`])('%s is a valid app ID', (appId) => {
    expect(() => cloneWith({ appId })).not.toThrow();
  });

  test.each(['', 'd', 'x1a2b3', 'D1A2B3', 'd1-2', `d${'1'.repeat(20)}`, 'arn:aws:amplify:eu-west-1:1:apps/d1'])(
    '%j is not a valid app ID',
    (appId) => {
      expect(() => cloneWith({ appId })).toThrow(`appId ${JSON.stringify(appId)} is not an Amplify app ID`);
    },
  );

  test.each([
    [Duration.seconds(59), '59'],
    [Duration.seconds(3001), '3001'],
    [Duration.hours(1), '3600'],
    [Duration.millis(90_500), '90.5'],
  ])('%s is not a valid timeout', (timeout, seconds) => {
    expect(() => cloneWith({ timeout })).toThrow(`timeout of ${seconds} seconds is not a whole number from 60 to 3000`);
  });

  test('the target cannot be the source', () => {
    expect(() => cloneWith({ targetEnvironmentName: 'dev' })).toThrow(
      'targetEnvironmentName "dev" is the source itself',
    );
  });

  test('the target cannot be the name of the clone that is its source', () => {
    const app = new App();
    const first = new ClonedBackendEnvironment(new Stack(app, 'First'), 'Clone', PROPS);

    expect(
      () =>
        new ClonedBackendEnvironment(new Stack(app, 'Second'), 'Clone', {
          appId: APP_ID,
          sourceEnvironment: first,
          targetEnvironmentName: 'preview',
        }),
    ).toThrow('targetEnvironmentName "preview" is the source itself');
  });

  test('a clone without a source is an error', () => {
    expect(
      () => new ClonedBackendEnvironment(newStack(), 'Clone', { appId: APP_ID, targetEnvironmentName: 'preview' }),
    ).toThrow('the source is missing: set sourceEnvironmentName or sourceEnvironment');
  });

  test('a clone with two sources is an error', () => {
    const stack = newStack();
    const source = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Source', {
      appId: APP_ID,
      environmentName: 'dev',
    });

    expect(() => new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, sourceEnvironment: source })).toThrow(
      'the source is set twice: set sourceEnvironmentName or sourceEnvironment, not both',
    );
  });

  test('a source in another account or Region is an error', () => {
    const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
    const source = BackendEnvironment.fromBackendEnvironmentArn(
      stack,
      'Source',
      `arn:aws:amplify:us-east-1:444455556666:apps/${APP_ID}/backendenvironments/dev`,
    );

    expect(
      () =>
        new ClonedBackendEnvironment(stack, 'Clone', {
          appId: APP_ID,
          sourceEnvironment: source,
          targetEnvironmentName: 'preview',
        }),
    ).toThrow(
      'Stack/Clone: sourceEnvironment Stack/Source is in account 444455556666, not 111122223333, and in Region us-east-1, not eu-central-1: source and clone are in one account and Region',
    );
  });

  test('a source in another app is an error', () => {
    const stack = newStack();
    const source = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Source', {
      appId: 'd2',
      environmentName: 'dev',
    });

    expect(
      () =>
        new ClonedBackendEnvironment(stack, 'Clone', {
          appId: 'd1',
          sourceEnvironment: source,
          targetEnvironmentName: 'qa',
        }),
    ).toThrow('sourceEnvironment Stack/Source is of app "d2", not "d1": a clone stays within its app');
  });

  test('the removal policy SNAPSHOT is an error', () => {
    expect(() => cloneWith({ removalPolicy: RemovalPolicy.SNAPSHOT })).toThrow(
      'removalPolicy SNAPSHOT is not supported',
    );
  });

  test('two clones of one app cannot have the same name in one stack', () => {
    const { stack } = cloneWith({});

    expect(() => new ClonedBackendEnvironment(stack, 'Again', PROPS)).toThrow(
      `Stack/Again: Stack/Clone already creates "preview" of app "${APP_ID}"`,
    );
  });

  test('two clones of one app cannot have the same name if its ID is a token', () => {
    const stack = newStack();
    const appId = new CfnParameter(stack, 'App').valueAsString;
    new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, appId });

    expect(() => new ClonedBackendEnvironment(stack, 'Again', { ...PROPS, appId })).toThrow(
      'already creates "preview"',
    );
  });

  test('clones of two apps can have the same name', () => {
    const { stack } = cloneWith({ appId: 'd1' });

    expect(() => new ClonedBackendEnvironment(stack, 'Other', { ...PROPS, appId: 'd2' })).not.toThrow();
  });

  test('all problems are in one message', () => {
    expect(() =>
      cloneWith({
        appId: 'nope',
        sourceEnvironmentName: '-',
        targetEnvironmentName: '-',
        timeout: Duration.hours(2),
        removalPolicy: RemovalPolicy.SNAPSHOT,
      }),
    ).toThrowErrorMatchingSnapshot();
  });

  test('an invalid clone adds nothing to the template', () => {
    const stack = newStack();

    expect(() => new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, appId: 'nope' })).toThrow();
    expect(hasResources(stack)).toBe(false);
  });
});

describe('tokens', () => {
  test('every value can be a token, which is not checked', () => {
    const stack = newStack();
    const text = (id: string): string => new CfnParameter(stack, id).valueAsString;
    const clone = new ClonedBackendEnvironment(stack, 'Clone', {
      appId: text('App'),
      sourceEnvironmentName: text('Source'),
      targetEnvironmentName: text('Target'),
      timeout: Duration.seconds(new CfnParameter(stack, 'Timeout', { type: 'Number' }).valueAsNumber),
    });
    new CfnOutput(stack, 'Arn', { value: clone.environmentArn });

    expect(onlyClone(stack).Properties).toMatchObject({
      AppId: { Ref: 'App' },
      SourceEnvironmentName: { Ref: 'Source' },
      TargetEnvironmentName: { Ref: 'Target' },
      TimeoutSeconds: { Ref: 'Timeout' },
    });
    expect(policyStatements(stack).flatMap(({ resources }) => resources)).toContainEqual(
      expect.stringContaining(':/backend/<App>/*'),
    );
  });

  test('a timeout that is a token is in seconds', () => {
    const stack = newStack();
    const minutes = new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber;

    expect(
      () => new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, timeout: Duration.minutes(minutes) }),
    ).toThrow('timeout is a token in minutes: create it with Duration.seconds');
  });

  test('a source whose app is a token is not compared with the clone', () => {
    const stack = newStack();
    const appId = new CfnParameter(stack, 'App').valueAsString;
    const source = BackendEnvironment.fromBackendEnvironmentAttributes(stack, 'Source', {
      appId,
      environmentName: 'dev',
    });

    expect(
      () =>
        new ClonedBackendEnvironment(stack, 'Clone', {
          appId: APP_ID,
          sourceEnvironment: source,
          targetEnvironmentName: 'preview',
        }),
    ).not.toThrow();
  });
});

test('a clone with its own provider uses only that one', () => {
  const stack = newStack();
  const provider = new CloneProvider(stack, 'Mine');
  new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });

  expect(stack.node.tryFindChild('BackendCloneProvider')).toBeUndefined();
  expect(onlyClone(stack).Properties['ServiceToken']).toEqual(stack.resolve(provider.serviceToken));
});

function resourcesOtherThanClones(stack: Stack): Map<string, SynthesizedResource> {
  return new Map([...allResources(stack)].filter(([, { Type }]) => Type !== CLONE));
}

function hundredNames(): string[] {
  const letters = [...'abcdefghij'];
  return letters.flatMap((first) => letters.map((second) => `t${first}${second}`));
}
