import { broken, type Quotation } from '../../scripts/docs/quotations';
import { type AccountProps, AccountUnderTest, APP, MINUTE } from '../lifecycle/account-under-test';
import { READER, siblingFails } from '../lifecycle/stacks-of-clones';

/** One way for a deployment to fail. */
export interface Scene {
  readonly account?: AccountProps;
  /** Resolves to the message, if it is not in the events of the stack. */
  live(account: AccountUnderTest): Promise<unknown>;
  /** Which failure of the clone to quote. @default - the first one */
  readonly status?: 'CREATE_FAILED' | 'UPDATE_FAILED' | 'DELETE_FAILED';
}

const LIMIT = { failed: 'Resource limit exceeded' };
const PROVIDERS = { providers: { awscloudformation: { StackName: 'amplify-myapp-shop-142201' } } };
const CANNOT_BE_READ = { fromAgeMilliseconds: 0 };
const BUCKET_GONE = { failed: 'The specified bucket does not exist' };

/** The scenes by name. `docs/troubleshooting.md` has the names in comments above its quotations. */
export const FAILURE_SCENES: Readonly<Record<string, Scene>> = {
  'app not found': { live: (account) => account.deploy({ app: 'd0unknown' }) },
  'source not found': { live: (account) => account.deploy({ source: 'staging' }) },
  'target exists': { live: (account) => account.deploy({ target: 'test' }) },
  'name not allowed': { live: (account) => account.deploy({ kind: 'Adopting', target: 'NONE' }) },
  'region not supported': {
    account: { region: 'ap-east-1' },
    live: (account) => {
      account.hasService = false;
      return account.deploy();
    },
  },
  'output missing': { live: (account) => account.deploy({ kind: 'WithMistypedOutput' }) },
  'output of two resources': {
    live: (account) => {
      account.service.addEnvironment(APP, 'shop', {
        metaConfig: metaConfig({
          ...PROVIDERS,
          auth: {
            web: { output: { UserPoolId: 'us-east-1_aaa' } },
            admin: { output: { UserPoolId: 'us-east-1_bbb' } },
          },
          api: { myapi: { output: { GraphQLAPIEndpointOutput: 'https://example.com/graphql' } } },
        }),
      });
      return account.deploy({ kind: 'WithOutputs', source: 'shop' });
    },
  },
  'outputs too large': {
    live: (account) => {
      account.service.addEnvironment(APP, 'shop', {
        metaConfig: metaConfig({
          ...PROVIDERS,
          auth: { web: { output: { UserPoolId: 'x'.repeat(3000) } } },
          api: { myapi: { output: { GraphQLAPIEndpointOutput: 'https://example.com/graphql' } } },
        }),
      });
      return account.deploy({ kind: 'WithOutputs', source: 'shop' });
    },
  },
  'output not in the clone': {
    live: async (account) => {
      const api = { myapi: { output: { GraphQLAPIEndpointOutput: 'https://example.com/graphql' } } };
      account.interrupt = ({ operation }) => {
        // Somebody removes the user pool from the source, between the check and the clone.
        if (operation === 'CloneBackend') {
          account.service.removeEnvironment(APP, 'dev');
          account.service.addEnvironment(APP, 'dev', { metaConfig: metaConfig({ ...PROVIDERS, api }) });
        }
        return undefined;
      };
      await account.deploy({ kind: 'WithOutputs' });
    },
  },
  'output missing after a rollback': {
    live: async (account) => {
      await account.deploy({ kind: 'WithOutputs' });
      account.service.removeEnvironment(APP, 'preview');
      const api = { myapi: { output: { GraphQLAPIEndpointOutput: 'https://example.com/graphql' } } };
      account.service.addEnvironment(APP, 'preview', { metaConfig: metaConfig({ ...PROVIDERS, api }) });
      await account.deploy({ kind: 'WithOutputs', target: 'review' }, { [READER]: { reason: 'Throttled' } });
    },
    status: 'UPDATE_FAILED',
  },
  'configuration of the source unreadable': {
    account: { variants: { environmentDetails: { ...CANNOT_BE_READ, answer: '504', of: 'other environments' } } },
    live: (account) => account.deploy({ kind: 'WithOutputs' }),
  },
  'configuration of the clone unreadable': {
    account: {
      variants: { environmentDetails: { ...CANNOT_BE_READ, answer: 'ResourceNotFoundException', of: 'clones' } },
    },
    live: (account) => account.deploy({ kind: 'WithOutputs', timeoutMinutes: 20 }),
  },
  'answers lost': {
    live: (account) => {
      account.faults.always('CloneBackend', 'reset before acceptance');
      return account.deploy({ timeoutMinutes: 10 });
    },
  },
  'properties invalid': {
    live: (account) => account.deploy({ app: 'my-app', target: 'Preview-2', timeoutMinutes: 60 }),
  },
  'access denied': {
    live: (account) => {
      account.faults.always('CloneBackend', 'AccessDeniedException');
      return account.deploy();
    },
  },
  'clone refused': {
    live: (account) => {
      account.interrupt = ({ operation }) => {
        if (operation === 'CloneBackend') account.service.addEnvironment(APP, 'preview');
        return undefined;
      };
      return account.deploy();
    },
  },
  'request not accepted': {
    live: (account) => {
      account.faults.always('CloneBackend', '429');
      return account.deploy();
    },
  },
  'pending job': {
    account: { variants: { pendingJob: 'ValidationException' }, cloneMinutes: 30 },
    live: (account) => {
      account.service.otherCloneStarts(APP, 'dev', 'other');
      return account.deploy({ timeoutMinutes: 10 });
    },
  },
  'answer lost': {
    account: { variants: { cloneJobFiledUnder: 'source' } },
    live: (account) => {
      account.faults.next('CloneBackend', '504 before acceptance');
      account.interrupt = ({ operation }) => {
        if (operation === 'CloneBackend') account.service.otherCloneStarts(APP, 'dev', 'other');
        return undefined;
      };
      return account.deploy();
    },
  },
  'clone failed': {
    live: (account) => {
      account.nextClones('preview', LIMIT);
      return account.deploy();
    },
  },
  'clone failed, no reason': {
    live: (account) => {
      account.nextClones('preview', { failed: undefined });
      return account.deploy();
    },
  },
  'clone failed, remains': {
    live: (account) => {
      account.nextClones('preview', LIMIT);
      account.nextDeletions('preview', BUCKET_GONE, BUCKET_GONE);
      return account.deploy();
    },
  },
  'permission missing': {
    account: { variants: { missingRights: 'the job FAILS with the reason' } },
    live: (account) => account.deploy({ kind: 'WithoutBackendPolicies' }),
  },
  'permission missing, no reason': {
    account: { variants: { missingRights: 'the job FAILS without a reason' } },
    live: (account) => account.deploy({ kind: 'WithoutBackendPolicies' }),
  },
  'clone failed, a root stack remains': {
    account: { variants: { cloneOntoExisting: 'accepted, and the job FAILS' }, cloneMinutes: 1 },
    live: (account) => {
      account.interrupt = ({ operation }) => {
        // Somebody starts to create one with the Amplify CLI, between the read of the list and the call.
        if (operation === 'CloneBackend') {
          account.service.addEnvironment(APP, 'preview', { madeInMilliseconds: 10 * MINUTE });
        }
        return undefined;
      };
      return account.deploy();
    },
  },
  'clone failed, another owner created one': {
    live: (account) => {
      account.nextClones('preview', LIMIT);
      account.service.journal.onEvent((event) => {
        if (event.kind !== 'job-ended' || event.environment !== 'preview') return;
        account.service.removeEnvironment(APP, 'preview');
        account.service.addEnvironment(APP, 'preview');
      });
      return account.deploy();
    },
  },
  'timed out, create': {
    account: { cloneMinutes: 8 },
    live: (account) => account.deploy({ timeoutMinutes: 5 }),
  },
  'timed out, update': {
    account: { variants: { targetListed: 'on acceptance', deleteWhileCloning: 'accepted' } },
    live: async (account) => {
      await account.deploy();
      account.nextClones('review', 'stuck');
      await account.deploy({ target: 'review', timeoutMinutes: 5 });
    },
    status: 'UPDATE_FAILED',
  },
  'service unavailable': {
    live: (account) => {
      account.after(MINUTE, () => account.faults.always('any', '500 before acceptance'));
      return account.deploy();
    },
  },
  'source changed': {
    live: async (account) => {
      await account.deploy();
      await account.deploy({ source: 'test' });
    },
  },
  'environment missing': {
    live: async (account) => {
      account.service.addEnvironment(APP, 'preview');
      account.interrupt = ({ operation }) => {
        // Called once it is certain that the target exists.
        if (operation === 'ListBackendJobs') account.service.removeEnvironment(APP, 'preview');
        return undefined;
      };
      await account.deploy({ kind: 'Adopting' });
    },
  },
  'deletion failed': {
    live: async (account) => {
      await account.deploy();
      account.nextDeletions('preview', BUCKET_GONE, BUCKET_GONE);
      await account.destroy();
    },
    status: 'DELETE_FAILED',
  },
  'deletion failed, no reason': {
    live: async (account) => {
      await account.deploy();
      account.nextDeletions('preview', { failed: undefined }, { failed: undefined });
      await account.destroy();
    },
    status: 'DELETE_FAILED',
  },
  'deletion completed, still listed': {
    live: async (account) => {
      await account.deploy();
      account.nextDeletions('preview', 'COMPLETED, and the environment stays');
      await account.destroy();
    },
    status: 'DELETE_FAILED',
  },
  'clone never ends': {
    account: { variants: { deleteWhileCloning: 'BadRequestException' } },
    live: (account) => {
      account.nextClones('preview', 'stuck');
      return account.deploy({ timeoutMinutes: 5 });
    },
    status: 'DELETE_FAILED',
  },
  'creation cancelled': { live: (account) => account.deploy({}, siblingFails(60)) },
  'creation cancelled, in the logs': {
    account: { cloneMinutes: 10 },
    live: async (account) => {
      await account.deploy({}, siblingFails(60));
      const ignored = account.answers.find(({ reception }) => reception === 'ignored');
      return ignored?.answer.kind === 'failed' ? ignored.answer.reason : undefined;
    },
  },
  'ledger access denied': {
    live: (account) => {
      account.ledgerFault = () => 'AccessDeniedException';
      return account.deploy();
    },
  },
  'ledger table missing': {
    live: async (account) => {
      await account.deploy();
      account.deleteLedger();
      await account.destroy();
    },
    status: 'DELETE_FAILED',
  },
  'handler killed': {
    live: (account) => {
      account.interrupt = ({ operation }) => (operation === 'CloneBackend' ? 'killed before the call' : undefined);
      return account.deploy();
    },
  },
  'framework timed out': {
    live: (account) => {
      account.ledgerFault = () => '500 before acceptance';
      return account.deploy();
    },
  },
  'physical ID of another handler': {
    live: async (account) => {
      await account.deploy();
      const [create] = account.requests;
      if (create === undefined) throw new Error('nothing was requested');
      const payload = { ...create, RequestType: 'Update', PhysicalResourceId: 'imported-by-hand' };
      const framework = account.region.function(create.ServiceToken);
      await account.clock.runUntil(Promise.resolve(framework?.invokeWithPayload(JSON.stringify(payload))));
      const { answer } = account.answers.at(-1) ?? {};
      return answer?.kind === 'failed' ? answer.reason : undefined;
    },
  },
  'service token changed': {
    live: async (account) => {
      await account.deploy();
      // In this stack, the clone has a provider that is not the stack's default.
      await account.deploy({ kind: 'WithoutBackendPolicies' });
    },
  },
  'no answer': {
    account: { settings: { delivery: () => [] } },
    live: (account) => account.deploy(),
  },
};

