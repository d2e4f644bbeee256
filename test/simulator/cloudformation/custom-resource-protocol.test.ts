import { CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { sleep } from '../../../simulator/clock';
import { faultyDelivery } from '../../../simulator/cloudformation/delivery';
import {
  KILLED,
  type ProbeHandler,
  ProbeRegion,
  probeAssembly,
  probeProvider,
  removeTemporaryDirectories,
  synthesize,
} from './probe';

// The first synthesis loads the CDK.
jest.setTimeout(60_000);

afterAll(removeTemporaryDirectories);

const MADE_UP_ID = /^Test-Probe-[0-9A-Z]{12}$/;
const MARKER = 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED';

/** The physical ID is the property `name`, except in Delete. */
const byName: ProbeHandler = {
  onEvent: ({ ResourceProperties: { name }, ...request }) => ({
    PhysicalResourceId: request.RequestType === 'Delete' ? request.PhysicalResourceId : name,
    Data: { Name: name },
  }),
};

/** As `byName`, but an Update fails: at the end, when the new ID is known, or at the beginning. */
function failingUpdate(when: 'onEvent' | 'isComplete'): ProbeHandler {
  return {
    onEvent: (request, clock) => {
      if (when === 'onEvent' && request.ResourceProperties['name'] === 'bad') throw new Error('no update');
      return byName.onEvent(request, clock);
    },
    isComplete: ({ RequestType, ResourceProperties }) => {
      if (RequestType === 'Update' && ResourceProperties['name'] === 'bad') throw new Error('no update');
      return { IsComplete: true };
    },
  };
}

const named = (name: string, props = {}) => probeAssembly({ properties: { name }, ...props });

describe('a request', () => {
  it('has the members that CloudFormation sends, with every scalar as a text', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(
      probeAssembly({
        properties: { name: 'a', n: 1, yes: true, list: [1.5, { deep: false }] },
        serviceTimeout: Duration.hours(1),
      }),
    );
    const stackId = probe.region.stack('Test')?.id;
    expect(probe.requests).toEqual([
      {
        RequestType: 'Create',
        ServiceToken: expect.stringMatching(/^arn:aws:lambda:us-east-1:123456789012:function:Test-Providerframework/),
        ResponseURL: expect.stringMatching(
          /^https:\/\/cloudformation-custom-response-useast1\.s3\.us-east-1\.amazonaws\.com\/arn%3Aaws%3Acloudformation.*X-Amz-Signature=[0-9a-z]{64}$/,
        ),
        StackId: stackId,
        RequestId: expect.stringMatching(/^[-0-9a-f]{36}$/),
        ResourceType: 'Custom::Probe',
        LogicalResourceId: 'Probe',
        ResourceProperties: {
          ServiceToken: probe.requests[0]?.ServiceToken,
          ServiceTimeout: '3600',
          name: 'a',
          n: '1',
          yes: 'true',
          list: ['1.5', { deep: 'false' }],
        },
      },
    ]);
    expect(stackId).toMatch(/^arn:aws:cloudformation:us-east-1:123456789012:stack\/Test\/[-0-9a-f]{36}$/);
  });

  it('has old and new properties and the physical ID, if it is an Update', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a'));
    await probe.deploy(probeAssembly({ properties: { name: 'a', more: 'x' } }));
    expect(probe.requests[1]).toMatchObject({
      RequestType: 'Update',
      PhysicalResourceId: 'a',
      ResourceProperties: { name: 'a', more: 'x' },
      OldResourceProperties: { name: 'a' },
    });
    expect(probe.requests[1]?.RequestId).not.toBe(probe.requests[0]?.RequestId);
  });

  it('is not sent if no property differs', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a'));
    const { status } = await probe.deploy(named('a', { removalPolicy: RemovalPolicy.RETAIN }));
    expect([status, ...probe.sent]).toEqual(['UPDATE_COMPLETE', 'Create']);
  });

  it('can come late and twice', async () => {
    const probe = new ProbeRegion(byName, { delivery: () => [5000, 65_000] });
    const started = probe.clock.now();
    await probe.deploy(named('a'));
    expect(probe.clock.now() - started).toBe(5000);
    await probe.clock.advance(120_000);
    expect(probe.calls.filter((call) => call === 'onEvent Create')).toHaveLength(2);
    expect(probe.answers.map(({ reception }) => reception)).toEqual(['accepted', 'ignored']);
  });

  it('comes late and twice, depending on the seed', async () => {
    const delivery = faultyDelivery({ maxDelaySeconds: 10, duplicateProbability: 1, maxDuplicateDelaySeconds: 300 });
    const probe = new ProbeRegion(byName, { delivery });
    await probe.deploy(named('a'));
    await probe.clock.advance(400_000);
    expect(probe.calls.filter((call) => call === 'onEvent Create')).toHaveLength(2);
  });
});

