/**
 * A real `cdk deploy`, against a CloudFormation that nobody here wrote: `npm run e2e`, or `npm run e2e -- NAME` for the
 * journeys with NAME in their names. See README.md.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { cdkCli, shell } from './cdk-cli';
import { cloudFormationAt } from './cloudformation';
import { APP_ID, SOURCE, startEmulator } from './emulator';
import { type Journey, walk } from './journey';
import { journeys } from './journeys';
import { startMiniStack } from './ministack';
import { ProcessGroups } from './process-groups';
import { NotAvailable, pythonEnvironment } from './python-environment';
import { ACCOUNT, CREDENTIALS, isolatedEnvironment, PROJECT, REGION } from './workplace';

/** Most of the time a journey waits for a job: more of them than there are cores. */
const JOURNEYS_AT_ONCE = 5;

class Score {
  passed = 0;
  failed = 0;
  private readonly startedAt = Date.now();

  note(line: string): void {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${line}`);
  }

  pass(title: string): void {
    this.passed += 1;
    this.note(`passed: ${title}`);
  }

  fail(title: string, reason: string): void {
    this.failed += 1;
    this.note(`FAILED: ${title}\n${reason.replace(/^/gm, '        ')}`);
  }
}

async function runAll(folder: string, processes: ProcessGroups, score: Score, wanted: readonly Journey[]) {
  const python = await pythonEnvironment(processes, (line) => score.note(line));
  await buildHandler(folder, processes);
  const miniStack = await startMiniStack(python, path.join(folder, 'ministack'), processes);
  score.note(`MiniStack answers at ${miniStack.url}`);
  const cloudFormation = cloudFormationAt(miniStack.url);

  await conform(python, folder, processes, score);

  const bootstrap = cdkCli(miniStack.url, await makeFolder(folder, 'bootstrap'), processes);
  // The CLI starts the app of cdk.json for this too, though it is told the account and region.
  const context = { appId: APP_ID, source: SOURCE, targets: 'preview' };
  const { exitCode, output } = await bootstrap({ args: ['bootstrap', `aws://${ACCOUNT}/${REGION}`], context });
  const status = await cloudFormation.status('CDKToolkit');
  if (exitCode !== 0 || status !== 'CREATE_COMPLETE') {
    score.fail('cdk bootstrap', `its stack is ${status}; the CLI says:\n${output}`);
    return;
  }
  score.pass('cdk bootstrap');

  const waiting = [...wanted];
  const walkOneByOne = async (): Promise<void> => {
    for (let journey = waiting.shift(); journey !== undefined; journey = waiting.shift()) {
      const { name } = journey;
      const title = `${name}: ${journey.title}`;
      const startedAt = Date.now();
      try {
        const place = await makeFolder(folder, name);
        const cli = cdkCli(miniStack.url, place, processes);
        const note = (line: string): void => score.note(`        ${name}: ${line}`);
        const bash = shell(miniStack.url, place, processes);
        await walk(journey, { cli, shell: bash, cloudFormation, folder: place, processes, note });
        score.pass(`${title} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
      } catch (error) {
        if (processes.areEnding) return;
        score.fail(title, error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: JOURNEYS_AT_ONCE }, walkOneByOne));
  if (score.failed > 0) console.log(`The end of what MiniStack printed:\n${miniStack.log().slice(-6000)}`);
}

/** What is deployed is what the sources say now. */
async function buildHandler(folder: string, processes: ProcessGroups): Promise<void> {
  const args = ['--import', 'tsx', 'scripts/build-handler.ts'];
  const env = isolatedEnvironment(folder);
  const { exitCode, output } = await processes.run({ command: process.execPath, args, cwd: PROJECT, env });
  if (exitCode !== 0) throw new Error(`the handler was not built:\n${output}`);
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
  if (exitCode !== 0 && !processes.areEnding) score.fail('the conformance check came to its end', output.slice(-2000));
}

async function main(): Promise<void> {
  // Of the SDK, that this Node.js will be too old some day.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const [part = ''] = process.argv.slice(2);
  const wanted = journeys.filter(({ name }) => name.includes(part));
  if (wanted.length === 0) {
    console.error(`No journey has "${part}" in its name; there are ${journeys.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const processes = new ProcessGroups();
  const score = new Score();
  const folder = await mkdtemp(path.join(tmpdir(), 'amplify-clone-e2e-'));
  let interrupted = false;
  const interrupt = (): void => {
    if (!interrupted) score.note('interrupted: ending what was started');
    interrupted = true;
    void processes.endAll();
  };
  // For each time: a terminal sends it to npm and to us, and npm sends it on.
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    await runAll(folder, processes, score, wanted);
  } catch (error) {
    if (error instanceof NotAvailable && !interrupted) {
      console.error(error.message);
      process.exitCode = 2;
      return;
    }
    if (!interrupted) score.fail('the run came to its end', error instanceof Error ? error.message : String(error));
  } finally {
    await processes.endAll();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
  if (interrupted) {
    process.exitCode = 130;
    return;
  }
  process.exitCode = score.failed === 0 ? 0 : 1;
  console.log(`${score.passed} passed, ${score.failed} failed`);
}

void main();
