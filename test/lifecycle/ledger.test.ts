import { FAULTS } from '../../simulator/dynamodb/faults';
import { seededRandom } from '../../simulator/random';
import { AccountUnderTest, APP, MINUTE } from './account-under-test';

/*
 * What happens to a clone if the ledger's table fails.
 */

describe.each(FAULTS)('a ledger that answers with: %s', (fault) => {
  it.each([1, 2, 3])('for one call of three is retried, and each change is made once (%i)', async (seed) => {
    const account = new AccountUnderTest();
    const random = seededRandom(seed);
    account.ledgerFault = () => (random.chance(1 / 3) ? fault : undefined);
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect((await account.deploy({ target: 'review' })).status).toBe('UPDATE_COMPLETE');
    expect(await account.destroy()).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
    expect(account.changes()).toEqual(['CloneBackend', 'CloneBackend', 'DeleteBackend', 'DeleteBackend']);
  });

  it('for ten minutes delays the request', async () => {
    const account = new AccountUnderTest();
    account.ledgerFault = ({ at }) => (account.minutes(at) < 10 ? fault : undefined);
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(account.callsOf('CloneBackend')).toHaveLength(1);
    expect(account.minutes(account.callsOf('CloneBackend')[0]?.at)).toBeGreaterThanOrEqual(10);
  });

  it('right after CloneBackend delays the end of the invocation until the clone is recorded', async () => {
    const account = new AccountUnderTest();
    let faults = 0;
    account.ledgerFault = ({ operation }) => {
      if (operation !== 'PutItem' || account.callsOf('CloneBackend').length === 0 || faults === 3) return undefined;
      faults += 1;
      return fault;
    };
    expect((await account.deploy()).status).toBe('CREATE_COMPLETE');
    expect(faults).toBe(3);
    expect(account.callsOf('ListBackendJobs')).toEqual([]);
    expect(account.changes()).toEqual(['CloneBackend']);
  });
});

describe.each(FAULTS.filter((fault) => fault !== 'ThrottlingException'))(
  'a ledger that answers with: %s, for longer than CloudFormation waits',
  (fault) => {
    it('ends the request within its hour', async () => {
      const account = new AccountUnderTest();
      account.ledgerFault = ({ at }) => (account.minutes(at) > 1 ? fault : undefined);
      await account.deploy();
      expect(account.minutes(account.timeOf('CREATE_FAILED'))).toBeLessThan(60);
      expect(account.changes()).toEqual(['CloneBackend']);
    });
  },
);

describe('a ledger that the role may not use', () => {
  it('for longer than a minute fails the request, and names the role and the action', async () => {
    const account = new AccountUnderTest();
    account.ledgerFault = () => 'AccessDeniedException';
    await account.deploy();
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain('may not call dynamodb:GetItem.');
    expect(failure?.reason).not.toContain('AdministratorAccess-Amplify');
    expect(account.minutes(failure?.at)).toBeLessThan(2);
    expect(account.calls).toEqual([]);
  });
});

describe('a ledger whose table does not exist', () => {
  it('fails the request at once, with what to do', async () => {
    const account = new AccountUnderTest();
    account.interrupt = () => {
      account.deleteLedger();
      return undefined;
    };
    expect((await account.deploy()).status).toBe('ROLLBACK_FAILED');
    const failure = account.eventsOf('Clone').find(({ status }) => status === 'CREATE_FAILED');
    expect(failure?.reason).toContain("The provider's ledger table cannot be used");
    expect(failure?.reason).toContain('Requested resource not found');
    expect(failure?.reason).toContain('Check that the table exists');
    expect(account.minutes(failure?.at)).toBeLessThan(0.5);
    expect(account.calls).toEqual([]);
  });

  it('while a clone runs, fails the request, and changes nothing more', async () => {
    const account = new AccountUnderTest();
    account.after(MINUTE, () => account.deleteLedger());
    expect((await account.deploy()).status).toBe('ROLLBACK_FAILED');
    expect(account.reason()).toContain("The provider's ledger table cannot be used");
    await account.calmDown();
    expect(account.changes()).toEqual(['CloneBackend']);
  });
});

it('a ledger item that no version of the handler writes fails the request, and deletes nothing', async () => {
  const account = new AccountUnderTest();
  await account.deploy();
  const table = [...(account.region.stack('Preview')?.resources.values() ?? [])].find(
    ({ definition }) => definition.type === 'AWS::DynamoDB::Table',
  );
  const ledger = account.region.dynamoDb.table(table?.physicalId ?? '');
  for (const item of ledger?.contents() ?? []) {
    ledger?.put(new Map([...item, ['text', { S: '{"r":{"kind":"clone"}}' }]]), undefined);
  }
  expect(await account.destroy()).toBe('DELETE_FAILED');
  expect(account.reason()).toContain('The ledger has what this version of the handler does not write: r.begunAt');
  expect(account.callsOf('DeleteBackend')).toEqual([]);
  expect(account.environments(APP)).toContain('preview');
});
