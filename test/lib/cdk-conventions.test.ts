import {
  App,
  Aspects,
  CfnOutput,
  CfnResource,
  CfnWaitConditionHandle,
  type Environment,
  NestedStack,
  RemovalPolicies,
  Stack,
  Stage,
  Tags,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { ClonedBackendEnvironment, type ClonedBackendEnvironmentProps, CloneProvider } from '../../lib';
import {
  allResources,
  CLONE,
  field,
  onlyClone,
  policyStatements,
  rendered,
  resourcesOfType,
  resourceTypes,
} from './synthesized';

const PROPS: ClonedBackendEnvironmentProps = {
  appId: 'd1a2b3c4d5e6f7',
  sourceEnvironmentName: 'dev',
  targetEnvironmentName: 'preview',
};

describe('across stacks', () => {
  test('a name and an output of a clone can be used in another stack, which then depends on it', () => {
    const app = new App();
    const producer = new Stack(app, 'Producer');
    const consumer = new Stack(app, 'Consumer');
    new CfnWaitConditionHandle(consumer, 'Handle');
    const clone = new ClonedBackendEnvironment(producer, 'Clone', PROPS);
    new CfnOutput(consumer, 'Name', { value: clone.environmentName });
    new CfnOutput(consumer, 'Pool', { value: clone.output('auth', 'UserPoolId') });
    new CfnOutput(consumer, 'Api', { value: clone.output('api', 'UserPoolId', { resource: 'auth' }) });

    const exported = Object.values(Template.fromStack(producer).findOutputs('*')).map((output) =>
      rendered(field(output, 'Value')).replace(/Clone\w{8}/, 'Clone'),
    );
    expect(exported.sort()).toEqual([
      '<Clone.EnvironmentName>',
      '<Clone.api.auth.UserPoolId>',
      '<Clone.auth..UserPoolId>',
    ]);
    expect(onlyClone(producer).Properties['Outputs']).toEqual(['api/auth/UserPoolId', 'auth//UserPoolId']);
    expect(consumer.dependencies).toEqual([producer]);
  });

  test('a provider in a separate stack serves the clones of other stacks, which have one resource each', () => {
    const app = new App();
    const providerStack = new Stack(app, 'ProviderStack');
    const provider = new CloneProvider(providerStack, 'Provider');
    const clones = ['one', 'two'].map((name) => {
      const stack = new Stack(app, name);
      new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, targetEnvironmentName: name, provider });
      return stack;
    });

    for (const stack of clones) {
      expect(resourceTypes(stack)).toEqual([CLONE]);
      expect(stack.dependencies).toEqual([providerStack]);
      expect(onlyClone(stack).Properties['ServiceToken']).toEqual({
        'Fn::ImportValue': expect.stringMatching(/^ProviderStack:ExportsOutput.*frameworkonEvent/),
      });
    }
    expect(providerStack.dependencies).toEqual([]);
    expect(amplifyResources(providerStack)).toEqual([`${BACKEND}/${PROPS.appId}`, `${BACKEND}/${PROPS.appId}/*`]);
    app.synth();
    expect(exportedValues(providerStack)).toEqual([SERVICE_TOKEN]);
  });

  test('a provider in a separate stack serves an app that is created in the stack of the clone', () => {
    const app = new App();
    const providerStack = new Stack(app, 'ProviderStack');
    const provider = new CloneProvider(providerStack, 'Provider');
    const stack = new Stack(app, 'CloneStack');
    const amplifyApp = new CfnResource(stack, 'App', { type: 'AWS::Amplify::App', properties: { Name: 'app' } });
    new ClonedBackendEnvironment(stack, 'Clone', {
      ...PROPS,
      appId: amplifyApp.getAtt('AppId').toString(),
      provider,
    });

    app.synth();
    expect(stack.dependencies).toEqual([providerStack]);
    expect(providerStack.dependencies).toEqual([]);
    expect(amplifyResources(providerStack)).toEqual([]);
    expect(amplifyResources(stack)).toEqual([`${BACKEND}/<App.AppId>`, `${BACKEND}/<App.AppId>/*`]);
    const [policyId] = [...allResources(stack)].flatMap(([id, { Type }]) => (Type === 'AWS::IAM::Policy' ? [id] : []));
    expect(onlyClone(stack).DependsOn).toEqual([policyId]);
    expect(exportedValues(providerStack)).toEqual([SERVICE_TOKEN, expect.stringMatching(/^<ProviderRole\w{8}>$/)]);
  });

  test('a clone of a clone of another stack waits for that stack', () => {
    const app = new App();
    const provider = new CloneProvider(new Stack(app, 'ProviderStack'), 'Provider');
    const first = new Stack(app, 'First');
    const second = new Stack(app, 'Second');
    const source = new ClonedBackendEnvironment(first, 'Clone', { ...PROPS, provider });
    new ClonedBackendEnvironment(second, 'Clone', {
      appId: PROPS.appId,
      sourceEnvironment: source,
      targetEnvironmentName: 'qa',
      provider,
    });
    app.synth();

    expect(second.dependencies).toContain(first);
  });

  test('two stacks can have the same target, since only one of them may be deployed', () => {
    const app = new App();
    new ClonedBackendEnvironment(new Stack(app, 'First'), 'Clone', PROPS);

    expect(() => new ClonedBackendEnvironment(new Stack(app, 'Second'), 'Clone', PROPS)).not.toThrow();
  });
});

