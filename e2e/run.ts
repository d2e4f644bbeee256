/**
 * A real `cdk deploy`, to an independent emulator of CloudFormation: `npm run e2e`, or `npm run e2e -- NAME` for the journeys
 * with NAME in their names. See README.md.
 */
import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { isAgreed, NOT_A_TERMINAL } from '../scripts/confirmation';
import { UsageError } from '../scripts/options';
import { type Account, emulatedAccount } from './account';
import { cdkCli, shell } from './cdk-cli';
import { type CloudFormation, cloudFormationWith } from './cloudformation';
import { APP_ID, SOURCE, startEmulator } from './emulator';
import { type Journey, runJourney } from './journey';
import { journeys, journeysAnywhere } from './journeys';
import { startMiniStack } from './ministack';
import { ProcessGroups } from './process-groups';
import { NotAvailable, pythonEnvironment } from './python-environment';
import { newPrefix, planOf, runAtAws, takeDown } from './run-at-aws';
import { readRunSettings, STACK_PREFIX, USAGE } from './run-settings';
import { Score } from './score';
import { ACCOUNT, CREDENTIALS, isolatedEnvironment, PROJECT, REGION } from './workplace';

/** A program for AWS, run with local endpoints. */
interface Rehearsal {
  readonly name: string;
  run(account: Account, cloudFormation: CloudFormation, folder: string, processes: ProcessGroups): Promise<void>;
}

const REHEARSALS: readonly Rehearsal[] = [
  { name: 'rehearsal of --aws', run: rehearse },
  { name: 'rehearsal of integ tests', run: rehearseInteg },
  { name: "rehearsal of a survey's role", run: rehearseRole },
];
const LONGEST_REHEARSAL = 10 * 60_000;

/** More journeys than cores: most of the time, a journey waits for a job. */
const JOURNEYS_AT_ONCE = 5;

