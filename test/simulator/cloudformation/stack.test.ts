import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  type App,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  CfnResource,
  CustomResource,
  Fn,
  NestedStack,
  Stack,
  Stage,
} from 'aws-cdk-lib';
import { CloudAssembly } from '../../../simulator/cloudformation/cloud-assembly';
import {
  type ProbeHandler,
  ProbeRegion,
  probeProvider,
  removeTemporaryDirectories,
  synthesize,
  temporaryDirectory,
} from './probe';

// The first synthesis loads the CDK.
jest.setTimeout(60_000);

afterAll(removeTemporaryDirectories);

const byName: ProbeHandler = {
  onEvent: ({ ResourceProperties: { name }, ...request }) => {
    if (name === 'bad') throw new Error('a bad name');
    return {
      PhysicalResourceId: request.RequestType === 'Delete' ? request.PhysicalResourceId : name,
      Data: { Name: name, 'auth.UserPoolId': `pool of ${name}` },
    };
  },
};

function custom(stack: Stack, id: string, serviceToken: string, name: string): CustomResource {
  return new CustomResource(stack, id, { serviceToken, resourceType: 'Custom::Probe', properties: { name } });
}

function parameter(stack: Stack, id: string, value: string): CfnResource {
  return new CfnResource(stack, id, { type: 'AWS::SSM::Parameter', properties: { Type: 'String', Value: value } });
}

/**
 * `First` and `Second` reference the service token of `Provider`. `Second` also references a name of `First`. Strong references
 * are exports.
 */
function threeStacks(first = 'one', references: 'strong' | 'weak' = 'strong'): CloudAssembly {
  return synthesize((app) => {
    app.node.setContext('@aws-cdk/core:defaultCrossStackReferences', references);
    const { serviceToken } = probeProvider(new Stack(app, 'Provider'));
    const one = custom(new Stack(app, 'First'), 'Probe', serviceToken, first);
    const second = new Stack(app, 'Second');
    custom(second, 'Probe', serviceToken, Fn.join('-', [one.getAttString('Name'), 'b']));
  });
}

function nested(names: readonly string[], other?: string): CloudAssembly {
  return synthesize((app) => {
    const stack = new Stack(app, 'Parent');
    const { serviceToken } = probeProvider(stack);
    const child = new NestedStack(stack, 'Child');
    const probes = names.map((name, index) => custom(child, `Probe${index}`, serviceToken, name));
    new CfnOutput(stack, 'Name', { value: probes[0]?.getAttString('Name') ?? 'none' });
    if (other !== undefined) parameter(stack, 'Other', other).node.addDependency(child);
  });
}

describe('resources', () => {
  it('are created in the order of their dependencies, independent ones at once, and deleted in the reverse order', async () => {
    const assembly = synthesize((app) => {
      const stack = new Stack(app, 'Test');
      const { serviceToken } = probeProvider(stack);
      const first = custom(stack, 'First', serviceToken, 'first');
      custom(stack, 'Second', serviceToken, first.getAttString('Name'));
      const third = custom(stack, 'Third', serviceToken, 'third');
      third.node.addDependency(first);
    });
    const probe = new ProbeRegion(byName);
    await probe.deploy(assembly);
    await probe.destroy();
    expect(probe.story('First', 'Second', 'Third').filter((line) => line.endsWith('COMPLETE'))).toEqual([
      'First CREATE_COMPLETE',
      'Second CREATE_COMPLETE',
      'Third CREATE_COMPLETE',
      'Second DELETE_COMPLETE',
      'Third DELETE_COMPLETE',
      'First DELETE_COMPLETE',
    ]);
    expect(probe.story('Second', 'Third').slice(0, 2).sort()).toEqual([
      'Second CREATE_IN_PROGRESS',
      'Third CREATE_IN_PROGRESS',
    ]);
  });

  it('have attributes whose names have dots in them', async () => {
    const assembly = synthesize((app) => {
      const stack = new Stack(app, 'Test');
      const probe = custom(stack, 'Probe', probeProvider(stack).serviceToken, 'a');
      new CfnOutput(stack, 'Pool', { value: probe.getAttString('auth.UserPoolId') });
    });
    expect((await new ProbeRegion(byName).deploy(assembly)).outputs).toEqual({ Pool: 'pool of a' });
  });

  it('exist only if their condition is true, and use parameters', async () => {
    const assembly = synthesize((app) => {
      const stack = new Stack(app, 'Test');
      const kind = new CfnParameter(stack, 'Kind', { default: 'small' });
      const large = new CfnCondition(stack, 'IsLarge', { expression: Fn.conditionEquals(kind, 'large') });
      parameter(stack, 'Large', 'x').cfnOptions.condition = large;
      new CfnOutput(stack, 'Size', { value: Fn.conditionIf('IsLarge', 'L', kind.valueAsString).toString() });
    });
    const probe = new ProbeRegion(byName);
    expect((await probe.deploy(assembly)).outputs).toEqual({ Size: 'small' });
    expect(probe.story('Large')).toEqual([]);
    expect((await probe.deploy(assembly, { parameters: { Kind: 'large' } })).outputs).toEqual({ Size: 'L' });
    expect(probe.story('Large').at(-1)).toBe('Large CREATE_COMPLETE');
    await probe.deploy(assembly, { parameters: { Kind: 'small' } });
    expect(probe.story('Large').at(-1)).toBe('Large DELETE_COMPLETE');
  });

  it('with a planned failure fail with its reason', async () => {
    const assembly = synthesize((app) => parameter(new Stack(app, 'Test'), 'Other', 'x'));
    const probe = new ProbeRegion(byName);
    const { status, events } = await probe.deploy(assembly, {
      failing: { Other: { reason: 'quota', afterSeconds: 5 } },
    });
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(events.find((event) => event.status === 'CREATE_FAILED')).toMatchObject({
      logicalId: 'Other',
      reason: 'quota',
    });
  });

  it('with a handler cannot have a planned failure', async () => {
    const probe = new ProbeRegion(byName);
    await expect(probe.deploy(threeStacks(), { failing: { Probe: { reason: 'x' } } }, 'First')).rejects.toThrow(
      'Probe cannot be made to fail: the result of a Custom::Probe depends on its function or template',
    );
  });
});

