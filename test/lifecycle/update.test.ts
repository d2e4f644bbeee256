import { CHOICES } from '../../simulator/amplify-backend/variants';
import type { Delivery } from '../../simulator/cloudformation/delivery';
import { AccountUnderTest, APP, CLONE_MINUTES, MINUTE, OTHER_APP, type Properties } from './account-under-test';
import { READER, siblingFails } from './stacks-of-clones';

const FAILED_UPDATES = ['update with the old id', 'update with the new id', 'delete the new id'] as const;

/** An account with a stack whose clone `preview` exists, and without a record of its creation. */
async function accountWithClone(
  properties: Properties = {},
  account = new AccountUnderTest(),
): Promise<AccountUnderTest> {
  const { status } = await account.deploy(properties);
  if (status !== 'CREATE_COMPLETE') throw new Error(`the first deployment ended with ${status}`);
  for (const record of [account.calls, account.requests, account.answers, account.handled, account.events]) {
    record.length = 0;
  }
  return account;
}

function physicalIdOf(account: AccountUnderTest): string | undefined {
  return [...(account.region.stack('Preview')?.resources.values() ?? [])].find(({ definition }) =>
    definition.type.startsWith('Custom::'),
  )?.physicalId;
}

describe('an update that does not replace the clone', () => {
  it('keeps its physical ID, and calls nothing', async () => {
    const account = await accountWithClone();
    const before = physicalIdOf(account);
    const { status, outputs } = await account.deploy({ timeoutMinutes: 30 });
    expect(status).toBe('UPDATE_COMPLETE');
    expect(outputs).toEqual({ EnvironmentName: 'preview' });
    expect(account.handled).toEqual(['Update']);
    expect(account.calls).toEqual([]);
    expect(physicalIdOf(account)).toBe(before);
  });

  it('can be reverted', async () => {
    const account = await accountWithClone();
    const { status } = await account.deploy({ timeoutMinutes: 30 }, { [READER]: { reason: 'Throttled' } });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.changes()).toEqual([]);
    expect(account.environments()).toContain('preview');
  });
});

describe('a new target name', () => {
  it('creates a new clone, and deletes the old one once the update has succeeded', async () => {
    const account = await accountWithClone();
    const { status, outputs } = await account.deploy({ target: 'review' });
    expect(status).toBe('UPDATE_COMPLETE');
    expect(outputs).toEqual({ EnvironmentName: 'review' });
    expect(account.environments()).toEqual(['dev', 'test', 'review']);
    const [deletion, ...more] = account.callsOf('DeleteBackend');
    expect(more).toEqual([]);
    expect(deletion?.parameters).toMatchObject({ environment: 'preview' });
    const cleanUp = account.timeOf('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'Preview');
    expect(deletion?.at).toBeGreaterThanOrEqual(cleanUp);
    expect(account.timeOf('UPDATE_COMPLETE', READER)).toBeLessThanOrEqual(cleanUp);
  });

  it('keeps the old clone if the removal policy retains it', async () => {
    const account = await accountWithClone({ kind: 'Kept' });
    await account.deploy({ kind: 'Kept', target: 'review' });
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'review']);
    expect(account.statuses()).toContain('DELETE_SKIPPED');
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('that is taken fails, and changes neither the old clone nor the environment with the name', async () => {
    const account = await accountWithClone();
    account.service.addEnvironment(APP, 'review');
    const { status } = await account.deploy({ target: 'review' });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('"review" already exists');
    expect(account.changes()).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'review']);
  });

  it('twice in a row leaves only the last clone', async () => {
    const account = await accountWithClone();
    await account.deploy({ target: 'review' });
    await account.deploy({ target: 'staging' });
    expect(account.environments()).toEqual(['dev', 'test', 'staging']);
  });

  it('and the first one again creates a new clone with the first name', async () => {
    const account = await accountWithClone();
    await account.deploy({ target: 'review' });
    expect((await account.deploy()).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.callsOf('CloneBackend')).toHaveLength(2);
  });

  it('with a new source is a clone of the new source', async () => {
    const account = await accountWithClone();
    expect((await account.deploy({ source: 'test', target: 'review' })).status).toBe('UPDATE_COMPLETE');
    expect(account.callsOf('CloneBackend')[0]?.parameters).toMatchObject({ source: 'test', target: 'review' });
  });
});