async function runAll({ folder, processes, score }: Run, wanted: readonly Journey[], rehearsed: readonly Rehearsal[]) {
  const python = await pythonEnvironment(processes, (line) => score.note(line));
  await buildHandler(folder, processes);
  const miniStack = await startMiniStack(python, path.join(folder, 'ministack'), processes);
  score.note(`MiniStack answers at ${miniStack.url}`);
  const account = emulatedAccount(miniStack.url);
  const cloudFormation = cloudFormationWith({ endpoint: miniStack.url, region: REGION, credentials: CREDENTIALS });

  await conform(python, folder, processes, score);

  const bootstrap = cdkCli(account, await makeFolder(folder, 'bootstrap'), processes);
  // The CLI starts the app of cdk.json, although the command has the account and Region.
  const context = { appId: APP_ID, source: SOURCE, targets: 'preview' };
  const { exitCode, output } = await bootstrap({ args: ['bootstrap', `aws://${ACCOUNT}/${REGION}`], context });
  const status = await cloudFormation.status('CDKToolkit');
  if (exitCode !== 0 || status !== 'CREATE_COMPLETE') {
    score.fail('cdk bootstrap', `its stack is ${status}; the CLI says:\n${output}`);
    return;
  }
  score.pass('cdk bootstrap');

  const waiting = [...wanted];
  const ownersOfStacks = new Map<string, string>();
  const runOneByOne = async (): Promise<void> => {
    for (let journey = waiting.shift(); journey !== undefined; journey = waiting.shift()) {
      const { name } = journey;
      const title = `${name}: ${journey.title}`;
      const startedAt = Date.now();
      try {
        const place = await makeFolder(folder, name);
        const cli = cdkCli(account, place, processes);
        const note = (line: string): void => score.note(`        ${name}: ${line}`);
        const bash = shell(account, place, processes);
        await runJourney(journey, { cli, shell: bash, cloudFormation, folder: place, processes, ownersOfStacks, note });
        score.pass(`${title} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
      } catch (error) {
        if (processes.areEnding) return;
        score.fail(title, error instanceof Error ? error.message : String(error));
      }
    }
  };
  const rehearseOneByOne = async (): Promise<void> => {
    for (const { name, run } of rehearsed) {
      if (processes.areEnding) return;
      try {
        await run(account, cloudFormation, folder, processes);
        score.pass(`${name}, with the endpoints of this machine`);
      } catch (error) {
        if (!processes.areEnding) score.fail(name, error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all([...Array.from({ length: JOURNEYS_AT_ONCE }, runOneByOne), rehearseOneByOne()]);
  if (score.failed > 0) console.log(`The end of what MiniStack printed:\n${miniStack.log().slice(-6000)}`);
}

/** Builds the handler from the current sources. */
async function buildHandler(folder: string, processes: ProcessGroups): Promise<void> {
  const args = ['--import', 'tsx', 'scripts/build-handler.ts'];
  const env = isolatedEnvironment(folder);
  const { exitCode, output } = await processes.run({ command: process.execPath, args, cwd: PROJECT, env });
  if (exitCode !== 0) throw new Error(`the build of the handler failed:\n${output}`);
}

async function makeFolder(parent: string, name: string): Promise<string> {
  const folder = path.join(parent, name.replaceAll(' ', '-'));
  await mkdir(folder);
  return folder;
}

/** Each line of `conformance.py` is one check: `ok NAME`, or `not ok NAME: REASON`. */
async function conform(python: string, folder: string, processes: ProcessGroups, score: Score): Promise<void> {
  const emulator = await startEmulator(folder, 1, processes);
  const env = isolatedEnvironment(folder, {
    EMULATOR_URL: emulator.url,
    EMULATOR_APP_ID: APP_ID,
    EMULATOR_SOURCE: SOURCE,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });
  const args = [path.join('e2e', 'conformance.py')];
  const { exitCode, output } = await processes.run({ command: python, args, cwd: PROJECT, env });
  for (const line of output.split('\n')) {
    const [, not, title = '', reason = ''] = /^(not )?ok ([^:]*)(?:: (.*))?$/.exec(line) ?? [];
    if (title !== '' && not === undefined) score.pass(title);
    if (title !== '' && not !== undefined) score.fail(title, reason);
  }
  if (exitCode !== 0 && !processes.areEnding) score.fail('the conformance check completes', output.slice(-2000));
}

/** Runs the journeys for AWS with the endpoints of MiniStack and of an emulator, and takes their stacks down. */
async function rehearse(account: Account, cloudFormation: CloudFormation, folder: string, processes: ProcessGroups) {
  const place = await makeFolder(folder, 'rehearsal');
  const emulator = await startEmulator(place, 4, processes);
  const options = ['--aws', '--app-id', APP_ID, '--source', SOURCE, '--service-endpoint', emulator.url, '--yes'];
  const { exitCode, output } = await processes.run(
    {
      command: process.execPath,
      // The stack still exists after the journey.
      args: ['--import', 'tsx', 'e2e/run.ts', ...options, 'rename'],
      cwd: PROJECT,
      env: account.environment(place),
    },
    LONGEST_REHEARSAL,
  );
  if (exitCode !== 0) throw new Error(output);
  assert.match(output, /taking down AmplifyCloneE2e-[a-z]{6}-Rename/);
  assert.deepEqual(await cloudFormation.stacksNamed(STACK_PREFIX), []);
  assert.deepEqual(await emulator.environments(), [SOURCE]);
}

async function rehearseRole(account: Account, _: CloudFormation, folder: string, processes: ProcessGroups) {
  const place = await makeFolder(folder, 'role');
  const args = ['--import', 'tsx', 'e2e/survey-roles.ts'];
  const env = account.environment(place);
  const { exitCode, output } = await processes.run({ command: process.execPath, args, cwd: PROJECT, env });
  if (exitCode !== 0) throw new Error(output);
}

/** Deploys and destroys the apps of `integ/` as integ-runner does, with the same endpoints. */
async function rehearseInteg(
  account: Account,
  cloudFormation: CloudFormation,
  folder: string,
  processes: ProcessGroups,
) {
  const place = await makeFolder(folder, 'integ');
  const emulator = await startEmulator(place, 4, processes);
  const cli = cdkCli(account, place, processes);
  const settings = `AMPLIFY_APP_ID=${APP_ID} AMPLIFY_SOURCE=${SOURCE} AMPLIFY_SERVICE_ENDPOINT=${emulator.url}`;
  const files = (await readdir(path.join(PROJECT, 'integ'))).filter((name) => /^integ\..*\.ts$/.test(name));
  for (const file of files) {
    const app = `${settings} node --import tsx integ/${file}`;
    const cdk = async (...args: readonly string[]): Promise<void> => {
      const { exitCode, output } = await cli({ args: [...args, '--all'], app, context: {} });
      if (exitCode !== 0) throw new Error(`cdk ${args[0]} of ${file} ended with ${exitCode}:\n${output}`);
    };
    await cdk('deploy', '--require-approval', 'never');
    assert.equal((await emulator.environments()).length, 2);
    await cdk('destroy', '--force');
    assert.deepEqual(await emulator.environments(), [SOURCE]);
  }
  assert.deepEqual(await cloudFormation.stacksNamed('AmplifyCloneInteg'), []);
}

async function main(): Promise<void> {
  // Disables the SDK's warning that a later release will not support this version of Node.js.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const wanted = readRunSettings(process.argv.slice(2));
  switch (wanted.kind) {
    case 'help':
      console.log(USAGE);
      return;
    case 'here': {
      const parts = named([...journeys, ...REHEARSALS], wanted.part);
      const isWanted = (each: { readonly name: string }): boolean => parts.some(({ name }) => name === each.name);
      return inFolder((run) => runAll(run, journeys.filter(isWanted), REHEARSALS.filter(isWanted)));
    }
    case 'at AWS': {
      const parts = named(journeysAnywhere, wanted.part);
      const prefix = newPrefix();
      console.log(`${planOf(wanted, parts, prefix)}\n`);
      const agreed = wanted.yes || (await isAgreed());
      if (agreed === undefined) throw new UsageError(NOT_A_TERMINAL);
      if (!agreed) {
        console.log('Nothing was deployed.');
        process.exitCode = 2;
        return;
      }
      return inFolder(async (run) => {
        await buildHandler(run.folder, run.processes);
        await runAtAws({ wanted, journeys: parts, prefix, ...run });
      });
    }
    case 'take down':
      return inFolder(({ score }) => takeDown(cloudFormationWith({}), wanted.prefix, score));
  }
}

function named<J extends { readonly name: string }>(all: readonly J[], part: string): J[] {
  const found = all.filter(({ name }) => name.includes(part));
  if (found.length > 0) return found;
  throw new UsageError(
    `no journey has "${part}" in its name. The journeys are ${all.map(({ name }) => name).join(', ')}`,
  );
}

interface Run {
  readonly folder: string;
  readonly processes: ProcessGroups;
  readonly score: Score;
}

/** Milliseconds. One Ctrl-C can cause several signals, from the terminal and from npm. */
const SAME_INTERRUPTION = 5000;

/** Ends every started process, and removes every written file, at the end. */
async function inFolder(use: (run: Run) => Promise<void>): Promise<void> {
  const processes = new ProcessGroups();
  const score = new Score();
  const folder = await mkdtemp(path.join(tmpdir(), 'amplify-clone-e2e-'));
  let interruptedAt: number | undefined;
  const interrupt = (): void => {
    if (interruptedAt !== undefined && Date.now() > interruptedAt + SAME_INTERRUPTION) process.exit(130);
    if (interruptedAt === undefined)
      score.note('interrupted: ending all processes; a second Ctrl-C ends this one at once');
    interruptedAt ??= Date.now();
    void processes.endAll();
  };
  // Not `once`: the terminal signals npm and this process, and npm forwards its signal.
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    await use({ folder, processes, score });
  } catch (error) {
    if (error instanceof NotAvailable && interruptedAt === undefined) {
      console.error(error.message);
      process.exitCode = 2;
      return;
    }
    if (interruptedAt === undefined)
      score.fail('the run completes', error instanceof Error ? error.message : String(error));
  } finally {
    await processes.endAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  if (interruptedAt !== undefined) {
    process.exitCode = 130;
    return;
  }
  process.exitCode = score.failed === 0 ? 0 : 1;
  console.log(`${score.passed} passed, ${score.failed} failed`);
}

main().catch((error: unknown) => {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 2;
});
