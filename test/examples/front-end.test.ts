import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parse } from 'yaml';
import { AlphaFrontEndStack } from '../../examples/front-end/alpha';
import { FrontEndStack } from '../../examples/front-end/app';
import { EnvironmentName } from '../../lib';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { APP, ExampleAccount, synthesized } from './example-account';
import { record } from './pull-request-workflow';

jest.setTimeout(120_000);

const STACK = 'FrontEnd';
const BRANCH = 'feature/login';
const TARGET = EnvironmentName.fromBranch(BRANCH);
const BRANCH_TYPE = 'AWS::Amplify::Branch';
const BUILD_SPEC = path.join(__dirname, '..', '..', 'examples', 'front-end', 'amplify.yml');

const context = { appId: APP, source: 'dev', branch: BRANCH };
const VARIANTS = [
  ['app.ts', FrontEndStack],
  ['alpha.ts', AlphaFrontEndStack],
] as const;

describe.each(VARIANTS)('the hosting branch of %s', (_file, Variant) => {
  let assembly: CloudAssembly;

  beforeAll(async () => {
    assembly = await synthesized(context, (app) => new Variant(app, STACK));
  });

  it("is the git branch's, and is built against the clone", async () => {
    const account = new ExampleAccount();
    expect((await account.deploy(assembly, STACK)).status).toBe('CREATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', TARGET]);
    expect(account.deployed(STACK, BRANCH_TYPE)).toMatchObject({
      AppId: APP,
      BranchName: BRANCH,
      EnableAutoBuild: true,
      EnvironmentVariables: [{ Name: 'USER_BRANCH', Value: TARGET }],
    });
  });

  it('is created once the clone is complete, and deleted before it', async () => {
    const account = new ExampleAccount();
    await account.deploy(assembly, STACK);
    expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
    const at = (status: string): number => {
      const event = account.events.find((each) => each.type === BRANCH_TYPE && each.status === status);
      if (event === undefined) throw new Error(`the branch never was ${status}`);
      return event.at;
    };
    const [clone, deletion] = account.backend.jobs(APP);
    expect(at('CREATE_IN_PROGRESS')).toBeGreaterThanOrEqual(clone?.endedAt ?? Number.POSITIVE_INFINITY);
    expect(at('DELETE_COMPLETE')).toBeLessThanOrEqual(deletion?.acceptedAt ?? Number.NEGATIVE_INFINITY);
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('does not exist if the clone fails', async () => {
    const account = new ExampleAccount();
    account.nextCloneFails('Resource limit exceeded');
    expect((await account.deploy(assembly, STACK)).succeeded).toBe(false);
    expect(account.events.filter(({ type }) => type === BRANCH_TYPE)).toEqual([]);
  });
});

describe('amplify.yml', () => {
  /** The arguments of each command that the build runs with these variables. */
  function build(variables: Readonly<Record<string, string>>): string[][] {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'front-end-'));
    try {
      for (const command of ['amplify', 'npm', 'amplifyPush']) {
        const record = `#!/usr/bin/env bash\n(IFS=$'\\x1f'; printf '%s\\n' "${command}\x1f$*" >>calls)\n`;
        fs.writeFileSync(path.join(folder, command), record, { mode: 0o755 });
      }
      for (const command of buildCommands()) {
        const env = { ...variables, PATH: `${folder}:${process.env['PATH']}` };
        const { status, stderr } = spawnSync('bash', ['--norc', '-c', command], { cwd: folder, env, encoding: 'utf8' });
        expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: '' });
      }
      const calls = fs.readFileSync(path.join(folder, 'calls'), 'utf8').trimEnd().split('\n');
      return calls.map((call) => call.split('\x1f'));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  it("pulls the environment of the branch's variable, and pushes nothing", () => {
    const calls = build({ AWS_APP_ID: APP, USER_BRANCH: TARGET });
    expect(calls.map(([command, verb]) => `${command} ${verb}`)).toEqual(['npm ci', 'amplify pull', 'npm run']);
    const pull = calls[1] ?? [];
    const option = (name: string): unknown => JSON.parse(pull[pull.indexOf(name) + 1] ?? '');
    expect(pull).toContain('--yes');
    expect(option('--amplify')).toEqual({ appId: APP, envName: TARGET });
    expect(option('--providers')).toEqual({
      awscloudformation: { configLevel: 'project', useProfile: true, profileName: 'default' },
    });
  });

  it('is the build specification of the branch in app.ts', async () => {
    const account = new ExampleAccount();
    await account.deploy(await synthesized(context, (app) => new FrontEndStack(app, STACK)), STACK);
    expect(parse(String(account.deployed(STACK, BRANCH_TYPE)['BuildSpec']))).toEqual(parse(buildSpec()));
  });
});

function buildSpec(): string {
  return fs.readFileSync(BUILD_SPEC, 'utf8');
}

/** The commands of the front end's phases, in order. The file has no backend phase. */
function buildCommands(): string[] {
  const spec: unknown = parse(buildSpec());
  const sections = record(spec, 'amplify.yml');
  expect(Object.keys(sections)).toEqual(['version', 'frontend']);
  const phases = record(record(sections['frontend'], 'frontend')['phases'], 'phases');
  return ['preBuild', 'build'].flatMap((phase) => {
    const { commands } = record(phases[phase], phase);
    return Array.isArray(commands) ? commands.map(String) : [];
  });
}