describe('an answer', () => {
  it('of a success creates the resource and sets its attributes', async () => {
    const probe = new ProbeRegion(byName);
    const deployment = await probe.deploy(named('a'));
    expect(deployment).toMatchObject({ status: 'CREATE_COMPLETE', succeeded: true, outputs: { Name: 'a' } });
    expect(probe.story('Test', 'Probe')).toEqual([
      'Test CREATE_IN_PROGRESS',
      'Probe CREATE_IN_PROGRESS',
      'Probe CREATE_IN_PROGRESS',
      'Probe CREATE_COMPLETE',
      'Test CREATE_COMPLETE',
    ]);
  });

  it('without an attribute that is referred to rolls the stack back', async () => {
    const probe = new ProbeRegion({ onEvent: () => ({ PhysicalResourceId: 'a' }) });
    const { status, reason } = await probe.deploy(named('a'));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(reason).toMatch(
      /^CustomResource attribute error: Vendor response doesn't contain Name attribute in object arn:/,
    );
  });

  it('of more than 4096 bytes fails the resource, and is ignored as a whole', async () => {
    const probe = new ProbeRegion({
      onEvent: ({ RequestType }) =>
        RequestType === 'Create' ? { PhysicalResourceId: 'a', Data: { Name: 'x'.repeat(4096) } } : {},
    });
    const { events } = await probe.deploy(named('a'));
    expect(events.find(({ status }) => status === 'CREATE_FAILED')?.reason).toBe('Response object is too long.');
    expect(probe.sent).toEqual(['Create', expect.stringMatching(/^Delete Test-Probe-[0-9A-Z]{12}$/)]);
  });
});

describe('a Create that fails', () => {
  it('is rolled back with a Delete of the physical ID in that answer', async () => {
    const probe = new ProbeRegion({
      onEvent: byName.onEvent,
      isComplete: ({ RequestType }) => {
        if (RequestType === 'Create') throw new Error('the service says no');
        return { IsComplete: true };
      },
    });
    const { status, events, reason } = await probe.deploy(named('a'));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(probe.sent).toEqual(['Create', 'Delete a']);
    expect(reason).toBe('The following resource(s) failed to create: [Probe].');
    expect(events.find(({ status }) => status === 'CREATE_FAILED')?.reason).toMatch(
      /^Received response status \[FAILED\] from custom resource\. Message returned: the service says no\n\nLogs: \/aws\/lambda\/Test-isComplete[\s\S]*\(RequestId: [-0-9a-f]{36}\)$/,
    );
  });

  it('before a physical ID is known is rolled back with the marker, which the framework does not pass to the handler', async () => {
    const probe = new ProbeRegion({ onEvent: () => Promise.reject(new Error('not accepted')) });
    expect((await probe.deploy(named('a'))).status).toBe('ROLLBACK_COMPLETE');
    expect(probe.sent).toEqual(['Create', `Delete ${MARKER}`]);
    expect(probe.calls).toEqual(['onEvent Create']);
  });

  it('leaves the stack in ROLLBACK_FAILED if that Delete fails, too', async () => {
    const probe = new ProbeRegion({ onEvent: byName.onEvent, isComplete: () => Promise.reject(new Error('never')) });
    const { status, events } = await probe.deploy(named('a'));
    expect(status).toBe('ROLLBACK_FAILED');
    expect(events.at(-1)?.reason).toBe('The following resource(s) failed to delete: [Probe].');
  });

  it('can be deployed again, after the failed stack is deleted', async () => {
    let isBroken = true;
    const probe = new ProbeRegion({
      onEvent: (request, clock) => (isBroken ? Promise.reject(new Error('no')) : byName.onEvent(request, clock)),
    });
    await probe.deploy(named('a'));
    isBroken = false;
    expect((await probe.deploy(named('a'))).status).toBe('CREATE_COMPLETE');
  });
});