describe('another app', () => {
  it('gets a clone, and the old one is deleted from its own app', async () => {
    const account = await accountWithClone();
    expect((await account.deploy({ app: OTHER_APP })).status).toBe('UPDATE_COMPLETE');
    expect(account.environments(OTHER_APP)).toEqual(['dev', 'test', 'preview']);
    expect(account.environments(APP)).toEqual(['dev', 'test']);
  });
});

describe('another source', () => {
  it('under the same name is refused, and says that a new name is needed', async () => {
    const account = await accountWithClone();
    const before = account.environment('preview');
    expect((await account.deploy({ source: 'test' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('The source of environment "preview" of app d1a2b3c4d5e6f7 cannot change');
    expect(account.reason()).toContain('Choose a new targetEnvironmentName');
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });
});

describe.each(FAILED_UPDATES)('a replacement that fails, if CloudFormation continues with: %s', (failedUpdate) => {
  const withClone = () => accountWithClone({}, new AccountUnderTest({ settings: { failedUpdate } }));

  it('because the clone failed leaves the old clone, and nothing of the new one', async () => {
    const account = await withClone();
    const before = account.environment('preview');
    account.nextClones('review', { failed: 'The bucket name is not available' });
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'UPDATE_FAILED');
    expect(failure?.reason).toContain('The bucket name is not available');
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.environment('preview')).toEqual(before);
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
  });

  it('because it took too long says so, and leaves the old clone, and nothing of the new one', async () => {
    const account = await withClone();
    account.cloneMinutes = 20;
    expect((await account.deploy({ target: 'review', timeoutMinutes: 5 })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'UPDATE_FAILED');
    expect(failure?.reason).toContain('"dev" of app d1a2b3c4d5e6f7 to "review" was not complete after 5 minutes');
    expect(failure?.reason).toContain('The rollback deletes it');
    expect(failure?.reason).toContain(`delete-backend-environment --app-id ${APP} --environment-name review`);
    expect(account.minutes(failure?.at)).toBeLessThan(account.minutes(account.callsOf('DeleteBackend')[0]?.at));
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.runningJobs()).toEqual([]);
  });

  it('because of a later resource rolls back to the old clone, and deletes the new one', async () => {
    const account = await withClone();
    const id = physicalIdOf(account);
    const before = account.environment('preview');
    const { status } = await account.deploy({ target: 'review' }, { [READER]: { reason: 'Throttled' } });
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(physicalIdOf(account)).toMatch(new RegExp(`^${id};returned-by=[^;]+;replaces=${APP}/review;`));
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
    expect(account.callsOf('DeleteBackend').map(({ parameters }) => parameters)).toMatchObject([
      { environment: 'review' },
    ]);
    expect(account.environment('preview')).toEqual(before);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });
});

describe.each(FAILED_UPDATES)('a replacement that is refused, if CloudFormation continues with: %s', (failedUpdate) => {
  it.each(CHOICES.cloneOntoExisting)('at the last moment (%s) changes nothing', async (cloneOntoExisting) => {
    const props = { settings: { failedUpdate }, variants: { cloneOntoExisting } };
    const account = await accountWithClone({}, new AccountUnderTest(props));
    const before = account.environment('preview');
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'review');
      return undefined;
    };
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.environment('preview')).toEqual(before);
    expect(account.environment('review')?.origin.kind).toBe('other');
    expect(account.callsOf('DeleteBackend')).toEqual([]);
  });
});

