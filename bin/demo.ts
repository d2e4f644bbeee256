import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { color } from 'listr2';
import { APP_ID, synthesizeDemoApp } from './demo/demo-app';
import { type Display, listrDisplay } from './demo/display';
import { perform } from './demo/performance';
import { type Assemblies, UnexpectedResult } from './demo/scenes';
import { SimulatedAccount } from './demo/simulated-account';

const BUNDLE = path.join('assets', 'handler', 'index.js');

async function main(): Promise<void> {
  if (!fs.existsSync(path.join(__dirname, '..', BUNDLE))) {
    throw new UnexpectedResult(`${BUNDLE} does not exist. Build it with "npm run build:handler".`);
  }
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'clone-demo-'));
  process.once('exit', () => fs.rmSync(directory, { recursive: true, force: true }));
  const account = new SimulatedAccount();
  const display = listrDisplay();
  await perform(account, await synthesize(directory, display), display);
  console.log(`\nThe app ${APP_ID} has the environments ${account.environments().join(', ')}, as expected.`);
}

async function synthesize(directory: string, display: Display): Promise<Assemblies> {
  const assemblies: Assemblies[] = [];
  await display.scene('cdk synth: templates, the handler’s bundle and the provider framework', async ({ print }) => {
    const synthesizeInto = (name: string, shopTarget: string) =>
      synthesizeDemoApp(path.join(directory, name), shopTarget);
    const first = synthesizeInto('first', 'review');
    print(first.stacks.map(({ stackName }) => stackName).join(', '));
    assemblies.push({ first, renamed: synthesizeInto('renamed', 'staging') });
  });
  const [synthesized] = assemblies;
  if (synthesized === undefined) throw new Error('nothing was synthesized');
  return synthesized;
}

main().catch((error: unknown) => {
  const isExpected = error instanceof UnexpectedResult;
  const text = error instanceof Error ? (isExpected ? error.message : (error.stack ?? error.message)) : String(error);
  console.error(`\n${color.red('The demo failed')}: ${text}`);
  process.exitCode = 1;
});