describe('a Create during which another resource fails', () => {
  const slow: ProbeHandler = {
    onEvent: byName.onEvent,
    isComplete: async ({ RequestType }, clock) => {
      if (RequestType === 'Create') await sleep(clock, 100_000);
      return { IsComplete: true };
    },
  };
  const failing = { Other: { reason: 'quota', afterSeconds: 30, onceInProgress: 'Probe' } };

  it('gets a Delete at once, with a physical ID that CloudFormation generated', async () => {
    const probe = new ProbeRegion(slow);
    const started = probe.clock.now();
    const { status } = await probe.deploy(named('a', { other: 'x' }), { failing });
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(probe.clock.now() - started).toBe(30_000);
    const [, deletion] = probe.requests;
    expect(deletion).toMatchObject({ RequestType: 'Delete', PhysicalResourceId: expect.stringMatching(MADE_UP_ID) });
    expect(probe.events.find(({ reason }) => reason === 'Resource creation cancelled')).toMatchObject({
      logicalId: 'Probe',
      status: 'CREATE_FAILED',
    });
  });

  it('has its late answer ignored', async () => {
    const probe = new ProbeRegion(slow);
    await probe.deploy(named('a', { other: 'x' }), { failing });
    await probe.clock.advance(200_000);
    expect(probe.answers.map(({ request, reception }) => `${request.RequestType} ${reception}`)).toEqual([
      'Delete accepted',
      'Create ignored',
    ]);
    expect(probe.region.stack('Test')?.status).toBe('ROLLBACK_COMPLETE');
  });

  it('gets the same if a user cancels', async () => {
    const probe = new ProbeRegion(slow);
    probe.clock.schedule(() => probe.region.stack('Test')?.cancel(), 20_000);
    const { status, reason } = await probe.deploy(named('a'));
    expect([status, reason]).toEqual(['ROLLBACK_COMPLETE', 'Cancelled by user.']);
    expect(probe.sent).toEqual(['Create', expect.stringMatching(/^Delete Test-Probe-/)]);
  });

  it('gets the same if the stack is deleted meanwhile', async () => {
    const probe = new ProbeRegion(slow);
    const deployed = probe.region.deploy(named('a'), 'Test');
    await probe.clock.advance(15_000);
    expect(await probe.destroy()).toBe('DELETE_COMPLETE');
    expect((await deployed).status).toBe('ROLLBACK_COMPLETE');
    expect(probe.sent).toHaveLength(2);
  });

  it('is unaffected if the other resource fails after the Create is complete', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { later: 'x' }), { failing: { Later: { reason: 'quota' } } });
    expect(probe.sent).toEqual(['Create', 'Delete a']);
  });
});

describe('a request without an answer', () => {
  const silent: ProbeHandler = {
    onEvent: byName.onEvent,
    isComplete: ({ RequestType }) => ({ IsComplete: RequestType !== 'Create' }),
  };

  it('fails after ServiceTimeout, and is rolled back with a physical ID that CloudFormation generated', async () => {
    const probe = new ProbeRegion(silent);
    const started = probe.clock.now();
    const { events } = await probe.deploy(named('a', { serviceTimeout: Duration.minutes(10) }));
    expect(events.find(({ status }) => status === 'CREATE_FAILED')).toMatchObject({
      at: started + 600_000,
      reason: `CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${probe.requests[0]?.RequestId}].`,
    });
    expect(probe.sent).toEqual(['Create', expect.stringMatching(/^Delete Test-Probe-/)]);
  });

  it('fails after an hour without a ServiceTimeout, and a late answer is ignored', async () => {
    const assembly = synthesize((app) => {
      const totalTimeout = Duration.minutes(90);
      const { serviceToken } = probeProvider(new Stack(app, 'Provider'), { totalTimeout });
      const properties = { name: 'a' };
      new CustomResource(new Stack(app, 'Test'), 'Probe', { serviceToken, resourceType: 'Custom::Probe', properties });
    });
    const probe = new ProbeRegion(silent);
    await probe.deploy(assembly, {}, 'Provider');
    const started = probe.clock.now();
    await probe.deploy(assembly);
    expect(probe.clock.now() - started).toBe(3_600_000);
    await probe.clock.advance(1_900_000);
    expect(probe.answers.at(-1)).toMatchObject({
      reception: 'ignored',
      request: { RequestType: 'Create' },
      answer: { kind: 'failed', physicalResourceId: 'a' },
    });
  });
});