describe.each(['strong', 'weak'])('if references across stacks are %s by default', (strength) => {
  const appWithStrength = (): App =>
    new App({ postCliContext: { '@aws-cdk/core:defaultCrossStackReferences': strength } });
  const IMPORTED = { 'Fn::ImportValue': expect.any(String) };

  test('the stack of a clone imports its service token, so the stack of the provider cannot be deleted first', () => {
    const app = appWithStrength();
    const provider = new CloneProvider(new Stack(app, 'ProviderStack'), 'Provider');
    const stack = new Stack(app, 'CloneStack');
    new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });

    expect(onlyClone(stack).Properties['ServiceToken']).toEqual(IMPORTED);
  });

  test('so does the stack of a clone whose provider is in a nested stack', () => {
    const app = appWithStrength();
    const nested = new NestedStack(new Stack(app, 'Parent'), 'Nested');
    const provider = new CloneProvider(nested, 'Provider');
    const stack = new Stack(app, 'CloneStack');
    new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });

    expect(onlyClone(stack).Properties['ServiceToken']).toEqual(IMPORTED);
  });

  test('a policy in the stack of a clone imports the role that it is attached to', () => {
    const app = appWithStrength();
    const provider = new CloneProvider(new Stack(app, 'ProviderStack'), 'Provider');
    const stack = new Stack(app, 'CloneStack');
    const amplifyApp = new CfnResource(stack, 'App', { type: 'AWS::Amplify::App', properties: { Name: 'app' } });
    new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, appId: amplifyApp.getAtt('AppId').toString(), provider });

    const [policy] = resourcesOfType(stack, 'AWS::IAM::Policy');
    expect(policy?.Properties['Roles']).toEqual([IMPORTED]);
  });

  test('the functions of a provider import a role of another stack', () => {
    const app = appWithStrength();
    const role = new iam.Role(new Stack(app, 'Roles'), 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const stack = new Stack(app, 'ProviderStack');
    new CloneProvider(stack, 'Provider', { role: role.withoutPolicyUpdates() });

    const roles = resourcesOfType(stack, 'AWS::Lambda::Function').map(({ Properties }) => Properties['Role']);
    expect(roles.filter((value) => field(value, 'Fn::ImportValue') !== undefined)).toHaveLength(2);
  });

  test('other references have the strength that the app sets', () => {
    const app = appWithStrength();
    const producer = new Stack(app, 'Producer');
    const clone = new ClonedBackendEnvironment(producer, 'Clone', PROPS);
    const consumer = new Stack(app, 'Consumer');
    new CfnWaitConditionHandle(consumer, 'Handle');
    new CfnOutput(consumer, 'Name', { value: clone.environmentName });

    Template.fromStack(consumer).hasOutput('Name', {
      Value: { [strength === 'strong' ? 'Fn::ImportValue' : 'Fn::GetStackOutput']: Match.anyValue() },
    });
  });
});

test('a stack within the scope of another stack is independent', () => {
  const outer = new Stack(new App(), 'Outer');
  new ClonedBackendEnvironment(new Stack(outer, 'Inner'), 'Clone', PROPS);

  expect(() => new ClonedBackendEnvironment(outer, 'Clone', PROPS)).not.toThrow();
});