describe('an update that is cancelled while it clones', () => {
  it.each([1, 30, 90, 300])(
    '%i seconds into the clone leaves the old one, and nothing of the new one',
    async (seconds) => {
      const account = await accountWithClone();
      const before = account.environment('preview');
      const { status } = await account.deploy({ target: 'review' }, siblingFails(seconds));
      expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
      await account.calmDown();
      expect(account.environments()).toEqual(['dev', 'test', 'preview']);
      expect(account.environment('preview')).toEqual(before);
      expect(account.callsOf('CloneBackend')).toHaveLength(1);
    },
  );

  it('is followed by a rollback that waits for the clone and then deletes it', async () => {
    const account = await accountWithClone();
    const startedAt = account.clock.now();
    const id = physicalIdOf(account);
    await account.deploy({ target: 'review' }, siblingFails(90));
    expect(account.handled).toEqual(['Update', 'Update']);
    const [deletion, ...more] = account.callsOf('DeleteBackend');
    expect(more).toEqual([]);
    expect(deletion).toMatchObject({ requestType: 'Update', parameters: { environment: 'review' } });
    expect(account.minutes(deletion?.at) - account.minutes(startedAt)).toBeGreaterThanOrEqual(CLONE_MINUTES);
    expect(physicalIdOf(account)).toBe(id);
  });

  it('before its first reconcile, since it arrives late, starts nothing', async () => {
    let updates = 0;
    const delivery: Delivery = ({ RequestType }) => {
      if (RequestType === 'Update') updates += 1;
      return [RequestType === 'Update' && updates === 1 ? 60_000 : 0];
    };
    const account = await accountWithClone({}, new AccountUnderTest({ settings: { delivery } }));
    const before = account.environment('preview');
    const { status } = await account.deploy({ target: 'review' }, siblingFails(5));
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.handled).toEqual(['Update', 'Update']);
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('does not change another owner’s environment with that name', async () => {
    const account = await accountWithClone();
    account.service.addEnvironment(APP, 'review');
    const before = account.environment('review');
    await account.deploy({ target: 'review' }, siblingFails(10));
    await account.calmDown();
    expect(account.changes()).toEqual([]);
    expect(account.environment('review')).toEqual(before);
  });

  it('can be deployed again', async () => {
    const account = await accountWithClone();
    await account.deploy({ target: 'review' }, siblingFails(90));
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'review']);
  });
});

describe('a rollback to the old clone', () => {
  it('succeeds even if the service is unavailable for a while', async () => {
    const account = await accountWithClone();
    const start = account.clock.now();
    account.after((CLONE_MINUTES + 1) * MINUTE, () => account.faults.always('any', '500 before acceptance'));
    account.after((CLONE_MINUTES + 20) * MINUTE, () => account.faults.clear());
    const failing = { [READER]: { reason: 'Throttled', afterSeconds: 120 } };
    const { status } = await account.deploy({ target: 'review' }, failing);
    expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const rollback = (account.timeOf('UPDATE_ROLLBACK_IN_PROGRESS', 'Preview') - start) / MINUTE;
    expect(rollback).toBeGreaterThan(CLONE_MINUTES + 1);
    expect(rollback).toBeLessThan(CLONE_MINUTES + 20);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });
});

describe('a clone that was retained', () => {
  it('is used again unchanged when an update returns to its name', async () => {
    const account = await accountWithClone({ kind: 'Kept' });
    const before = account.environment('preview');
    await account.deploy({ kind: 'Kept', target: 'review' });
    expect((await account.deploy({ kind: 'Kept' })).status).toBe('UPDATE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
    expect(account.environment('preview')).toEqual(before);
    expect(account.environments()).toEqual(['dev', 'test', 'preview', 'review']);
  });
});

describe.each(FAILED_UPDATES)(
  'a failed update back to a retained clone, if CloudFormation continues with: %s',
  (failedUpdate) => {
    it.each([
      ['of another source', { source: 'test' }, {}],
      ['of a resource after it', {}, { [READER]: { reason: 'Throttled' } }],
    ])(
      'because %s leaves the clone that had replaced it, which is deleted when it is replaced itself',
      async (_, properties, failing) => {
        const account = await accountWithClone({ kind: 'Kept' }, new AccountUnderTest({ settings: { failedUpdate } }));
        await account.deploy({ kind: 'Kept', target: 'review' });
        expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_COMPLETE');
        expect((await account.deploy(properties, failing)).status).toBe('UPDATE_ROLLBACK_COMPLETE');
        expect(account.environments()).toEqual(['dev', 'test', 'preview', 'review']);
        expect((await account.deploy({ target: 'next' })).status).toBe('UPDATE_COMPLETE');
        expect(account.environments()).toEqual(['dev', 'test', 'preview', 'next']);
      },
    );

    it('because of another source can be repeated with the right one', async () => {
      const account = await accountWithClone({ kind: 'Kept' }, new AccountUnderTest({ settings: { failedUpdate } }));
      await account.deploy({ kind: 'Kept', target: 'review' });
      await account.deploy({ target: 'review' });
      await account.deploy({ source: 'test' });
      expect((await account.deploy()).status).toBe('UPDATE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    });
  },
);

describe('a clone that is removed from its stack', () => {
  it('is deleted', async () => {
    const account = await accountWithClone();
    expect((await account.deploy({ kind: 'WithoutClone' })).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is kept if the removal policy retains it', async () => {
    const account = await accountWithClone({ kind: 'Kept' });
    expect((await account.deploy({ kind: 'WithoutClone' })).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    expect(account.changes()).toEqual([]);
  });
});
