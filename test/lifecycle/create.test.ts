import type { Fault } from '../../simulator/amplify-backend/faults';
import { CHOICES } from '../../simulator/amplify-backend/variants';
import { AccountUnderTest, APP, CLONE_MINUTES, MINUTE, SECOND } from './account-under-test';
import { READER } from './stacks-of-clones';

const UNKNOWN_APP = 'd0unknownapp';

describe('a clone that succeeds', () => {
  it('is reported once its job is completed, with its name', async () => {
    const account = new AccountUnderTest();
    const { status, outputs } = await account.deploy();
    expect(status).toBe('CREATE_COMPLETE');
    expect(outputs).toEqual({ EnvironmentName: 'preview' });
    expect(account.environment('preview')?.populated).toBe(true);
    expect(account.minutes(account.timeOf('CREATE_COMPLETE'))).toBeGreaterThanOrEqual(CLONE_MINUTES);
  });

  it('takes one CloneBackend, and no other call that changes anything', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    expect(account.changes()).toEqual(['CloneBackend']);
    expect(account.handled).toEqual(['Create']);
  });

  it('is complete before a resource that uses its name is started', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    expect(account.timeOf('CREATE_IN_PROGRESS', READER)).toBe(account.timeOf('CREATE_COMPLETE'));
  });

  it("signs its calls with the handler's credentials", async () => {
    const account = new AccountUnderTest({ signaturesMatter: true });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  });

  it('can take longer than a Lambda function can run', async () => {
    const account = new AccountUnderTest({ cloneMinutes: 40 });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  });

  it('is not reported while the app does not list it, even if its job is completed', async () => {
    const account = new AccountUnderTest();
    account.unlisted.add('preview');
    account.after((CLONE_MINUTES + 5) * MINUTE, () => account.unlisted.clear());
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.minutes(account.timeOf('CREATE_COMPLETE'))).toBeGreaterThanOrEqual(CLONE_MINUTES + 5);
  });

  it("polls the job under the environment in CloneBackend's answer", async () => {
    for (const [cloneJobFiledUnder, environment] of [
      ['target', 'preview'],
      ['source', 'dev'],
    ] as const) {
      const account = new AccountUnderTest({ variants: { cloneJobFiledUnder } });
      await account.deploy();
      const asked = account.callsOf('GetBackendJob').map(({ parameters }) => parameters);
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked.map((call) => 'environment' in call && call.environment))).toEqual(new Set([environment]));
    }
  });
});

describe('a clone that is refused', () => {
  it('because the app does not exist lists the other possible causes', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy({ app: UNKNOWN_APP })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain(`App ${UNKNOWN_APP} does not exist`);
    expect(account.reason()).toContain(`aws amplifybackend create-backend-config --app-id ${UNKNOWN_APP}`);
    expect(account.changes()).toEqual([]);
  });

  it('because the source does not exist lists the existing environments', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy({ source: 'staging' })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('"staging" does not exist');
    expect(account.reason()).toContain('Available environments: dev, test.');
    expect(account.changes()).toEqual([]);
  });

  it('is not the clone of a source that is seconds old', async () => {
    const account = new AccountUnderTest({ variants: { readLag: { maxMilliseconds: MINUTE } } });
    account.service.addEnvironment(APP, 'staging');
    expect((await account.deploy({ source: 'staging' })).status).toBe('CREATE_COMPLETE');
  });

  it('because the target exists changes nothing', async () => {
    const account = new AccountUnderTest();
    account.service.addEnvironment(APP, 'preview');
    const before = account.environment('preview');
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('"preview" already exists');
    expect(account.changes()).toEqual([]);
    expect(account.environment('preview')).toEqual(before);
  });

  it('leaves nothing to do for the Delete that follows, which calls nothing', async () => {
    const account = new AccountUnderTest();
    account.service.addEnvironment(APP, 'preview');
    await account.deploy();
    expect(account.handled).toEqual(['Create', 'Delete']);
    expect(account.calls.filter(({ requestType }) => requestType === 'Delete')).toEqual([]);
  });

  it.each(CHOICES.cloneOntoExisting)(
    'because the name is taken at the last moment does not change the other environment (%s)',
    async (choice) => {
      const account = new AccountUnderTest({ variants: { cloneOntoExisting: choice } });
      account.interrupt = ({ operation }) => {
        if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'preview');
        return undefined;
      };
      expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
      expect(account.reason()).toContain('Environment preview already exists');
      expect(account.changes()).not.toContain('DeleteBackend');
      expect(account.environment('preview')?.origin.kind).toBe('other');
    },
  );

  it('because the name is taken at the last moment leaves nothing to do for the Delete that follows', async () => {
    const account = new AccountUnderTest({ variants: { cloneOntoExisting: '200 with error' } });
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'preview');
      return undefined;
    };
    await account.deploy();
    expect(account.handled).toEqual(['Create', 'Delete']);
    expect(account.calls.filter(({ requestType }) => requestType === 'Delete')).toEqual([]);
  });

  it('is not the clone to a name whose environment was just deleted, although stale reads show that one', async () => {
    const account = new AccountUnderTest({ variants: { readLag: { maxMilliseconds: MINUTE } } });
    account.service.addEnvironment(APP, 'preview');
    await account.clock.advance(10 * MINUTE);
    account.service.removeEnvironment(APP, 'preview');
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  });
});