describe('an Update that is answered with another physical ID', () => {
  it('is a replacement: the old resource is deleted in the cleanup', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { later: '1' }));
    const { status, outputs } = await probe.deploy(named('b', { later: '2' }));
    expect([status, outputs]).toEqual(['UPDATE_COMPLETE', { Name: 'b' }]);
    expect(probe.sent).toEqual(['Create', 'Update a', 'Delete a']);
    expect(probe.requests[2]).toMatchObject({ ResourceProperties: { name: 'a' } });
    const story = probe.story('Test', 'Probe', 'Later');
    expect(story.indexOf('Probe DELETE_IN_PROGRESS')).toBeGreaterThan(story.indexOf('Later UPDATE_COMPLETE'));
    expect(story.slice(-4)).toEqual([
      'Test UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'Probe DELETE_IN_PROGRESS',
      'Probe DELETE_COMPLETE',
      'Test UPDATE_COMPLETE',
    ]);
  });

  it('keeps the old one if the UpdateReplacePolicy retains it', async () => {
    const probe = new ProbeRegion(byName);
    const removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    await probe.deploy(named('a', { removalPolicy }));
    await probe.deploy(named('b', { removalPolicy }));
    expect(probe.sent).toEqual(['Create', 'Update a']);
    expect(probe.story('Probe').at(-1)).toBe('Probe DELETE_SKIPPED');
  });

  it('is complete even if the old one cannot be deleted', async () => {
    const probe = new ProbeRegion({
      onEvent: (request, clock) =>
        request.RequestType === 'Delete' ? Promise.reject(new Error('in use')) : byName.onEvent(request, clock),
    });
    await probe.deploy(named('a'));
    expect((await probe.deploy(named('b'))).status).toBe('UPDATE_COMPLETE');
    expect(probe.story('Probe').at(-1)).toBe('Probe DELETE_FAILED');
  });

  it('is rolled back if a later resource fails: an Update with the new ID, then a Delete of the new resource', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { later: '1' }));
    const failing = { Later: { reason: 'quota' } };
    const { status, outputs } = await probe.deploy(named('b', { later: '2' }), { failing });
    expect([status, outputs]).toEqual(['UPDATE_ROLLBACK_COMPLETE', { Name: 'a' }]);
    expect(probe.sent).toEqual(['Create', 'Update a', 'Update b', 'Delete b']);
    expect(probe.requests[2]).toMatchObject({
      ResourceProperties: { name: 'a' },
      OldResourceProperties: { name: 'b' },
    });
    expect(probe.requests[3]).toMatchObject({ ResourceProperties: { name: 'b' } });
    expect(probe.region.stack('Test')?.resources.get('Probe')?.physicalId).toBe('a');
  });
});

describe('an Update that fails', () => {
  async function sentAfter(failedUpdate: 'update with the old id' | 'update with the new id' | 'delete the new id') {
    const probe = new ProbeRegion(failingUpdate('isComplete'), { failedUpdate });
    await probe.deploy(named('good'));
    const { status } = await probe.deploy(named('bad'));
    return { status, sent: probe.sent.slice(2), id: probe.region.stack('Test')?.resources.get('Probe')?.physicalId };
  }

  it('is rolled back with an Update of the old ID, in one variant', async () => {
    expect(await sentAfter('update with the old id')).toEqual({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      sent: ['Update good'],
      id: 'good',
    });
  });

  it('is rolled back with an Update of the new ID, in another', async () => {
    expect(await sentAfter('update with the new id')).toEqual({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      sent: ['Update bad', 'Delete bad'],
      id: 'good',
    });
  });

  it('is rolled back with a Delete of the new ID, in a third', async () => {
    expect(await sentAfter('delete the new id')).toEqual({
      status: 'UPDATE_ROLLBACK_COMPLETE',
      sent: ['Delete bad'],
      id: 'good',
    });
  });

  it('without a new ID is rolled back with an Update of the old one in every variant', async () => {
    for (const failedUpdate of ['update with the old id', 'update with the new id', 'delete the new id'] as const) {
      const probe = new ProbeRegion(failingUpdate('onEvent'), { failedUpdate });
      await probe.deploy(named('good'));
      await probe.deploy(named('bad'));
      expect(probe.sent.slice(1)).toEqual(['Update good', 'Update good']);
    }
  });

  it('leaves the stack in UPDATE_ROLLBACK_FAILED if the rollback fails, too', async () => {
    const probe = new ProbeRegion({
      onEvent: (request, clock) =>
        request.RequestType === 'Update' ? Promise.reject(new Error('no')) : byName.onEvent(request, clock),
    });
    await probe.deploy(named('a'));
    expect((await probe.deploy(named('b'))).status).toBe('UPDATE_ROLLBACK_FAILED');
    expect(await probe.destroy()).toBe('DELETE_COMPLETE');
  });

  it('because another resource fails meanwhile is rolled back at once with the old ID', async () => {
    const probe = new ProbeRegion({
      onEvent: byName.onEvent,
      isComplete: async ({ RequestType, ResourceProperties }, clock) => {
        if (RequestType === 'Update' && ResourceProperties['name'] === 'b') await sleep(clock, 100_000);
        return { IsComplete: true };
      },
    });
    await probe.deploy(named('a', { other: '1' }));
    const started = probe.clock.now();
    const failing = { Other: { reason: 'quota', afterSeconds: 7, onceInProgress: 'Probe' } };
    expect((await probe.deploy(named('b', { other: '2' }), { failing })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(probe.clock.now() - started).toBe(7000);
    expect(probe.sent.slice(1)).toEqual(['Update a', 'Update a']);
  });

  it('to another provider is refused, and nothing is sent', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a'));
    const { status } = await probe.deploy(probeAssembly({ properties: { name: 'a', ServiceToken: 'x' } }));
    expect([status, ...probe.sent]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'Create']);
  });
});

