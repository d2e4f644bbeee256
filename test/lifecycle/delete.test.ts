import type { Delivery } from '../../simulator/cloudformation/delivery';
import { AccountUnderTest, APP, CLONE_MINUTES, MINUTE, SECOND } from './account-under-test';
import { siblingFails } from './stacks-of-clones';

describe('the deletion of a stack', () => {
  it('deletes the clone, and is complete when it does not exist any more', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
    const gone = account.service.journal.events().find(({ kind }) => kind === 'environment-deleted');
    expect(account.timeOf('DELETE_COMPLETE')).toBeGreaterThanOrEqual(gone?.at ?? Number.POSITIVE_INFINITY);
  });

  it('takes one DeleteBackend', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    await account.destroy();
    expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
  });

  it('takes one DeleteBackend even if reads are stale by a minute', async () => {
    const account = new AccountUnderTest({ variants: { readLag: { maxMilliseconds: MINUTE } } });
    await account.deploy();
    await account.destroy();
    expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('keeps the clone if the removal policy retains it', async () => {
    const account = new AccountUnderTest();
    await account.deploy({ kind: 'Kept' });
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environment('preview')?.populated).toBe(true);
    expect(account.handled).toEqual(['Create']);
  });

  it('relies on the physical ID, whatever the properties say', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.service.addEnvironment(APP, 'review');
    const stack = account.region.stack('Preview');
    for (const resource of stack?.resources.values() ?? []) {
      if (resource.definition.type.startsWith('Custom::')) {
        Object.assign(resource.properties, { TargetEnvironmentName: 'review' });
      }
    }
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.requests.at(-1)?.ResourceProperties).toMatchObject({ TargetEnvironmentName: 'review' });
    expect(account.environments()).toEqual(['dev', 'test', 'review']);
  });
});

describe('an environment that is not owned any more', () => {
  it('because it was deleted, completes the request at once', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.service.removeEnvironment(APP, 'preview');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('because another owner deleted it and created it again, is unchanged', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.service.removeEnvironment(APP, 'preview');
    account.service.otherCloneStarts(APP, 'dev', 'preview');
    await account.clock.advance(60 * MINUTE);
    const before = account.environment('preview');
    expect(before?.populated).toBe(true);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
    expect(account.environment('preview')).toEqual(before);
  });

  it.each([
    ['is unchanged', CLONE_MINUTES],
    ['is unchanged, although the clone took half a minute', 0.5],
  ])(
    'because another owner deleted it and created it again with the Amplify CLI, without a job, %s',
    async (_, cloneMinutes) => {
      const account = new AccountUnderTest({ cloneMinutes });
      await account.deploy();
      account.service.removeEnvironment(APP, 'preview');
      account.service.addEnvironment(APP, 'preview');
      await account.clock.advance(5 * MINUTE);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.changes()).toEqual(['CloneBackend']);
      expect(account.environments()).toContain('preview');
    },
  );
});

describe('a deletion that fails', () => {
  it('is retried once', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.nextDeletions('preview', { failed: 'A bucket is gone' });
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend', 'DeleteBackend']);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it("twice, is reported with the service's words and the commands to run by hand", async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    const failed = { failed: 'A bucket is gone' };
    account.nextDeletions('preview', failed, failed, failed, failed);
    expect(await account.destroy()).toBe('DELETE_FAILED');
    expect(account.callsOf('DeleteBackend')).toHaveLength(2);
    expect(account.reason()).toContain('A bucket is gone');
    expect(account.reason()).toContain(
      `aws amplify delete-backend-environment --app-id ${APP} --environment-name preview`,
    );
  });

  it('can be done by hand, and the stack is then deleted', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.nextDeletions('preview', { failed: undefined }, { failed: undefined });
    await account.destroy();
    account.service.removeEnvironment(APP, 'preview');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
  });

  it('can be retried with the stack', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.nextDeletions('preview', { failed: undefined }, { failed: undefined });
    await account.destroy();
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it.each(['500 after acceptance', '504 after acceptance', 'reset after acceptance'] as const)(
    'only in its answer (%s), is not called a second time',
    async (fault) => {
      const account = new AccountUnderTest();
      await account.deploy();
      account.faults.next('DeleteBackend', fault);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
    },
  );

  it.each(['429', '500 before acceptance', 'reset before acceptance'] as const)(
    'because the call was not accepted (%s), is called again',
    async (fault) => {
      const account = new AccountUnderTest();
      await account.deploy();
      account.faults.next('DeleteBackend', fault);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
    },
  );
});

