import { CHOICES, DEFAULT_VARIANTS, singleDeviations } from '../../simulator/amplify-backend/variants';
import { readVariantsFile } from '../../simulator/amplify-backend/variants-file';
import { AccountUnderTest, APP } from './account-under-test';
import { siblingFails } from './stacks-of-clones';

/*
 * Where the service's behavior is unknown, the handler has to be right under each plausible one.
 */

/** The results of a survey: `VARIANTS_FILE=survey-results/survey.json npx jest test/lifecycle/variants`. */
const { VARIANTS_FILE: file } = process.env;
const seen = { ...DEFAULT_VARIANTS, ...(file === undefined ? {} : readVariantsFile(file)) };
const asSeen = file === undefined ? [] : [{ name: `as in ${file}`, variants: seen }];

describe.each([...asSeen, ...singleDeviations(seen)])('$name', ({ variants }) => {
  const accountUnderTest = () => new AccountUnderTest({ variants });

  it('a clone is created and deleted with its stack', async () => {
    const account = accountUnderTest();
    expect((await account.deploy()).outputs).toEqual({ EnvironmentName: 'preview' });
    expect(account.environment('preview')?.populated).toBe(true);
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.changes()).toEqual(['CloneBackend', 'DeleteBackend']);
  });

  it('a clone that fails leaves nothing, says why, and can be cloned again under the same name', async () => {
    const account = accountUnderTest();
    account.nextClones('preview', { failed: 'The bucket name is not available' });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('The bucket name is not available');
    expect(account.environments()).toEqual(['dev', 'test']);
    await account.destroy();
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.environment('preview')?.populated).toBe(true);
  });

  it('a new name is a new clone, and the old one is deleted', async () => {
    const account = accountUnderTest();
    await account.deploy();
    expect((await account.deploy({ target: 'review' })).outputs).toEqual({ EnvironmentName: 'review' });
    expect(account.environments()).toEqual(['dev', 'test', 'review']);
  });

  it('a Create that is cancelled leaves nothing', async () => {
    const account = accountUnderTest();
    expect((await account.deploy({}, siblingFails(90))).status).toBe('ROLLBACK_COMPLETE');
    await account.calmDown();
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.runningJobs()).toEqual([]);
  });

  it('an existing target is unchanged', async () => {
    const account = accountUnderTest();
    account.service.addEnvironment(APP, 'preview');
    const before = account.environment('preview');
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.environment('preview')).toEqual(before);
    expect(account.callsOf('DeleteBackend')).toEqual([]);
  });
});

describe.each(CHOICES.deleteWhileCloning)(
  'if DeleteBackend while a clone runs is answered with: %s',
  (deleteWhileCloning) => {
    it('a clone that takes too long is deleted', async () => {
      const account = new AccountUnderTest({ variants: { deleteWhileCloning }, cloneMinutes: 20 });
      expect((await account.deploy({ timeoutMinutes: 5 })).status).toBe('ROLLBACK_COMPLETE');
      expect(account.environments()).toEqual(['dev', 'test']);
      expect(account.runningJobs()).toEqual([]);
    });
  },
);

describe('an app whose Amplify Studio is switched off', () => {
  it('can be cloned if GetBackend works for it', async () => {
    const account = new AccountUnderTest({ variants: { studioOff: 'works' } });
    account.service.addApp(APP, { studio: false });
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
  });

  it('is a possible cause in the failure if GetBackend does not work for it', async () => {
    const account = new AccountUnderTest({ variants: { studioOff: 'NotFoundException' } });
    account.service.addApp(APP, { studio: false });
    expect((await account.deploy()).status).toBe('ROLLBACK_COMPLETE');
    expect(account.reason()).toContain('or its Amplify Studio is off');
    expect(account.reason()).toContain(`aws amplifybackend create-backend-config --app-id ${APP}`);
  });

  it('has its clone deleted, if Studio is switched off after the creation', async () => {
    const account = new AccountUnderTest({ variants: { studioOff: 'NotFoundException' } });
    await account.deploy();
    account.service.addApp(APP, { studio: false });
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});