describe('in a nested stack', () => {
  test('a clone has its provider there, and its name can be used outside', () => {
    const app = new App();
    const parent = new Stack(app, 'Parent');
    const nested = new NestedStack(parent, 'Nested');
    const clone = new ClonedBackendEnvironment(nested, 'Clone', PROPS);
    new CfnOutput(parent, 'Name', { value: clone.environmentName });

    expect(Stack.of(CloneProvider.getOrCreate(clone))).toBe(nested);
    expect(resourcesOfType(nested, 'AWS::Lambda::Function')).toHaveLength(5);
    expect(resourceTypes(parent)).toEqual(['AWS::CloudFormation::Stack']);
    Template.fromStack(parent).hasOutput('Name', {
      Value: { 'Fn::GetAtt': [Match.anyValue(), Match.stringLikeRegexp('^Outputs\\..*EnvironmentName')] },
    });
  });

  test('a clone can use the provider of the parent, which is created before the nested stack', () => {
    const parent = new Stack(new App(), 'Parent');
    const provider = CloneProvider.getOrCreate(parent);
    const nested = new NestedStack(parent, 'Nested');
    new ClonedBackendEnvironment(nested, 'Clone', { ...PROPS, provider });

    expect(resourceTypes(nested)).toEqual([CLONE]);
    const [nestedStack] = resourcesOfType(parent, 'AWS::CloudFormation::Stack');
    expect(nestedStack?.DependsOn).toContainEqual(expect.stringMatching(/^BackendCloneProviderRoleDefaultPolicy/));
    expect(amplifyResources(parent)).toContain(`${BACKEND}/${PROPS.appId}/*`);
  });

  test('a clone to the same target as one of the parent is an error', () => {
    const parent = new Stack(new App(), 'Parent');
    new ClonedBackendEnvironment(parent, 'Clone', PROPS);

    expect(() => new ClonedBackendEnvironment(new NestedStack(parent, 'Nested'), 'Clone', PROPS)).toThrow(
      'Parent/Nested/Clone: Parent/Clone already creates "preview"',
    );
  });
});

describe('in stages', () => {
  test('each stage has its own clones and provider', () => {
    const app = new App();
    const stacks = ['Beta', 'Gamma'].map((id) => {
      const stack = new Stack(new Stage(app, id), 'Stack');
      new ClonedBackendEnvironment(stack, 'Clone', PROPS);
      return stack;
    });

    for (const stack of stacks) {
      expect(resourcesOfType(stack, CLONE)).toHaveLength(1);
      expect(resourcesOfType(stack, 'AWS::Lambda::Function')).toHaveLength(5);
    }
  });

  test('a provider of another stage is an error that says what to use', () => {
    const app = new App();
    const provider = new CloneProvider(new Stack(new Stage(app, 'Tools'), 'Stack'), 'Provider');

    expect(
      () => new ClonedBackendEnvironment(new Stack(new Stage(app, 'Beta'), 'Stack'), 'Clone', { ...PROPS, provider }),
    ).toThrow(
      'Beta/Stack/Clone: provider Tools/Stack/Provider is in another stage; use one of this stage, or CloneProvider.fromServiceToken',
    );
  });
});

describe('in accounts and Regions', () => {
  const EU = { account: '111122223333', region: 'eu-central-1' };

  function cloneWithProviderIn(place: Environment, crossRegionReferences = false): () => void {
    const app = new App();
    const provider = new CloneProvider(new Stack(app, 'Shared', { env: place, crossRegionReferences }), 'Provider');
    const stack = new Stack(app, 'Stack', { env: EU, crossRegionReferences });
    return () => new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });
  }

  test.each([true, false])(
    'a provider of another Region is an error, whether or not references cross Regions (%p)',
    (crossRegionReferences) => {
      expect(cloneWithProviderIn({ ...EU, region: 'eu-west-1' }, crossRegionReferences)).toThrow(
        'Stack/Clone: provider Shared/Provider is in Region eu-west-1, not eu-central-1: a clone needs a provider in its own account and Region',
      );
    },
  );

  test('a provider of another account is an error', () => {
    expect(cloneWithProviderIn({ account: '444455556666', region: 'us-east-1' })).toThrow(
      'provider Shared/Provider is in account 444455556666, not 111122223333, and in Region us-east-1, not eu-central-1',
    );
  });

  test.each<Environment>([EU, {}, { region: EU.region }, { account: EU.account }])(
    'a provider of environment %j can be of the same account and Region',
    (place) => {
      expect(cloneWithProviderIn(place)).not.toThrow();
    },
  );

  test('a Region without AmplifyBackend is an error that lists those with it', () => {
    const stack = new Stack(new App(), 'Stack', { env: { region: 'ap-east-1' } });

    expect(() => new ClonedBackendEnvironment(stack, 'Clone', PROPS)).toThrow(
      /^Stack\/Clone: AmplifyBackend is not available in Region ap-east-1\. Its Regions are ap-northeast-1, .*, us-west-2$/,
    );
    expect(() => new CloneProvider(stack, 'Provider')).toThrow('AmplifyBackend is not available in Region ap-east-1');
  });

  test.each(['us-east-1', 'eu-west-3', 'sa-east-1', 'me-south-1'])('%s has AmplifyBackend', (region) => {
    const stack = new Stack(new App(), 'Stack', { env: { region } });

    expect(() => new ClonedBackendEnvironment(stack, 'Clone', PROPS)).not.toThrow();
  });
});

