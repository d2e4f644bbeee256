import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AmplifyBackendClient, GetBackendCommand } from '@aws-sdk/client-amplifybackend';
import { ownAccount } from './account';
import { cdkCli } from './cdk-cli';
import { type CloudFormation, cloudFormationWith } from './cloudformation';
import { commandsOf, type JourneyAnywhere, type Place } from './journey';
import type { ProcessGroups } from './process-groups';
import { type AwsRun, STACK_PREFIX } from './run-settings';
import type { Score } from './score';

/*
 * Runs journeys in an AWS account, with unique names, one after the other. Their stacks are destroyed, also after a failure.
 */

/** Printed before anything is deployed. */
export function planOf(
  { appId, source, serviceEndpoint }: AwsRun,
  journeys: readonly JourneyAnywhere[],
  prefix: string,
): string {
  return [
    `This deploys with the CDK CLI to ${serviceEndpoint === undefined ? 'the AWS account of your credentials' : `the endpoint in AWS_ENDPOINT_URL, with AmplifyBackend at ${serviceEndpoint}`}, on app ${appId}:`,
    ...journeys.map(({ name, title }) => `  ${name}: ${title}`),
    '',
    `Every stack is named ${prefix}…, and each clone of ${source} has a random name of ten letters. The journeys run one after the`,
    `other. Each takes two to four clones and deletions, so all take one to three hours. Everything is destroyed afterwards.`,
    `${source}, and every other existing environment, is not changed. The account needs a CDK bootstrap stack.`,
    '',
    'A clone costs what its resources cost for that time: nothing, or cents, for user pools, functions, on-demand tables and',
    'buckets; more for resources that are billed by the hour. Handler, state machine and ledger cost cents.',
    '',
    `Ctrl-C destroys what was deployed. After a crash: npm run e2e -- --aws --take-down ${prefix}`,
  ].join('\n');
}

export function newPrefix(): string {
  return `${STACK_PREFIX}${letters(6)}-`;
}

export interface RunAtAws {
  readonly wanted: AwsRun;
  readonly journeys: readonly JourneyAnywhere[];
  readonly prefix: string;
  readonly folder: string;
  readonly processes: ProcessGroups;
  readonly score: Score;
}

export async function runAtAws({ wanted, journeys, prefix, folder, processes, score }: RunAtAws): Promise<void> {
  const cloudFormation = cloudFormationWith({});
  const { appId, serviceEndpoint } = wanted;
  const client = new AmplifyBackendClient(serviceEndpoint === undefined ? {} : { endpoint: serviceEndpoint });
  const environments = async (): Promise<readonly string[]> =>
    (await client.send(new GetBackendCommand({ AppId: appId }))).BackendEnvironmentList ?? [];
  let clones = 0;
  for (const journey of journeys) {
    if (processes.areEnding) break;
    const title = `${journey.name}: ${journey.title}`;
    const startedAt = Date.now();
    const names = new Map<string, string>();
    const place = placeOf(wanted, prefix, names);
    const own = path.join(folder, journey.name.replaceAll(' ', '-'));
    await mkdir(own);
    const createdEnvironments = async (): Promise<string[]> => {
      const there = new Set(await environments());
      return [...names].flatMap(([name, drawn]) => (there.has(drawn) ? [name] : [])).sort();
    };
    const note = (line: string): void => score.note(`        ${journey.name}: ${line}`);
    const cli = cdkCli(ownAccount, own, processes);
    try {
      await journey.run({
        ...commandsOf({ cli, cloudFormation, note }),
        emulator: undefined,
        place,
        createdEnvironments,
      });
      score.pass(`${title} (${minutesSince(startedAt)} minutes)`);
    } catch (error) {
      if (!processes.areEnding) score.fail(title, error instanceof Error ? error.message : String(error));
    }
    clones += names.size;
    await takeDown(cloudFormation, prefix, score);
    const left = await createdEnvironments();
    if (left.length > 0) {
      score.fail(
        `${journey.name}: nothing remains`,
        `the app has environments of this journey: ${left.map((name) => names.get(name)).join(', ')}. docs/deleting-by-hand.md says how to delete them.`,
      );
    }
  }
  score.note(`${clones} clones were started`);
}

function placeOf(
  { appId, source, qualifier, serviceEndpoint }: AwsRun,
  prefix: string,
  names: Map<string, string>,
): Place {
  return {
    appId,
    source,
    emulator: serviceEndpoint,
    context: qualifier === undefined ? {} : { '@aws-cdk/core:bootstrapQualifier': qualifier },
    stack: (name) => `${prefix}${name}`,
    environment(name) {
      const drawn = names.get(name) ?? `ee${letters(8)}`;
      names.set(name, drawn);
      return drawn;
    },
  };
}

const PAUSE = 5000;
/** CloudFormation waits for each custom resource for an hour, and a stack may have to wait for another one first. */
const LONGEST_DELETION = 3 * 60 * 60_000;

/** The newest stack first, since it may import from an older one. */
export async function takeDown(cloudFormation: CloudFormation, prefix: string, score: Score): Promise<void> {
  for (const stack of await cloudFormation.stacksNamed(prefix)) {
    score.note(`taking down ${stack}`);
    await cloudFormation.beginDeletion(stack);
    const deadline = Date.now() + LONGEST_DELETION;
    let status = await cloudFormation.status(stack);
    while (
      status !== 'DOES_NOT_EXIST' &&
      status !== 'DELETE_COMPLETE' &&
      status !== 'DELETE_FAILED' &&
      Date.now() < deadline
    ) {
      await sleep(PAUSE);
      status = await cloudFormation.status(stack);
    }
    if (status !== 'DOES_NOT_EXIST' && status !== 'DELETE_COMPLETE')
      score.fail(`${stack} is taken down`, `its status is ${status}`);
  }
}

function minutesSince(time: number): number {
  return Math.round((Date.now() - time) / 60_000);
}

function letters(count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode('a'.charCodeAt(0) + randomInt(26))).join('');
}