describe('while IAM does not know permissions yet', () => {
  it.each(['AccessDeniedException', 'AccessDeniedException now and then'] as const)(
    'a refusal (%s) in the first minute is retried',
    async (firstMinute) => {
      const account = new AccountUnderTest({ variants: { firstMinute } });
      expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
      expect(account.acceptedClones()).toEqual(['preview']);
    },
  );

  it('a refusal for longer fails, with the role and the action', async () => {
    const account = new AccountUnderTest();
    account.faults.always('any', 'AccessDeniedException');
    await account.deploy();
    expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeGreaterThan(1);
    expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeLessThan(1.4);
    const isComplete = account.eventsOf('BackendCloneProviderIsComplete').at(-1)?.physicalId;
    expect(account.reason()).toContain(`The role of Lambda function ${isComplete} may not call`);
    expect(account.reason()).toContain('may not call amplifybackend:GetBackend');
    expect(account.reason()).toContain('assumed-role/clone-handler/handler is not authorized to perform');
    expect(account.reason()).toContain('AdministratorAccess-Amplify');
  });

  it('a refusal of CloneBackend only is reported, and nothing is left', async () => {
    const account = new AccountUnderTest();
    account.faults.always('CloneBackend', 'AccessDeniedException');
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('may not call amplifybackend:CloneBackend');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('a refusal to read the job, for longer than a minute, fails and is reported', async () => {
    const account = new AccountUnderTest();
    account.faults.always('GetBackendJob', 'AccessDeniedException');
    await account.deploy();
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain('may not call amplifybackend:GetBackendJob');
  });
});

describe('a call that is not accepted', () => {
  it('because of too many requests is retried', async () => {
    const account = new AccountUnderTest();
    account.faults.next('CloneBackend', '429', 4);
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.callsOf('CloneBackend')).toHaveLength(5);
    expect(account.acceptedClones()).toEqual(['preview']);
  });

  it('is retried after pauses that grow, and that differ between handlers', async () => {
    const pauses = async (seed: number) => {
      const account = new AccountUnderTest({ seed });
      account.faults.next('CloneBackend', '429', 5);
      await account.deploy();
      const times = account.callsOf('CloneBackend').map(({ at }) => at);
      return times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / SECOND);
    };
    const [one, other] = [await pauses(1), await pauses(2)];
    expect(one).not.toEqual(other);
    for (const pause of [...one, ...other]) expect(pause).toBeGreaterThanOrEqual(1);
    const mean = (of: number[]) => of.reduce((sum, each) => sum + each, 0) / of.length;
    expect(mean([...one.slice(3), ...other.slice(3)])).toBeGreaterThan(
      mean([...one.slice(0, 2), ...other.slice(0, 2)]),
    );
  });

  it("until the clone's timeout fails, with the service's words", async () => {
    const account = new AccountUnderTest();
    account.faults.always('CloneBackend', '429');
    expect((await account.deploy({ timeoutMinutes: 5 })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('did not accept the request within 5 minutes');
    expect(account.reason()).toContain('Too Many Requests');
    expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeGreaterThan(5);
    expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeLessThan(6);
    expect(account.log.filter(({ message }) => message.includes('timed out'))).toEqual([]);
  });

  it.each<Fault>(['504 before acceptance', 'reset before acceptance'])(
    "and not answered properly (%s), until the clone's timeout, fails",
    async (fault) => {
      const account = new AccountUnderTest();
      account.faults.always('CloneBackend', fault);
      expect((await account.deploy({ timeoutMinutes: 10 })).status).toBe('ROLLBACK_COMPLETE');
      const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
      expect(failure?.reason).toContain('did not accept the request within 10 minutes');
      // It takes two minutes until it is certain that the last call had no effect.
      expect(account.minutes(failure?.at)).toBeLessThan(13);
      expect(account.minutes(account.callsOf('CloneBackend').at(-1)?.at)).toBeLessThan(11);
    },
  );

  it.each<Fault>(['500 before acceptance', '504 before acceptance', 'reset before acceptance'])(
    'and not answered properly (%s) is retried, once it is certain that it had no effect',
    async (fault) => {
      const account = new AccountUnderTest();
      account.faults.next('CloneBackend', fault);
      expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
      const [first, second, ...more] = account.callsOf('CloneBackend').map(({ at }) => at);
      expect(more).toEqual([]);
      expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(MINUTE);
      expect(account.acceptedClones()).toEqual(['preview']);
    },
  );
});

describe('a call whose answer is lost', () => {
  it('and that had no effect is retried once reads cannot be stale', async () => {
    const account = new AccountUnderTest();
    account.faults.next('CloneBackend', '504 before acceptance');
    account.faults.always('ListBackendJobs', '500 before acceptance');
    account.after(3 * MINUTE, () => account.faults.clear());
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.acceptedClones()).toEqual(['preview']);
    const [, second, ...more] = account.callsOf('CloneBackend');
    expect(account.minutes(second?.at)).toBeGreaterThanOrEqual(3);
    expect(more).toEqual([]);
  });

  it('and that had no effect, while another owner clones the same source, fails, and changes neither', async () => {
    const account = new AccountUnderTest({ variants: { cloneJobFiledUnder: 'source' } });
    account.faults.next('CloneBackend', '504 before acceptance');
    account.interrupt = ({ operation }) => {
      if (operation === 'CloneBackend') account.service.otherCloneStarts(APP, 'dev', 'theirs');
      return undefined;
    };
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('the answer to CloneBackend was lost');
    await account.calmDown();
    expect(account.changes()).toEqual(['CloneBackend']);
    expect(account.environment('theirs')?.populated).toBe(true);
  });
});

describe.each(CHOICES.cloneJobFiledUnder)(
  'a clone that is accepted without an answer, with its job filed under the %s',
  (filed) => {
    it.each<Fault>([
      '500 after acceptance',
      '504 after acceptance',
      'reset after acceptance',
      'HTML body',
      'empty body',
      'broken JSON',
      'wrong types',
    ])('is found (%s)', async (fault) => {
      const account = new AccountUnderTest({ variants: { cloneJobFiledUnder: filed } });
      account.faults.next('CloneBackend', fault);
      const { status, outputs } = await account.deploy();
      expect(status).toBe('CREATE_COMPLETE');
      expect(outputs).toEqual({ EnvironmentName: 'preview' });
      expect(account.callsOf('CloneBackend')).toHaveLength(1);
      await account.destroy();
      expect(account.environments()).toEqual(['dev', 'test']);
    });

    it('is found although reads are stale by a minute', async () => {
      const variants = { cloneJobFiledUnder: filed, readLag: { maxMilliseconds: MINUTE } };
      const account = new AccountUnderTest({ variants });
      account.faults.next('CloneBackend', '504 after acceptance');
      expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
      expect(account.acceptedClones()).toEqual(['preview']);
    });

    it('and then fails is deleted, and reported as failed', async () => {
      const account = new AccountUnderTest({ variants: { cloneJobFiledUnder: filed } });
      account.faults.next('CloneBackend', '504 after acceptance');
      account.nextClones('preview', { failed: 'Resource limit exceeded' });
      expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
      expect(account.reason()).toContain('Resource limit exceeded');
      expect(account.environments()).toEqual(['dev', 'test']);
    });
  },
);

describe('a poll', () => {
  it.each<Fault>([
    '429',
    '500 before acceptance',
    '504 before acceptance',
    'reset before acceptance',
    'HTML body',
    'empty body',
    'broken JSON',
    'wrong types',
  ])('without a usable answer (%s) is repeated', async (fault) => {
    const account = new AccountUnderTest();
    account.after(MINUTE, () => account.faults.always('any', fault));
    account.after((CLONE_MINUTES + 2) * MINUTE, () => account.faults.clear());
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('that finds an unknown status continues, and logs it', async () => {
    const account = new AccountUnderTest();
    account.faults.next('GetBackendJob', 'unknown status');
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.log.some(({ message }) => message.includes('AWAITING_REVIEW'))).toBe(true);
  });

  it('that gets no answer within the hour still leads to an answer', async () => {
    const account = new AccountUnderTest();
    account.after(MINUTE, () => account.faults.always('any', '500 before acceptance'));
    await account.deploy();
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain('The service gave no usable answer to GetBackendJob');
    expect(failure?.reason).toContain('Internal server error');
    expect(account.minutes(failure?.at)).toBeLessThan(60);
  });
});

describe('a clone that fails', () => {
  it("is reported with the service's words and the job", async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: 'The bucket name is not available' });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('The bucket name is not available');
    expect(account.reason()).toContain(account.service.jobs(APP)[0]?.jobId);
  });

  it('is reported without a reason if the service gives none', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: undefined });
    await account.deploy();
    expect(account.reason()).toContain('The service gives no reason');
  });

  it('is deleted before it is reported', async () => {
    const account = new AccountUnderTest({ variants: { failedCloneLeaves: 'empty environment' } });
    account.nextClones('preview', { failed: undefined });
    await account.deploy();
    const gone = account.service.journal.events().find(({ kind }) => kind === 'environment-deleted');
    expect(gone?.at).toBeLessThanOrEqual(account.timeOf('CREATE_FAILED'));
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.reason()).toContain('The app does not list "preview" any more.');
  });

  it('is not deleted if it left nothing', async () => {
    const account = new AccountUnderTest({ variants: { failedCloneLeaves: 'nothing' } });
    account.nextClones('preview', { failed: undefined });
    await account.deploy();
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('says what is left if it cannot be deleted', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: 'The bucket name is not available' });
    account.nextDeletions('preview', { failed: 'A bucket is gone' }, { failed: 'A bucket is gone' });
    await account.deploy();
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain('The bucket name is not available');
    expect(failure?.reason).toContain('A bucket is gone');
    expect(failure?.reason).toContain(
      `aws amplify delete-backend-environment --app-id ${APP} --environment-name preview`,
    );
  });

  it('can be cloned again under the same name', async () => {
    const account = new AccountUnderTest();
    account.nextClones('preview', { failed: undefined });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    await account.destroy();
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.environment('preview')?.populated).toBe(true);
  });
});

