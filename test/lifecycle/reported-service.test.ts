import type { DetailsFailure } from '../../simulator/amplify-backend/variants';
import { AccountUnderTest, APP, MINUTE, SECOND } from './account-under-test';
import { SIBLING } from './stacks-of-clones';

/*
 * The service's behavior in public reports. The handler once failed each of these cases. The titles have the reports.
 */

describe('a service that runs one job of an environment at a time (amplify-studio 336, 483; amplify-cli 9295)', () => {
  const variants = { pendingJob: 'ValidationException' } as const;

  it('delays the second of two clones of one source until the first is complete', async () => {
    const account = new AccountUnderTest({ variants });
    expect((await account.deploy({ kind: 'TwoClones' })).status).toBe('CREATE_COMPLETE');
    expect(account.acceptedClones().sort()).toEqual(['preview', 'second']);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('fails a clone only after its timeout, and says how to see the pending job', async () => {
    const account = new AccountUnderTest({ variants, cloneMinutes: 30 });
    account.service.otherCloneStarts(APP, 'dev', 'theirs');
    expect((await account.deploy({ timeoutMinutes: 10 })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeGreaterThan(10);
    expect(account.reason()).toContain('[CloneNotStarted]');
    expect(account.reason()).toContain('There is already a pending job');
    expect(account.reason()).toContain(
      `aws amplifybackend list-backend-jobs --app-id ${APP} --backend-environment-name dev`,
    );
  });

  it('delays the deletion of a cancelled clone until its job has ended', async () => {
    const account = new AccountUnderTest({ variants });
    const failing = { [SIBLING]: { reason: 'Topic limit exceeded', afterSeconds: 90 } };
    expect((await account.deploy({}, failing)).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});

describe.each(['504', 'ValidationException', 'ResourceNotFoundException'] as const)(
  'a service that fails every GetBackend of one environment with %s (amplify-studio 54, 201, 357; amplify-hosting 2369)',
  (answer) => {
    const failing = (of: DetailsFailure['of'], fromAgeMilliseconds = 0) => ({
      environmentDetails: { answer, of, fromAgeMilliseconds },
    });

    it('lets a clone without requested outputs succeed within two minutes of its end, and be deleted', async () => {
      const account = new AccountUnderTest({ variants: failing('every environment') });
      expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
      expect(account.minutes(account.timeOf('CREATE_COMPLETE'))).toBeLessThan(5 + 2);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
    });

    it('fails a clone with requested outputs at once if it affects the source, and nothing is cloned', async () => {
      const account = new AccountUnderTest({ variants: failing('other environments') });
      expect((await account.deploy({ kind: 'WithOutputs' })).status).toBe('ROLLBACK_COMPLETE');
      expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeLessThan(2);
      expect(account.reason()).toContain('[ConfigurationUnreadable] Cannot clone environment "dev"');
      expect(account.reason()).toContain('Nothing was changed.');
      expect(account.changes()).toEqual([]);
    });

    it("fails a clone with requested outputs, which is kept, with the service's words", async () => {
      const account = new AccountUnderTest({ variants: failing('clones') });
      expect((await account.deploy({ kind: 'WithOutputs', timeoutMinutes: 20 })).status).toBe('ROLLBACK_COMPLETE');
      expect(account.reason()).toContain(
        '[ConfigurationUnreadable] The outputs of environment "preview" cannot be read',
      );
      expect(account.reason()).toContain(answer === '504' ? 'Endpoint request timed out' : answer);
      expect(account.reason()).toContain('The clone is complete, and is kept.');
      expect(account.reason()).toContain('then delete the deployment bucket.');
      expect(account.environments()).toContain('preview');
      expect(account.callsOf('DeleteBackend')).toEqual([]);
    });

    it('does not keep a clone with requested outputs if its Create was cancelled, since no message named it', async () => {
      const account = new AccountUnderTest({ variants: failing('clones') });
      const properties = { kind: 'WithOutputs', timeoutMinutes: 10 } as const;
      const failed = { [SIBLING]: { reason: 'Topic limit exceeded', afterSeconds: 9 * 60 + 55 } };
      expect((await account.deploy(properties, failed)).status).toBe('ROLLBACK_COMPLETE');
      await account.calmDown();
      expect(account.environments()).toEqual(['dev', 'test']);
    });

    it('rolls back to the previous clone if the outputs of the next one cannot be read', async () => {
      const account = new AccountUnderTest();
      await account.deploy({ kind: 'WithOutputs' });
      account.service.variants = { ...account.service.variants, ...failing('clones') };
      const next = { kind: 'WithOutputs', target: 'review', timeoutMinutes: 10 } as const;
      await account.deploy(next);
      await account.calmDown();
      expect(account.environments()).toEqual(['dev', 'test', 'preview']);
    });

    it('does not prevent the deletion of a failed clone, or the report of its reason', async () => {
      const account = new AccountUnderTest({ variants: failing('every environment') });
      account.nextClones('preview', { failed: 'Resource limit exceeded' });
      expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
      expect(account.reason()).toContain('Resource limit exceeded');
      expect(account.environments()).toEqual(['dev', 'test']);
    });

    it('does not prevent the deletion of a clone long after its creation', async () => {
      const account = new AccountUnderTest({ variants: failing('clones', 30 * MINUTE) });
      await account.deploy();
      await account.clock.advance(60 * MINUTE);
      expect(await account.destroy()).toBe('DELETE_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
    });
  },
);

describe('a service that acts with the permissions of its caller (amplify-studio 160, 355, 698, 852)', () => {
  it('creates and deletes a clone for a provider with the default properties', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it.each([
    ['and says which one is missing', 'the job FAILS with the reason', 'lacks iam:PutRolePolicy'],
    ['and does not say that one is missing', 'the job FAILS without a reason', 'may lack a permission'],
    ['and refuses the call', 'AccessDeniedException', 'may not call amplifybackend:CloneBackend'],
  ] as const)('%s: the failure names the role and the remedy', async (_, missingRights, words) => {
    const account = new AccountUnderTest({ variants: { missingRights } });
    expect((await account.deploy({ kind: 'WithoutBackendPolicies' })).status).not.toBe('CREATE_COMPLETE');
    const first = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED')?.reason;
    expect(first).toMatch(/role of Lambda function Preview-ProviderIsComplete/i);
    expect(first).toContain(words);
    expect(first).toContain('AdministratorAccess-Amplify');
  });
});

describe('an environment that another owner creates with the Amplify CLI, without a job', () => {
  const TEN_MINUTES = { madeInMilliseconds: 10 * MINUTE };

  it('is not mistaken for the rest of a failed clone', async () => {
    const account = new AccountUnderTest({
      variants: { cloneOntoExisting: 'accepted, and the job FAILS', readLag: { maxMilliseconds: 0 } },
      cloneMinutes: 1,
    });
    account.interrupt = ({ operation }) => {
      // It is created between the read of the list and the call.
      if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'preview', TEN_MINUTES);
      return undefined;
    };
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('somebody may be creating it with the Amplify CLI');
    await account.clock.advance(10 * MINUTE);
    expect(account.environment('preview')?.origin).toEqual({ kind: 'other' });
    expect(account.callsOf('DeleteBackend')).toEqual([]);
  });
});

describe('a deletion that COMPLETED, while the app still lists the environment', () => {
  it('fails once reads cannot be stale, and says so', async () => {
    const account = new AccountUnderTest();
    await account.deploy();
    account.nextDeletions('preview', 'COMPLETED, and the environment stays');
    expect(await account.destroy()).toBe('DELETE_FAILED');
    expect(account.reason()).toMatch(/\[RemovalFailed\] .* is COMPLETED, but the app still lists the environment/);
  });
});

describe('a Region without the service', () => {
  it('is reported at once, with the Regions that have it', async () => {
    const account = new AccountUnderTest({ region: 'ap-east-1' });
    account.hasService = false;
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('[RegionNotSupported]');
    expect(account.reason()).toContain('AmplifyBackend has no endpoint in Region ap-east-1');
    expect(account.reason()).toContain('us-west-2');
    expect(account.timeOf('CREATE_FAILED') - account.timeOf('CREATE_IN_PROGRESS')).toBeLessThan(30 * SECOND);
  });

  it('is not mistaken for a name server that does not answer for a while', async () => {
    const account = new AccountUnderTest();
    account.hasService = false;
    account.after(5 * MINUTE, () => {
      account.hasService = true;
    });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  });
});

describe('an environment with a name of the old kind, which a new one cannot have,', () => {
  it('is adopted', async () => {
    const account = new AccountUnderTest();
    account.service.addEnvironment(APP, 'NONE');
    const { status, outputs } = await account.deploy({ kind: 'Adopting', target: 'NONE' });
    expect(status).toBe('CREATE_COMPLETE');
    expect(outputs).toEqual({ EnvironmentName: 'NONE' });
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toContain('NONE');
  });

  it('cannot be created if it does not exist, and the failure says so', async () => {
    const account = new AccountUnderTest();
    expect((await account.deploy({ kind: 'Adopting', target: 'NONE' })).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('[NameNotAllowed]');
    expect(account.changes()).toEqual([]);
  });
});
