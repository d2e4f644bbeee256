import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { APP_ID, synthesizeDemoApp } from '../../bin/demo/demo-app';
import type { Display } from '../../bin/demo/display';
import { perform } from '../../bin/demo/performance';
import { type Assemblies, SCENES } from '../../bin/demo/scenes';
import { SimulatedAccount } from '../../bin/demo/simulated-account';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';

// The first test synthesizes.
jest.setTimeout(120_000);

const ROOT = path.join(__dirname, '..', '..');
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'demo-test-'));

afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** Keeps the output, as `[title, line]`. */
function recordingDisplay(): Display & { readonly shown: readonly (readonly [string, string])[] } {
  const shown: (readonly [string, string])[] = [];
  return {
    shown,
    pace: 0,
    scene: (title, run) => run({ print: (line) => shown.push([title, line]), showTime: () => {} }),
  };
}

describe('npm run demo', () => {
  const run = () =>
    spawnSync(process.execPath, ['--import', 'tsx', path.join('bin', 'demo.ts')], { cwd: ROOT, encoding: 'utf8' });

  it('ends with the environments of the app, and exits with 0', () => {
    const { status, stdout, stderr } = run();
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`The app ${APP_ID} has the environments dev, qa, as expected.`);
    // No colours, no cursor movements: it is not a terminal.
    expect(stdout).not.toContain('\u001b');
  });
});

describe('the scenes', () => {
  let assemblies: Assemblies;

  beforeAll(async () => {
    assemblies = await withoutTemplateChecks(() => ({
      first: synthesizeDemoApp(path.join(directory, 'first'), 'review'),
      renamed: synthesizeDemoApp(path.join(directory, 'renamed'), 'staging'),
    }));
  });

  it('show a clone up to its output', async () => {
    const display = recordingDisplay();
    await perform(new SimulatedAccount(), assemblies, display);
    const lines = display.shown.filter(([title]) => title === SCENES[0]?.title).map(([, line]) => line);
    const output = lines.join('\n');
    expect(output).toMatch(/00:00:00 {2}CREATE_IN_PROGRESS +BackendClone-preview\/Clone/);
    expect(output).toMatch(/00:06:10 {2}CREATE_COMPLETE +BackendClone-preview\/Clone/);
    expect(output).toContain('BackendClone-preview.EnvironmentName = preview');
  });

  it("show why a clone failed, in the service's words", async () => {
    const display = recordingDisplay();
    await perform(new SimulatedAccount(), assemblies, display);
    const failure = display.shown.find(([, line]) => line.includes('CREATE_FAILED'))?.[1];
    expect(failure).toContain('BackendClone-qa/Clone');
    expect(failure).toContain('The service says: "Resource limit exceeded: user pools"');
  });

  it('fail if an environment remains that should be deleted', async () => {
    const account = new SimulatedAccount();
    account.clock.schedule(() => account.amplify.addEnvironment(APP_ID, 'stray'), 60_000);
    await expect(perform(account, assemblies, recordingDisplay())).rejects.toThrow(
      'the app should have the environments dev, preview, but has dev, preview, stray',
    );
  });

  it('fail if an environment is deleted that should remain', async () => {
    const account = new SimulatedAccount();
    account.clock.schedule(() => account.amplify.removeEnvironment(APP_ID, 'preview'), 400_000);
    await expect(perform(account, assemblies, recordingDisplay())).rejects.toThrow(/should have the environments/);
  });

  it('fail if a stack does not have the expected status', async () => {
    const account = new SimulatedAccount();
    account.nextClone('preview', { failed: undefined });
    await expect(perform(account, assemblies, recordingDisplay())).rejects.toThrow(
      'the stack BackendClone-preview should be CREATE_COMPLETE, but is ROLLBACK_COMPLETE',
    );
  });
});