function metaConfig(config: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(config);
}

/** The quotation of a scene, with line breaks. */
export async function quote({ scene, inFull }: Quotation): Promise<string> {
  const live = FAILURE_SCENES[scene];
  if (live === undefined) throw new Error(`a page quotes the scene "${scene}", which is not in failure-scenes.ts`);
  const shown = await shownByCloudFormation(live);
  return broken(inFull ? shown : withoutFrame(shown));
}

/** CloudFormation's reason of the scene's failure, on one line. Random parts are replaced by fixed ones. */
async function shownByCloudFormation({ account: props, live, status }: Scene): Promise<string> {
  const account = new AccountUnderTest(props);
  const message = await live(account);
  if (typeof message === 'string') return onOneLine(message);
  const failure = account
    .eventsOf('Clone')
    .find((event) => (status === undefined ? event.status.endsWith('_FAILED') : event.status === status));
  if (failure?.reason === undefined) throw new Error(`the clone did not fail: ${account.statuses().join(', ')}`);
  return onOneLine(failure.reason);
}

const FRAME =
  /^Received response status \[FAILED\] from custom resource\. Message returned: (.*?)( Logs: \S+)?( \(RequestId: [-0-9a-f]+\))?$/;

/** The message without the frame of CloudFormation and the provider framework. */
function withoutFrame(reason: string): string {
  return FRAME.exec(reason)?.[1] ?? reason;
}

/** The message without the framework's stack trace. */
function onOneLine(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '6a1c7e0e-3f5b-4d6a-9c1e-2b7d8f9a0b1c')
    .replaceAll(/(Provider\w*?)[0-9A-F]{8}-\w+/g, '$1FCB93893-4Xk2PqLmN8sT')
    .replaceAll(/\n {4}at .*/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
