import { App, Stack } from 'aws-cdk-lib';
import * as library from '../../lib';
import { onlyClone, policyStatements } from './synthesized';

const PEERS = ['', '/aws-dynamodb', '/aws-ec2', '/aws-iam', '/aws-lambda', '/aws-logs', '/custom-resources'].map(
  (module) => `aws-cdk-lib${module}`,
);

/** A second copy, as npm installs it if two packages need different versions: both with the same CDK. */
function anotherCopyOfTheLibrary(): typeof library {
  const peers = [...PEERS, 'constructs'].map((name) => [name, jest.requireActual(name)] as const);
  let copy: typeof library | undefined;
  jest.isolateModules(() => {
    for (const [name, peer] of peers) jest.doMock(name, () => peer);
    copy = jest.requireActual('../../lib');
  });
  if (copy === undefined) throw new Error('the library was not loaded');
  return copy;
}

const other = anotherCopyOfTheLibrary();

const PROPS = { appId: 'd1a2b3c4d5e6f7', sourceEnvironmentName: 'dev', targetEnvironmentName: 'preview' };

test('the test has two copies', () => {
  expect(other.CloneProvider).not.toBe(library.CloneProvider);
});

test('a provider of another copy gets the permissions for a clone, and they are created before the clone', () => {
  const stack = new Stack(new App(), 'Stack');
  const provider = new other.CloneProvider(stack, 'Provider');
  new library.ClonedBackendEnvironment(stack, 'Clone', { ...PROPS, provider });

  expect(policyStatements(stack).flatMap(({ actions }) => actions)).toContain('amplifybackend:CloneBackend');
  expect(onlyClone(stack).DependsOn).toContainEqual(expect.stringMatching(/^ProviderRoleDefaultPolicy/));
});

test('the provider that clones of a stack share is shared with another copy', () => {
  const stack = new Stack(new App(), 'Stack');

  expect(library.CloneProvider.getOrCreate(stack)).toBe(other.CloneProvider.getOrCreate(stack));
});

test('a clone of another copy with the same target is an error', () => {
  const stack = new Stack(new App(), 'Stack');
  new other.ClonedBackendEnvironment(stack, 'First', PROPS);

  expect(() => new library.ClonedBackendEnvironment(stack, 'Second', PROPS)).toThrow(
    'Stack/Second: Stack/First already creates "preview"',
  );
});

test('a clone to its own source is an error, if the source is of another copy', () => {
  const stack = new Stack(new App(), 'Stack');
  const source = new other.ClonedBackendEnvironment(stack, 'First', PROPS);

  expect(
    () =>
      new library.ClonedBackendEnvironment(new Stack(), 'Second', {
        appId: PROPS.appId,
        sourceEnvironment: source,
        targetEnvironmentName: PROPS.targetEnvironmentName,
      }),
  ).toThrow('targetEnvironmentName "preview" is the source itself');
});

test('other constructs are neither providers nor clones', () => {
  const others: unknown[] = [undefined, null, 'CloneProvider', {}, new Stack()];

  expect(others.filter((other) => library.CloneProvider.isCloneProvider(other))).toEqual([]);
  expect(others.filter((other) => library.ClonedBackendEnvironment.isClonedBackendEnvironment(other))).toEqual([]);
});
