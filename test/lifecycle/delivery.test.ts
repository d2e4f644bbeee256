import { singleDeviations } from '../../simulator/amplify-backend/variants';
import type { Delivery } from '../../simulator/cloudformation/delivery';
import { type AccountProps, AccountUnderTest, APP, SECOND } from './account-under-test';
import { siblingFails } from './stacks-of-clones';

/*
 * CloudFormation's requests are delivered at least once, and Lambda functions can end at any time.
 */

const afterSeconds = [1, 20, 70, 250, 400, 1200];

/** Delivers each request of the type a second time. */
function twice(requestType: string, seconds: number): AccountProps {
  const delivery: Delivery = ({ RequestType }) => (RequestType === requestType ? [0, seconds * SECOND] : [0]);
  return { settings: { delivery } };
}

describe.each(afterSeconds)('a second delivery after %i seconds', (seconds) => {
  it('of a Create starts no second clone, and does not prevent the report of the first', async () => {
    const account = new AccountUnderTest(twice('Create', seconds));
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    await account.calmDown();
    expect(account.handled).toEqual(['Create', 'Create']);
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
    expect(account.environment('preview')?.populated).toBe(true);
    await account.destroy();
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('of an Update starts no second clone, and does not change the old one', async () => {
    const account = new AccountUnderTest(twice('Update', seconds));
    await account.deploy();
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_COMPLETE');
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test', 'review']);
    expect(account.callsOf('CloneBackend').map(({ parameters }) => parameters)).toMatchObject([
      { target: 'preview' },
      { target: 'review' },
    ]);
  });

  it('of a Delete deletes nothing more', async () => {
    const account = new AccountUnderTest(twice('Delete', seconds));
    await account.deploy();
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    await account.calmDown();
    expect(account.callsOf('DeleteBackend')).toHaveLength(1);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('of a Delete that fails does not retry the deletion', async () => {
    const account = new AccountUnderTest(twice('Delete', seconds));
    await account.deploy();
    const failed = { failed: 'A bucket is gone' };
    account.nextDeletions('preview', failed, failed);
    expect(await account.destroy()).toBe('DELETE_FAILED');
    await account.calmDown();
    expect(account.callsOf('DeleteBackend')).toHaveLength(2);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });

  it('of a Create that is refused changes nothing', async () => {
    const account = new AccountUnderTest(twice('Create', seconds));
    account.service.addEnvironment(APP, 'preview');
    const before = account.environment('preview');
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });
});

describe.each(singleDeviations())('with $name', ({ variants }) => {
  it.each(['Disposable', 'Adopting'] as const)(
    'a second delivery of a Create starts no second clone, and the first one is owned (%s)',
    async (kind) => {
      const account = new AccountUnderTest({ variants, ...twice('Create', 20) });
      expect((await account.deploy({ kind })).status).toBe('CREATE_COMPLETE');
      await account.calmDown();
      expect(account.acceptedClones()).toEqual(['preview']);
      expect(account.environment('preview')?.populated).toBe(true);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
    },
  );
});

describe.each(afterSeconds)('a second delivery after %i seconds', (seconds) => {
  it('of a Create whose clone fails starts nothing', async () => {
    const account = new AccountUnderTest(twice('Create', seconds));
    account.nextClones('preview', { failed: 'The bucket name is not available' });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('of an Update whose clone fails starts nothing, even after the end of the request', async () => {
    const account = new AccountUnderTest(twice('Update', seconds));
    await account.deploy();
    const before = account.environment('preview');
    account.nextClones('review', { failed: 'The bucket name is not available' });
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await account.calmDown();
    // The update and the rollback.
    expect(account.handled.filter((requestType) => requestType === 'Update')).toHaveLength(4);
    expect(account.acceptedClones()).toEqual(['preview', 'review']);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.environment('preview')).toEqual(before);
  });
});

describe.each([0, 0.1, 1])('two deliveries at the same moment, with calls that take %p seconds', (callSeconds) => {
  const account = (requestType: string) => {
    const one = new AccountUnderTest(twice(requestType, 0));
    one.callSeconds = callSeconds;
    return one;
  };

  it('of one Create lead to one CloneBackend', async () => {
    const one = account('Create');
    expect((await one.deploy()).status).toBe('CREATE_COMPLETE');
    await one.calmDown();
    expect(one.handled).toEqual(['Create', 'Create']);
    expect(one.callsOf('CloneBackend')).toHaveLength(1);
    expect(one.environment('preview')?.populated).toBe(true);
  });

  it('of one Update lead to one CloneBackend, and leave the old clone to CloudFormation', async () => {
    const one = account('Update');
    await one.deploy();
    expect((await one.deploy({ target: 'review' })).status).toBe('UPDATE_COMPLETE');
    await one.calmDown();
    expect(one.changes()).toEqual(['CloneBackend', 'CloneBackend', 'DeleteBackend']);
    expect(one.environments()).toEqual(['dev', 'test', 'review']);
  });

  it('of one Delete lead to one DeleteBackend', async () => {
    const one = account('Delete');
    await one.deploy();
    expect(await one.destroy()).toBe('DELETE_COMPLETE');
    await one.calmDown();
    expect(one.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
    expect(one.environments()).toEqual(['dev', 'test']);
  });
});

describe('an Update back to a name whose clone is deleted by now, which is delivered twice', () => {
  /** The ledger cannot be read in those seconds of the Update, so the handler does not know whether the old clone exists. */
  const account = async (from: number, to: number) => {
    const one = new AccountUnderTest(twice('Update', 20));
    await one.deploy();
    await one.deploy({ target: 'review' });
    await one.calmDown();
    const begun = one.clock.now();
    one.ledgerFault = () => {
      const seconds = (one.clock.now() - begun) / SECOND;
      return seconds >= from && seconds < to ? '500 before acceptance' : undefined;
    };
    return one;
  };

  it('clones again, though the second delivery assumes that the old clone exists', async () => {
    const one = await account(20, 30);
    expect((await one.deploy({ target: 'preview' })).status).toBe('UPDATE_COMPLETE');
    await one.calmDown();
    expect(one.callsOf('CloneBackend')).toHaveLength(3);
    expect(one.environments()).toEqual(['dev', 'test', 'preview']);
  });

  it('clones nothing if the first delivery assumed that the old clone exists', async () => {
    const one = await account(0, 10);
    expect((await one.deploy({ target: 'preview' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await one.calmDown();
    expect(one.callsOf('CloneBackend')).toHaveLength(2);
    expect(one.environments()).toEqual(['dev', 'test', 'review']);
  });

  it('clones again if one read of the ledger fails', async () => {
    const one = await account(0, 1);
    expect((await one.deploy({ target: 'preview' })).status).toBe('UPDATE_COMPLETE');
    await one.calmDown();
    expect(one.environments()).toEqual(['dev', 'test', 'preview']);
  });
});

describe('a request that arrives late', () => {
  it('to delete does not delete the environment of a later Create', async () => {
    const account = new AccountUnderTest(twice('Delete', 15 * 60));
    await account.deploy();
    await account.destroy();
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    const before = account.environment('preview');
    await account.calmDown();
    expect(before?.populated).toBe(true);
    expect(account.environment('preview')).toEqual(before);
  });

  it('does not affect a clone that succeeds', async () => {
    const account = new AccountUnderTest({ settings: { delivery: () => [20 * SECOND] } });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

describe('a handler that is killed', () => {
  it.each(['killed before the call', 'killed after the call', 'the call hangs'] as const)(
    'in a poll of the job (%s) costs at most that clone, and leaves nothing',
    async (interruption) => {
      for (const nth of [0, 3]) {
        const account = new AccountUnderTest();
        let looks = 0;
        account.interrupt = ({ operation, requestType }) => {
          if (operation !== 'GetBackendJob' || requestType !== 'Create') return undefined;
          looks += 1;
          return looks === nth + 1 ? interruption : undefined;
        };
        const { status } = await account.deploy();
        expect(looks).toBeGreaterThan(nth);
        expect(['CREATE_COMPLETE', 'ROLLBACK_COMPLETE']).toContain(status);
        await account.calmDown();
        expect(account.environments().includes('preview')).toBe(status === 'CREATE_COMPLETE');
      }
    },
  );

  it('before it has called CloneBackend leaves nothing', async () => {
    const account = new AccountUnderTest();
    account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'killed before the call' : undefined);
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.acceptedClones()).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('right after CloneBackend was accepted leaves nothing after the rollback', async () => {
    const account = new AccountUnderTest();
    account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'killed after the call' : undefined);
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.acceptedClones()).toEqual(['preview']);
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.runningJobs()).toEqual([]);
  });

  it('right after the CloneBackend of an Update was accepted leaves the old environment', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    const before = account.environment('preview');
    account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'killed after the call' : undefined);
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.acceptedClones()).toEqual(['preview', 'review']);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.environment('preview')).toEqual(before);
    expect(account.runningJobs()).toEqual([]);
  });

  it('is not killed by a CloneBackend that is accepted and never answered, and finds its clone', async () => {
    const account = new AccountUnderTest();
    account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'the call hangs' : undefined);
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
    await account.destroy();
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it.each(['killed before the call', 'killed after the call', 'the call hangs'] as const)(
    'at any of its writes to the ledger (%s) costs at most that clone, and leaves nothing',
    async (interruption) => {
      let writes = Number.POSITIVE_INFINITY;
      for (let nth = 1; nth <= writes; nth += 1) {
        const account = new AccountUnderTest();
        writes = 0;
        account.interrupt = ({ operation, requestType }) => {
          if (operation !== 'PutItem' || requestType !== 'Create') return undefined;
          writes += 1;
          return writes === nth ? interruption : undefined;
        };
        const { status } = await account.deploy();
        await account.calmDown();
        expect(account.callsOf('CloneBackend').length).toBeLessThanOrEqual(1);
        expect(account.environments().includes('preview')).toBe(status === 'CREATE_COMPLETE');
        expect(account.runningJobs()).toEqual([]);
      }
    },
  );

  it.each(['killed before the call', 'killed after the call', 'the call hangs'] as const)(
    'at its DeleteBackend (%s) lets the stack be deleted again',
    async (interruption) => {
      const account = new AccountUnderTest();
      await account.deploy();
      let calls = 0;
      account.interrupt = ({ operation }) => {
        if (operation !== 'DeleteBackend') return undefined;
        calls += 1;
        return calls === 1 ? interruption : undefined;
      };
      if ((await account.destroy()) === 'DELETE_FAILED') expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
    },
  );

  it('after each invocation, so that each is a cold start, still succeeds', async () => {
    const account = new AccountUnderTest({ settings: { coldStart: () => true } });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

describe('several stacks', () => {
  it('that clone to the same name at once: one succeeds, the other fails, and neither deletes the clone of the other', async () => {
    const account = new AccountUnderTest();
    const deployments = ['One', 'Other'].map((name) => account.startDeployment({}, {}, name));
    const statuses = (await account.clock.runUntil(Promise.all(deployments))).map(({ status }) => status);
    await account.calmDown();
    expect(statuses.sort()).toEqual(['CREATE_COMPLETE', 'ROLLBACK_COMPLETE']);
    expect(account.environment('preview')?.populated).toBe(true);
  });

  it('of which one is cancelled do not change the clone of the other', async () => {
    const account = new AccountUnderTest();
    const one = account.startDeployment({ target: 'one' }, siblingFails(90), 'One');
    const other = account.startDeployment({ target: 'other' }, {}, 'Other');
    const deployments = await account.clock.runUntil(Promise.all([one, other]));
    expect(deployments.map(({ status }) => status)).toEqual(['ROLLBACK_COMPLETE', 'CREATE_COMPLETE']);
    expect(account.environments()).toEqual(['dev', 'test', 'other']);
  });

  it('that start at once, and are throttled at first, all succeed', async () => {
    const account = new AccountUnderTest();
    const names = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff'];
    account.faults.next('any', '429', 10);
    const deployments = names.map((target) => account.startDeployment({ target }, {}, `Stack-${target}`));
    const done = await account.clock.runUntil(Promise.all(deployments));
    expect(done.map(({ status }) => status)).toEqual(names.map(() => 'CREATE_COMPLETE'));
    expect(account.environments().sort()).toEqual([...names, 'dev', 'test'].sort());
  });
});

it('no request takes longer than an hour', async () => {
  const account = new AccountUnderTest();
  account.nextClones('preview', 'stuck');
  await account.deploy({ timeoutMinutes: 50 });
  await account.calmDown();
  const reasons = account.events.map(({ reason }) => reason ?? '');
  expect(reasons.filter((reason) => reason.includes('did not receive a response'))).toEqual([]);
  expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeLessThan(60);
});