describe('a resource that an update adds', () => {
  it('is deleted again if the update is rolled back, after all other resources', async () => {
    const probe = new ProbeRegion(byName);
    await probe.deploy(probeAssembly({ probe: false, other: '1' }));
    const { status } = await probe.deploy(named('a', { other: '1', later: '1' }), {
      failing: { Later: { reason: 'quota' } },
    });
    expect([status, ...probe.sent]).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'Create', 'Delete a']);
    const story = probe.story('Test', 'Probe');
    expect(story.indexOf('Probe DELETE_IN_PROGRESS')).toBeGreaterThan(
      story.indexOf('Test UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS'),
    );
  });
});

describe('a deletion policy', () => {
  const { DESTROY, RETAIN, RETAIN_ON_UPDATE_OR_DELETE } = RemovalPolicy;

  async function afterDestroy(removalPolicy: RemovalPolicy): Promise<string[]> {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { removalPolicy }));
    expect(await probe.destroy()).toBe('DELETE_COMPLETE');
    return [...probe.sent, ...probe.story('Probe').slice(-1)];
  }

  async function afterRollback(removalPolicy: RemovalPolicy): Promise<string[]> {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { removalPolicy, later: '1' }), { failing: { Later: { reason: 'quota' } } });
    return [...probe.sent, ...probe.story('Probe').slice(-1)];
  }

  async function afterRemoval(removalPolicy: RemovalPolicy): Promise<string[]> {
    const probe = new ProbeRegion(byName);
    await probe.deploy(named('a', { removalPolicy, other: '1' }));
    await probe.deploy(probeAssembly({ probe: false, other: '1' }));
    return [...probe.sent, ...probe.story('Probe').slice(-1)];
  }

  it('of Delete deletes with the stack, with the resource, and in a rollback', async () => {
    const deleted = ['Create', 'Delete a', 'Probe DELETE_COMPLETE'];
    expect(await afterDestroy(DESTROY)).toEqual(deleted);
    expect(await afterRemoval(DESTROY)).toEqual(deleted);
    expect(await afterRollback(DESTROY)).toEqual(deleted);
  });

  it('of Retain retains in every case', async () => {
    const kept = ['Create', 'Probe DELETE_SKIPPED'];
    expect(await afterDestroy(RETAIN)).toEqual(kept);
    expect(await afterRemoval(RETAIN)).toEqual(kept);
    expect(await afterRollback(RETAIN)).toEqual(kept);
  });

  it('of RetainExceptOnCreate deletes only if the creation is rolled back', async () => {
    const kept = ['Create', 'Probe DELETE_SKIPPED'];
    expect(await afterDestroy(RETAIN_ON_UPDATE_OR_DELETE)).toEqual(kept);
    expect(await afterRemoval(RETAIN_ON_UPDATE_OR_DELETE)).toEqual(kept);
    expect(await afterRollback(RETAIN_ON_UPDATE_OR_DELETE)).toEqual(['Create', 'Delete a', 'Probe DELETE_COMPLETE']);
  });
});

