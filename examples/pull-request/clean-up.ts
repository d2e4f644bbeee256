import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  DeleteStackCommand,
  paginateDescribeStacks,
  type Stack,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
// In your own project, import from 'cdk-amplify-backend-clone'.
import { EnvironmentName } from '../../lib';
import { PREVIEW_TAG } from './preview-app';

const USAGE = 'npx tsx clean-up.ts --app-id ID [--older-than MINUTES] [--destroy] < BRANCHES';

/**
 * The previews of an app whose branches are not in the list.
 *
 * @param olderThan minutes. The branch of a younger preview may be newer than the list
 */
export function abandonedPreviews(
  stacks: readonly Stack[],
  { appId, branches, olderThan }: { appId: string; branches: readonly string[]; olderThan: number },
  now = Date.now(),
): Stack[] {
  const kept = new Set(branches.map((branch) => `Preview-${EnvironmentName.fromBranch(branch)}`));
  return stacks.filter(
    ({ StackName = '', StackStatus = '', CreationTime, Tags = [] }) =>
      Tags.some(({ Key, Value }) => Key === PREVIEW_TAG && Value === appId) &&
      !kept.has(StackName) &&
      // The stack is being changed or deleted.
      !/_IN_PROGRESS$|^DELETE_COMPLETE$/.test(StackStatus) &&
      now - (CreationTime?.getTime() ?? now) >= olderThan * 60_000,
  );
}

async function cleanUp(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'app-id': { type: 'string' },
      'older-than': { type: 'string', default: '60' },
      destroy: { type: 'boolean', default: false },
    },
  });
  const appId = values['app-id'];
  const olderThan = Number(values['older-than']);
  if (appId === undefined || appId === '' || !(olderThan >= 0)) throw new Error(USAGE);
  const branches = readFileSync(process.stdin.fd, 'utf8')
    .split('\n')
    .filter((branch) => branch !== '');

  const client = new CloudFormationClient();
  const stacks: Stack[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) stacks.push(...Stacks);
  const abandoned = abandonedPreviews(stacks, { appId, branches, olderThan });
  console.log(`${branches.length} branches keep their preview; ${abandoned.length} previews belong to none of them.`);

  await Promise.all(
    abandoned.map(async ({ StackName, StackId }) => {
      console.log(`${values.destroy ? 'destroying' : 'would be destroyed with --destroy'}: ${StackName}`);
      if (!values.destroy) return;
      await client.send(new DeleteStackCommand({ StackName: StackId }));
      try {
        await waitUntilStackDeleteComplete({ client, maxWaitTime: 3600 }, { StackName: StackId });
        console.log(`destroyed: ${StackName}`);
      } catch {
        console.error(`NOT destroyed: ${StackName}. The stack's events say why.`);
        process.exitCode = 1;
      }
    }),
  );
}

if (require.main === module) {
  cleanUp().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