describe('a clone that takes longer than its timeout', () => {
  it('fails, with its names, the timeout and the job', async () => {
    const account = new AccountUnderTest({ cloneMinutes: 20 });
    await account.deploy({ timeoutMinutes: 5 });
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain('"dev" of app d1a2b3c4d5e6f7 to "preview" was not complete after 5 minutes');
    expect(failure?.reason).toContain(account.service.jobs(APP)[0]?.jobId);
    expect(account.minutes(failure?.at)).toBeGreaterThan(5);
    expect(account.minutes(failure?.at)).toBeLessThan(6);
  });

  it('is deleted after its end by the Delete that follows', async () => {
    const account = new AccountUnderTest({ cloneMinutes: 20 });
    expect((await account.deploy({ timeoutMinutes: 5 })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.callsOf('DeleteBackend').map(({ requestType }) => requestType)).toEqual(['Delete']);
    expect(account.minutes(account.callsOf('DeleteBackend')[0]?.at)).toBeGreaterThanOrEqual(20);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('is deleted even if it never ends, and the request waits for that', async () => {
    const account = new AccountUnderTest();
    account.deletionMinutes = 4;
    account.nextClones('preview', 'stuck');
    expect((await account.deploy({ timeoutMinutes: 5 })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.runningJobs()).toEqual([]);
  });

  it('says what to do by hand if it never ends and the service does not delete it', async () => {
    const account = new AccountUnderTest({ variants: { deleteWhileCloning: 'BadRequestException' } });
    account.nextClones('preview', 'stuck');
    expect((await account.deploy({ timeoutMinutes: 5 })).status).toBe('ROLLBACK_FAILED');
    expect(account.reason()).toContain('has a job in progress');
    expect(account.reason()).toContain(`delete-backend-environment --app-id ${APP} --environment-name preview`);
  });
});
