import { AccountUnderTest, APP } from './account-under-test';
import { siblingFails } from './stacks-of-clones';

const lives: Readonly<Record<string, (account: AccountUnderTest) => Promise<unknown>>> = {
  'made, renamed and deleted': async (account) => {
    await account.deploy();
    await account.deploy({ target: 'review' });
    await account.destroy();
  },
  'made in a clone that fails': (account) => {
    account.nextClones('preview', { failed: 'The bucket name is not available' });
    return account.deploy();
  },
  refused: (account) => {
    account.service.addEnvironment(APP, 'preview');
    return account.deploy();
  },
  cancelled: (account) => account.deploy({}, siblingFails(90)),
  denied: (account) => {
    account.faults.always('any', 'AccessDeniedException');
    return account.deploy();
  },
  'made by a service that is not to be understood': (account) => {
    for (const fault of ['HTML body', 'wrong types', 'reset after acceptance', '429', 'unknown status'] as const) {
      account.faults.next('any', fault, 3);
    }
    return account.deploy();
  },
  'made by a handler that is killed, and one that runs out of time': (account) => {
    let looks = 0;
    account.interrupt = ({ operation }) => {
      if (operation === 'GetBackendJob') looks += 1;
      return looks === 2 ? 'the call hangs' : looks === 4 ? 'killed after the call' : undefined;
    };
    return account.deploy();
  },
  'deleted in vain': async (account) => {
    await account.deploy();
    account.nextDeletions('preview', { failed: 'A bucket is gone' }, { failed: 'A bucket is gone' });
    await account.destroy();
  },
};

describe.each(Object.entries(lives))('the log of a clone that is %s', (_, live) => {
  it('contains neither the response URL nor a credential', async () => {
    const account = new AccountUnderTest();
    await live(account);
    const secrets = [account.credentials.secretAccessKey, account.credentials.sessionToken, 'ResponseURL'];
    for (const { ResponseURL } of account.requests) {
      const { pathname, searchParams } = new URL(ResponseURL);
      const signature = searchParams.get('X-Amz-Signature');
      if (signature === null) throw new Error(`the URL of the simulator has no signature: ${ResponseURL}`);
      secrets.push(signature, pathname, 'X-Amz-Signature');
    }
    expect(account.log.length).toBeGreaterThan(0);
    const lines = account.log.map(({ message }) => message);
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    const reasons = account.events.map(({ reason, physicalId }) => `${physicalId} ${reason}`);
    expect(reasons.filter((reason) => secrets.some((secret) => reason.includes(secret)))).toEqual([]);
  });
});

it('the log of a handler is one JSON object per line, with the app and the environment', async () => {
  const account = new AccountUnderTest();
  await account.deploy();
  const handlers = account.log.filter(({ functionName }) => /OnEvent|IsComplete/.test(functionName));
  const lines = handlers.map(({ message }): unknown => JSON.parse(message));
  expect(lines).toEqual([
    expect.objectContaining({ message: 'begun', request: 'Create', physicalId: expect.stringContaining('/preview;') }),
    expect.objectContaining({ message: 'complete', request: 'Create' }),
  ]);
});