describe('a Delete that fails', () => {
  it('leaves the stack in DELETE_FAILED with its provider, and can be retried', async () => {
    let isStuck = true;
    const probe = new ProbeRegion({
      onEvent: (request, clock) =>
        request.RequestType === 'Delete' && isStuck
          ? Promise.reject(new Error('in use'))
          : byName.onEvent(request, clock),
    });
    await probe.deploy(named('a'));
    expect(await probe.destroy()).toBe('DELETE_FAILED');
    expect(probe.events.at(-1)?.reason).toBe('The following resource(s) failed to delete: [Probe].');
    isStuck = false;
    expect(await probe.destroy()).toBe('DELETE_COMPLETE');
    expect(probe.sent).toEqual(['Create', 'Delete a', 'Delete a']);
  });
});

describe('the provider framework', () => {
  it('polls at the interval of the state machine until the handler says that it is complete', async () => {
    let polls = 0;
    const times: number[] = [];
    const probe = new ProbeRegion({
      onEvent: byName.onEvent,
      isComplete: (_event, clock) => {
        times.push(clock.now());
        polls += 1;
        return polls === 4 ? { IsComplete: true, Data: { Name: 'late' } } : { IsComplete: false };
      },
    });
    const { outputs } = await probe.deploy(named('a', { interval: Duration.seconds(20) }));
    expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 20_000, 40_000, 60_000]);
    expect(outputs).toEqual({ Name: 'late' });
  });

  it('says "Operation timed out" when the attempts are used up', async () => {
    const probe = new ProbeRegion({
      onEvent: byName.onEvent,
      isComplete: ({ RequestType }) => ({ IsComplete: RequestType === 'Delete' }),
    });
    const started = probe.clock.now();
    const { events } = await probe.deploy(named('a', { totalTimeout: Duration.minutes(5) }));
    expect(events.find(({ status }) => status === 'CREATE_FAILED')).toMatchObject({
      at: started + 300_000,
      reason: expect.stringContaining('Message returned: Operation timed out (RequestId: '),
    });
    expect(probe.sent).toEqual(['Create', 'Delete a']);
  });

  it('reports a handler that is killed, with the marker if no physical ID is known yet', async () => {
    const probe = new ProbeRegion({ onEvent: () => KILLED });
    const { events } = await probe.deploy(named('a'));
    expect(events.find(({ status }) => status === 'CREATE_FAILED')?.reason).toContain(
      'Error: Runtime exited with error: signal: killed',
    );
    expect(probe.sent).toEqual(['Create', `Delete ${MARKER}`]);
  });

  it('that is itself killed is invoked again by Lambda, a minute later', async () => {
    let kills = 1;
    const probe = new ProbeRegion(
      byName,
      {},
      {
        onInvocation: (invocation) => {
          if (invocation.handler === 'framework.onEvent' && kills > 0) {
            kills -= 1;
            invocation.kill();
          }
        },
      },
    );
    const started = probe.clock.now();
    expect((await probe.deploy(named('a'))).status).toBe('CREATE_COMPLETE');
    expect(probe.clock.now() - started).toBe(60_000);
  });

  it('without isComplete answers when onEvent returns', async () => {
    const probe = new ProbeRegion(byName);
    expect((await probe.deploy(named('a', { waits: false }))).status).toBe('CREATE_COMPLETE');
    expect(probe.calls).toEqual(['onEvent Create']);
  });

  it('logs no ResponseURL at the level FATAL, and logs it at other levels when it polls', async () => {
    async function secretsInLogs(logLevel: lambda.ApplicationLogLevel): Promise<number> {
      let polls = 0;
      const probe = new ProbeRegion({
        onEvent: byName.onEvent,
        isComplete: () => {
          polls += 1;
          return { IsComplete: polls > 2 };
        },
      });
      await probe.deploy(named('a', { logLevel }));
      return probe.logs.filter(({ message }) => message.includes('X-Amz-Signature')).length;
    }
    expect(await secretsInLogs(lambda.ApplicationLogLevel.FATAL)).toBe(0);
    expect(await secretsInLogs(lambda.ApplicationLogLevel.ERROR)).toBe(2);
  });
});

describe('a deployment', () => {
  it('is the same for the same seed', async () => {
    const run = async () => {
      const probe = new ProbeRegion(byName, {
        delivery: faultyDelivery({ maxDelaySeconds: 30, duplicateProbability: 0.5, maxDuplicateDelaySeconds: 90 }),
        coldStart: (_name, random) => random.chance(0.5),
      });
      await probe.deploy(assembly);
      await probe.destroy();
      return probe.events;
    };
    const assembly = named('a');
    expect(await run()).toEqual(await run());
  });
});