it('a clone that FAILED because another owner’s clone had the name first does not change that one', async () => {
  const variants = { cloneJobFiledUnder: 'source', cloneOntoExisting: 'accepted, and the job FAILS' } as const;
  const account = new AccountUnderTest({ variants });
  account.service.otherCloneStarts(APP, 'dev', 'preview');
  account.cloneMinutes = CLONE_MINUTES + 2;
  expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
  expect(account.reason()).toContain('that this resource did not create. It was not touched');
  expect(account.changes()).toEqual(['CloneBackend']);
  expect(account.environment('preview')?.populated).toBe(true);
});

describe('a clone whose job the service forgets before a poll sees its final status', () => {
  const FORGETFUL = { cloneJobFiledUnder: 'source', oldJobs: { forgottenAfterMilliseconds: 10 * MINUTE } } as const;

  const cancelled = async (account: AccountUnderTest): Promise<void> => {
    account.cloneMinutes = 9;
    // For so long that the service has forgotten the jobs.
    account.after(8 * MINUTE, () => account.faults.always('any', '429'));
    account.after(20 * MINUTE, () => account.faults.clear());
    const { status } = await account.deploy({}, siblingFails(120));
    expect(status).toBe('ROLLBACK_FAILED');
  };

  it('may be another owner’s, is not deleted, and the failure says so', async () => {
    const account = new AccountUnderTest({ variants: FORGETFUL });
    await cancelled(account);
    expect(account.reason()).toContain("so it may be somebody else's");
    expect(account.reason()).toContain(
      `aws amplify delete-backend-environment --app-id ${APP} --environment-name preview`,
    );
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('can be deleted by hand, and then the stack can be deleted', async () => {
    const account = new AccountUnderTest({ variants: FORGETFUL });
    await cancelled(account);
    account.service.removeEnvironment(APP, 'preview');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
  });
});

/*
 * CloudFormation cancels a Create, and generates a physical ID for the Delete that follows.
 */
describe('a Create that is cancelled', () => {
  it.each([0, 1, 30, 90, 200, CLONE_MINUTES * 60 - 5])('%i seconds after it began leaves nothing', async (seconds) => {
    const account = new AccountUnderTest();
    expect((await account.deploy({}, siblingFails(seconds))).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.runningJobs()).toEqual([]);
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is followed by a Delete that waits for the end of the clone before it deletes it', async () => {
    const account = new AccountUnderTest();
    await account.deploy({}, siblingFails(90));
    expect(account.callsOf('DeleteBackend').map(({ requestType }) => requestType)).toEqual(['Delete']);
    expect(account.minutes(account.callsOf('DeleteBackend')[0]?.at)).toBeGreaterThanOrEqual(CLONE_MINUTES);
  });

  it('and whose clone fails meanwhile leaves nothing', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: undefined });
    expect((await account.deploy({}, siblingFails(90))).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('while its handler still tries to clone, is not retried any more', async () => {
    const account = new AccountUnderTest();
    account.faults.always('CloneBackend', '429');
    account.after(60 * SECOND, () => account.faults.clear());
    let deletionBegunAt = Number.POSITIVE_INFINITY;
    account.interrupt = ({ at, requestType }) => {
      if (requestType === 'Delete') deletionBegunAt = Math.min(deletionBegunAt, at);
      return undefined;
    };
    expect((await account.deploy({}, siblingFails(10))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    const tries = account.callsOf('CloneBackend').map(({ at }) => at);
    expect(tries.length).toBeGreaterThan(0);
    expect(tries.filter((at) => at > deletionBegunAt)).toEqual([]);
    expect(account.acceptedClones()).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('does not call CloneBackend any more, and its Delete ends once it must have arrived', async () => {
    const account = new AccountUnderTest();
    account.faults.always('CloneBackend', '429');
    account.after(MINUTE, () => account.faults.clear());
    await account.deploy({}, siblingFails(30));
    await account.calmDown();
    // A clone that was accepted would have to be deleted.
    expect(account.callsOf('DeleteBackend')).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.minutes(account.timeOf('DELETE_COMPLETE'))).toBeLessThan(6);
  });

  it.each([20, 60, 100])(
    'before its first reconcile, since it arrives %i seconds late, starts nothing',
    async (seconds) => {
      const delivery: Delivery = ({ RequestType }) => [RequestType === 'Create' ? seconds * SECOND : 0];
      const account = new AccountUnderTest({ settings: { delivery } });
      expect((await account.deploy({}, siblingFails(5))).status).toBe('ROLLBACK_COMPLETE');
      await account.calmDown();
      expect(account.handled).toEqual(['Delete', 'Create']);
      expect(account.changes()).toEqual([]);
      expect(account.environments()).toEqual(['dev', 'test']);
    },
  );

  it('in the middle of its first poll leaves nothing', async () => {
    const account = new AccountUnderTest();
    let isFirst = true;
    account.interrupt = ({ requestType }) => {
      if (isFirst && requestType === 'Create') void account.region.destroy('Preview');
      isFirst = false;
      return undefined;
    };
    await account.deploy();
    await account.calmDown();
    expect(account.handled).toEqual(['Create', 'Delete']);
    expect(account.runningJobs()).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('and that may still arrive is waited for', async () => {
    const delivery: Delivery = ({ RequestType }) => [RequestType === 'Create' ? 60 * SECOND : 0];
    const account = new AccountUnderTest({ settings: { delivery } });
    await account.deploy({}, siblingFails(5));
    expect(account.minutes(account.timeOf('DELETE_COMPLETE'))).toBeGreaterThan(2);
  });

  it('after its clone is complete, and before that is reported, leaves nothing after the Delete with a generated physical ID', async () => {
    const account = new AccountUnderTest();
    let cancelledAt: number | undefined;
    account.interrupt = ({ at, operation, requestType }) => {
      const isCompleted = account.service.jobs(APP)[0]?.status === 'COMPLETED';
      // The handler is recording the completion, so its answer to CloudFormation comes just too late.
      if (operation === 'PutItem' && requestType === 'Create' && isCompleted && cancelledAt === undefined) {
        cancelledAt = at;
        void account.region.destroy('Preview');
      }
      return undefined;
    };
    await account.deploy();
    await account.calmDown();
    expect(account.minutes(cancelledAt)).toBeGreaterThanOrEqual(CLONE_MINUTES);
    expect(account.requests.at(-1)?.RequestType).toBe('Delete');
    expect(account.requests.at(-1)).toHaveProperty('PhysicalResourceId', expect.not.stringContaining('amplify-clone'));
    expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is cleaned up although the removal policy retains environments', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy({ kind: 'Kept' }, siblingFails(90))).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('can be deployed again, under the same name', async () => {
    const account = new AccountUnderTest();
    await account.deploy({}, siblingFails(90));
    await account.destroy();
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.environment('preview')?.populated).toBe(true);
  });

  it('with its stack, by a user, leaves nothing', async () => {
    const account = new AccountUnderTest();
    const deployment = account.startDeployment({});
    account.after(3 * MINUTE, () => void account.region.destroy('Preview'));
    await account.clock.runUntil(deployment);
    await account.calmDown();
    expect(account.region.stack('Preview')).toBeUndefined();
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

describe('a Create that is cancelled before it calls CloneBackend', () => {
  it.each([0, 1, 10, 60])(
    'does not change an environment that had the name, %i seconds after its start',
    async (seconds) => {
      const account = new AccountUnderTest();
      account.service.addEnvironment(APP, 'preview');
      const before = account.environment('preview');
      expect((await account.deploy({}, siblingFails(seconds))).status).toBe('ROLLBACK_COMPLETE');
      await account.calmDown();
      expect(account.changes()).toEqual([]);
      expect(account.environment('preview')).toEqual(before);
    },
  );

  it('does not change another owner’s earlier clone', async () => {
    const account = new AccountUnderTest();
    account.service.otherCloneStarts(APP, 'dev', 'preview');
    await account.clock.advance(60 * MINUTE);
    const before = account.environment('preview');
    expect((await account.deploy({}, siblingFails(10))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('does not change an environment that another owner creates without a clone', async () => {
    const account = new AccountUnderTest();
    account.faults.always('CloneBackend', '429');
    account.after(20 * SECOND, () => account.service.addEnvironment(APP, 'preview'));
    expect((await account.deploy({}, siblingFails(10))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.callsOf('DeleteBackend')).toEqual([]);
    expect(account.environments()).toEqual(['dev', 'test', 'preview']);
  });
});