describe('exports', () => {
  async function deployed(): Promise<ProbeRegion> {
    const probe = new ProbeRegion(byName);
    const assembly = threeStacks();
    for (const name of ['Provider', 'First', 'Second']) await probe.deploy(assembly, {}, name);
    return probe;
  }

  it('carry values from stack to stack', async () => {
    const probe = await deployed();
    expect(probe.requests[1]?.ResourceProperties).toMatchObject({ name: 'one-b' });
  });

  it('have to exist', async () => {
    const { status, reason } = await new ProbeRegion(byName).deploy(threeStacks(), {}, 'First');
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reason).toBe('The following resource(s) failed to create: [Probe].');
  });

  it('prevent the deletion of their stack while others use them', async () => {
    const probe = await deployed();
    expect(await probe.destroy('First')).toBe('DELETE_FAILED');
    expect(probe.events.at(-1)?.reason).toMatch(/^Cannot delete export First:.* as it is in use by Second$/);
    expect(await probe.destroy('Second')).toBe('DELETE_COMPLETE');
    expect(await probe.destroy('First')).toBe('DELETE_COMPLETE');
    expect(await probe.destroy('Provider')).toBe('DELETE_COMPLETE');
    expect(probe.sent.slice(2)).toEqual(['Delete one-b', 'Delete one']);
  });

  it('cannot change while others use them', async () => {
    const probe = await deployed();
    const { status, reason } = await probe.deploy(threeStacks('other'), {}, 'First');
    expect([status, reason]).toEqual([
      'UPDATE_ROLLBACK_COMPLETE',
      expect.stringMatching(/^Cannot update export First:.* as it is in use by Second$/),
    ]);
    expect(probe.region.stack('First')?.resources.get('Probe')?.physicalId).toBe('one');
  });
});

describe('outputs that other stacks read', () => {
  async function deployed(): Promise<ProbeRegion> {
    const probe = new ProbeRegion(byName);
    const assembly = threeStacks('one', 'weak');
    for (const name of ['Provider', 'First', 'Second']) await probe.deploy(assembly, {}, name);
    return probe;
  }

  it('carry values from stack to stack', async () => {
    const probe = await deployed();
    expect(probe.requests[1]?.ResourceProperties).toMatchObject({ name: 'one-b' });
  });

  it('can be changed and removed while they are read, which affects the next deployment of the other stack', async () => {
    const probe = await deployed();
    expect((await probe.deploy(threeStacks('other', 'weak'), {}, 'First')).status).toBe('UPDATE_COMPLETE');
    expect((await probe.deploy(threeStacks('other', 'weak'), {}, 'Second')).status).toBe('UPDATE_COMPLETE');
    expect(probe.region.stack('Second')?.resources.get('Probe')?.physicalId).toBe('other-b');

    expect(await probe.destroy('First')).toBe('DELETE_COMPLETE');
    const { status, events } = await probe.deploy(threeStacks('other', 'weak'), {}, 'Second');
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(events.find((event) => event.status === 'UPDATE_FAILED')?.reason).toBe(
      'Stack with name First does not exist',
    );
  });

  it('have to exist', async () => {
    const probe = await deployed();
    await probe.deploy(
      synthesize((app) => parameter(new Stack(app, 'First'), 'Other', 'x')),
      {},
      'First',
    );
    const { events } = await probe.deploy(threeStacks('one', 'weak'), {}, 'Second');
    expect(events.find((event) => event.status === 'UPDATE_FAILED')?.reason).toMatch(/^Stack First has no output /);
  });
});