test('tags do not change the clone, which cannot be tagged', () => {
  const stack = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(stack, 'Clone', PROPS);
  const before = onlyClone(stack);

  const tagged = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(tagged, 'Clone', PROPS);
  Tags.of(tagged).add('team', 'mobile');

  expect(onlyClone(tagged)).toEqual(before);
  for (const { Properties } of resourcesOfType(tagged, 'AWS::Lambda::Function')) {
    expect(Properties['Tags']).toEqual([{ Key: 'team', Value: 'mobile' }]);
  }
});

test('an aspect sees the clone and can change it', () => {
  const stack = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(stack, 'Clone', PROPS);
  const seen: string[] = [];
  Aspects.of(stack).add({
    visit(node: IConstruct): void {
      if (node instanceof CfnResource && node.cfnResourceType === CLONE) {
        seen.push(node.node.path);
        node.addMetadata('seen', true);
      }
    },
  });

  Template.fromStack(stack).hasResource(CLONE, { Metadata: { seen: true } });
  expect(seen).toEqual(['Stack/Clone/Resource']);
});

test('a removal policy for a whole stack reaches the clone', () => {
  const stack = new Stack(new App(), 'Stack');
  new ClonedBackendEnvironment(stack, 'Clone', PROPS);
  RemovalPolicies.of(stack).destroy();

  expect(onlyClone(stack)).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
});

test('a construct that depends on the clone waits for it', () => {
  const stack = new Stack(new App(), 'Stack');
  const clone = new ClonedBackendEnvironment(stack, 'Clone', PROPS);
  const later = new CfnWaitConditionHandle(stack, 'Later');
  later.node.addDependency(clone);

  const [handle] = resourcesOfType(stack, 'AWS::CloudFormation::WaitConditionHandle');
  expect(handle?.DependsOn).toEqual([expect.stringMatching(/^Clone/)]);
});

test.each([[undefined], [{ account: '111122223333', region: 'eu-central-1' }]])(
  'a stack of environment %j is synthesized without a warning',
  (env) => {
    const stack = new Stack(new App(), 'Stack', env === undefined ? {} : { env });
    new ClonedBackendEnvironment(stack, 'Clone', PROPS);

    expect(onlyClone(stack).Properties).toMatchObject({ AppId: PROPS.appId });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  },
);

const BACKEND = 'arn:<AWS::Partition>:amplifybackend:<AWS::Region>:<AWS::AccountId>:/backend';

const SERVICE_TOKEN = expect.stringMatching(/^<ProviderFrameworkframeworkonEvent\w{8}\.Arn>$/);

function exportedValues(stack: Stack): string[] {
  return Object.values(Template.fromStack(stack).findOutputs('*'))
    .map((output) => rendered(field(output, 'Value')))
    .sort();
}

function amplifyResources(stack: Stack): string[] {
  return policyStatements(stack)
    .filter(({ actions }) => actions.some((action) => action.startsWith('amplifybackend:')))
    .flatMap(({ resources }) => resources.filter((resource) => resource.includes(':amplifybackend:')))
    .sort();
}

test("the templates pass CDK's default validation rules", () => {
  const app = new App({ context: { '@aws-cdk/core:validateAgainstDefaultRules': true } });
  const provider = new CloneProvider(new Stack(app, 'ProviderStack'), 'Provider');
  const stack = new Stack(app, 'CloneStack');
  const clone = new ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });
  new CfnOutput(stack, 'Pool', { value: clone.output('auth', 'UserPoolId') });

  expect(() => app.synth()).not.toThrow();
});