describe('stacks', () => {
  it('are deployed at the same time on one clock', async () => {
    const assembly = synthesize((app) => {
      const { serviceToken } = probeProvider(new Stack(app, 'Provider'));
      for (const name of ['a', 'b', 'c']) custom(new Stack(app, `Stack-${name}`), 'Probe', serviceToken, name);
    });
    let polls = 0;
    const probe = new ProbeRegion({
      ...byName,
      isComplete: () => {
        polls += 1;
        return { IsComplete: polls > 6 };
      },
    });
    await probe.deploy(assembly, {}, 'Provider');
    const started = probe.clock.now();
    const deployments = ['a', 'b', 'c'].map((name) => probe.region.deploy(assembly, `Stack-${name}`));
    const statuses = (await probe.clock.runUntil(Promise.all(deployments))).map(({ status }) => status);
    expect(statuses).toEqual(['CREATE_COMPLETE', 'CREATE_COMPLETE', 'CREATE_COMPLETE']);
    expect(probe.clock.now() - started).toBe(20_000);
  });

  it('take one deployment at a time', async () => {
    const probe = new ProbeRegion({ ...byName, isComplete: () => ({ IsComplete: false }) });
    const assembly = threeStacks();
    await probe.deploy(assembly, {}, 'Provider');
    void probe.region.deploy(assembly, 'First');
    await expect(probe.deploy(assembly, {}, 'First')).rejects.toThrow(
      'Stack First is in CREATE_IN_PROGRESS state and can not be changed now.',
    );
  });

  it('are found in stages by their display name', async () => {
    const assembly = synthesize((app) => parameter(new Stack(new Stage(app, 'Prod'), 'Test'), 'Other', 'x'));
    const { status } = await new ProbeRegion(byName).deploy(assembly, {}, 'Prod/Test');
    expect([status, assembly.stacks[0]?.stackName]).toEqual(['CREATE_COMPLETE', 'Prod-Test']);
  });
});

describe('a nested stack', () => {
  it('is created with its parameters, and its outputs reach the parent', async () => {
    const probe = new ProbeRegion(byName);
    const { status, outputs } = await probe.deploy(nested(['a']), {}, 'Parent');
    expect([status, outputs]).toEqual(['CREATE_COMPLETE', { Name: 'a' }]);
    expect(probe.requests[0]?.StackId).toContain(':stack/Parent-Child');
    expect(await probe.destroy('Parent')).toBe('DELETE_COMPLETE');
    expect(probe.sent).toEqual(['Create', 'Delete a']);
  });

  it('that fails rolls itself back, and its parent after it', async () => {
    const probe = new ProbeRegion(byName);
    const { status, events } = await probe.deploy(nested(['bad']), {}, 'Parent');
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(events.find((event) => event.status === 'CREATE_FAILED')?.reason).toMatch(
      /^Embedded stack arn:.* was not successfully created: The following resource\(s\) failed to create: \[Probe0\w*\]\.$/,
    );
  });

  it('deletes a replaced resource only after its parent is updated', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(nested(['a'], '1'), {}, 'Parent');
    const { status } = await probe.deploy(nested(['b'], '2'), {}, 'Parent');
    expect(status).toBe('UPDATE_COMPLETE');
    expect(probe.sent).toEqual(['Create', 'Update a', 'Delete a']);
    const order = probe.events.map(({ logicalId, status }) => `${logicalId} ${status}`);
    expect(order.findIndex((line) => /^Probe0\w* DELETE_IN/.test(line))).toBeGreaterThan(
      order.indexOf('Other UPDATE_COMPLETE'),
    );
  });

  it('is rolled back with its parent', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(nested(['a'], '1'), {}, 'Parent');
    const { status } = await probe.deploy(
      nested(['b', 'c'], '2'),
      { failing: { Other: { reason: 'quota' } } },
      'Parent',
    );
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(probe.sent).toEqual(['Create', 'Update a', 'Create', 'Update b', 'Delete b', 'Delete c']);
  });
});

describe('a cloud assembly', () => {
  it('has an error for another folder', () => {
    const directory = temporaryDirectory();
    expect(() => CloudAssembly.load(directory)).toThrow(
      `${path.join(directory, 'manifest.json')} cannot be read; "cdk synth" or app.synth() creates a cloud assembly`,
    );
    fs.writeFileSync(path.join(directory, 'manifest.json'), '{"artifacts":{}}');
    expect(() => CloudAssembly.load(directory)).toThrow('has no stacks');
    fs.writeFileSync(path.join(directory, 'manifest.json'), '{');
    expect(() => CloudAssembly.load(directory)).toThrow('should be JSON');
  });

  it('lists its stacks in the error for an unknown stack', () => {
    const assembly = synthesize((app: App) => parameter(new Stack(app, 'Test'), 'Other', 'x'));
    expect(() => assembly.stack('Rest')).toThrow(/has no stack Rest; it has Test$/);
  });
});
