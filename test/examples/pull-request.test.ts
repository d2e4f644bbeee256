import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PREVIEW_TAG, previewApp } from '../../examples/pull-request/preview-app';
import { EnvironmentName } from '../../lib';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { CLONE, onlyClone, resourceTypes } from '../lib/synthesized';
import { AccountUnderTest, APP } from '../lifecycle/account-under-test';
import {
  type CdkCommand,
  cdkCommandsOf,
  EXAMPLE,
  evaluated,
  type GithubEvent,
  interpolated,
  readWorkflow,
} from './pull-request-workflow';

// Synthesizes, and starts the CDK CLI.
jest.setTimeout(120_000);
// CDK's validation of the templates takes most of the time of a synthesis, and is not tested here.
process.env['CDK_VALIDATION'] = 'false';

const BRANCH = 'feature/JIRA-123-new-thing';
const TARGET = EnvironmentName.fromBranch(BRANCH);
const SHELL = { APP_ID: APP, SOURCE: 'dev', BRANCH };
const PULL_REQUEST = { appId: APP, source: 'dev', branch: BRANCH };
const MAIN = { appId: APP, source: 'dev' };

const workflow = readWorkflow('preview.yml');

function stackOf(context: Readonly<Record<string, unknown>>, id: string): Stack {
  const found = previewApp(context, { analyticsReporting: false }).node.tryFindChild(id);
  if (!Stack.isStack(found)) throw new Error(`the app has no stack ${id}`);
  return found;
}

function commandOf(job: string): CdkCommand {
  const [command, ...others] = cdkCommandsOf(workflow.jobs.get(job), SHELL);
  if (command === undefined || others.length > 0) throw new Error(`${job} does not have one command of the CDK`);
  return command;
}

describe('the app', () => {
  it('has one stack with one resource for the pull request, named after its branch', () => {
    const preview = stackOf(PULL_REQUEST, 'Preview');
    expect(preview.stackName).toBe(`Preview-${TARGET}`);
    expect(resourceTypes(preview)).toEqual([CLONE]);
    expect(onlyClone(preview).DeletionPolicy).toBe('Delete');
  });

  it('has a tag with the Amplify app of the preview', () => {
    expect(stackOf(PULL_REQUEST, 'Preview').tags.tagValues()).toEqual({ [PREVIEW_TAG]: APP });
  });

  it('has the name of the environment as an output', () => {
    const { Outputs } = Template.fromStack(stackOf(PULL_REQUEST, 'Preview')).toJSON();
    expect(Object.keys(Outputs)).toEqual(['EnvironmentName']);
  });

  it('has the same stack for all previews, with a pull request and without', () => {
    const template = (context: Readonly<Record<string, unknown>>): unknown =>
      Template.fromStack(stackOf(context, 'PreviewProvider')).toJSON();
    expect(template(MAIN)).toEqual(template(PULL_REQUEST));
    expect(previewApp(MAIN).node.tryFindChild('Preview')).toBeUndefined();
  });

  it('says what is missing', () => {
    expect(() => previewApp({ appId: APP })).toThrow(
      'source is missing: npx cdk deploy Preview -c appId=ID -c source=NAME -c branch=BRANCH',
    );
  });
});

describe('the workflow', () => {
  const REPOSITORY = 'octocat/shop';

  const pullRequestIs = (
    action: string,
    { labels = ['preview'], label, from = REPOSITORY }: { labels?: string[]; label?: string; from?: string } = {},
  ): GithubEvent => ({
    event_name: 'pull_request',
    run_id: 4711,
    repository: REPOSITORY,
    event: {
      action,
      ...(label !== undefined && { label: { name: label } }),
      pull_request: { number: 7, labels, head: { repo: { full_name: from } } },
    },
  });

  /** The jobs that run for an event. */
  const jobsFor = (event: GithubEvent): string[] =>
    [...workflow.jobs].filter(([, { condition }]) => evaluated(condition, { github: event })).map(([name]) => name);

  it('runs for pull requests and their labels, and for the main branch', () => {
    expect(workflow.triggers).toEqual({
      push: { branches: ['main'] },
      pull_request: { types: ['opened', 'reopened', 'synchronize', 'labeled', 'unlabeled', 'closed'] },
    });
    expect(jobsFor({ event_name: 'push', event: {} })).toEqual(['provider']);
  });

  it.each([
    ['is opened with the label', pullRequestIs('opened'), ['deploy']],
    ['is opened without it', pullRequestIs('opened', { labels: ['bug'] }), []],
    ['gets it', pullRequestIs('labeled', { label: 'preview' }), ['deploy']],
    ['gets another one', pullRequestIs('labeled', { label: 'bug', labels: ['preview', 'bug'] }), []],
    ['has a new commit', pullRequestIs('synchronize'), ['deploy']],
    ['loses it', pullRequestIs('unlabeled', { label: 'preview', labels: [] }), ['destroy']],
    ['loses another one', pullRequestIs('unlabeled', { label: 'bug' }), []],
    ['is closed', pullRequestIs('closed'), ['destroy']],
    ['is closed without it', pullRequestIs('closed', { labels: [] }), []],
    ['is reopened', pullRequestIs('reopened'), ['deploy']],
    ['is opened from a fork', pullRequestIs('opened', { from: 'mallory/shop' }), []],
    ['is closed from a fork', pullRequestIs('closed', { from: 'mallory/shop' }), []],
  ])('runs the right jobs when a pull request %s', (_when, event, jobs) => {
    expect(jobsFor(event)).toEqual(jobs);
  });

  it('runs one at a time for a pull request, and no other label replaces a waiting run', () => {
    const groupOf = (event: GithubEvent): string => interpolated(workflow.concurrencyGroup, event);
    expect(groupOf(pullRequestIs('opened'))).toBe('preview-7');
    expect(groupOf(pullRequestIs('closed'))).toBe('preview-7');
    expect(groupOf(pullRequestIs('unlabeled', { label: 'preview' }))).toBe('preview-7');
    expect(groupOf(pullRequestIs('labeled', { label: 'bug' }))).toBe('preview-7-4711');
    expect(groupOf({ event_name: 'push', event: {} })).toBe('preview-provider');
  });

  it('does not insert names of other people into its scripts', () => {
    expect(workflow.env['BRANCH']).toMatch(/^\$\{\{ github\.head_ref \}\}$/);
    const commands = [...workflow.jobs.values()].flatMap((job) => job.commands);
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });

  it('deploys and destroys the stack of the branch, and not the shared one', () => {
    expect(commandOf('deploy')).toMatchObject({ verb: 'deploy', stacks: ['Preview'], context: PULL_REQUEST });
    expect(commandOf('destroy')).toMatchObject({ verb: 'destroy', stacks: ['Preview'], context: PULL_REQUEST });
    expect(commandOf('deploy').flags).toContain('--exclusively');
    expect(commandOf('destroy').flags).toEqual(expect.arrayContaining(['--exclusively', '--force']));
    expect(commandOf('provider')).toMatchObject({ verb: 'deploy', stacks: ['PreviewProvider'], context: MAIN });
  });

  it('names a stack that the CDK CLI knows', () => {
    const { stacks, context } = commandOf('destroy');
    const settings = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'pull-request-'));
    const { status, stdout, stderr } = spawnSync(
      'npx',
      ['cdk', 'list', ...stacks, ...settings, '--output', directory, '--no-notices', '--no-color'],
      { cwd: EXAMPLE, encoding: 'utf8', env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true' } },
    );
    fs.rmSync(directory, { recursive: true, force: true });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`Preview (Preview-${TARGET})`);
  });
});

describe('on the simulator', () => {
  const directories: string[] = [];

  function synthesized(context: Readonly<Record<string, unknown>>): CloudAssembly {
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'pull-request-'));
    directories.push(outdir);
    previewApp(context, { outdir, analyticsReporting: false }).synth();
    return CloudAssembly.load(outdir);
  }

  const main = synthesized(MAIN);
  const pullRequest = synthesized(PULL_REQUEST);

  afterAll(() => {
    for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true });
  });

  async function accountWithPreview(): Promise<AccountUnderTest> {
    const account = new AccountUnderTest();
    const { clock, region } = account;
    await clock.runUntil(region.deploy(main, 'PreviewProvider'));
    const { status, outputs } = await clock.runUntil(region.deploy(pullRequest, `Preview-${TARGET}`));
    expect({ status, outputs }).toEqual({ status: 'CREATE_COMPLETE', outputs: { EnvironmentName: TARGET } });
    return account;
  }

  it('the environment is created and deleted with its pull request', async () => {
    const account = await accountWithPreview();
    expect(account.environments()).toEqual(['dev', 'test', TARGET]);
    expect(await account.destroy(`Preview-${TARGET}`)).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('a further push changes nothing', async () => {
    const account = await accountWithPreview();
    const { clock, region } = account;
    const { status } = await clock.runUntil(region.deploy(pullRequest, `Preview-${TARGET}`));
    expect(status).toBe('UPDATE_COMPLETE');
    expect(account.changes()).toEqual(['CloneBackend']);
  });

  it('the main branch can be deployed while previews exist', async () => {
    const account = await accountWithPreview();
    const { clock, region } = account;
    expect((await clock.runUntil(region.deploy(main, 'PreviewProvider'))).status).toBe('UPDATE_COMPLETE');
    expect(await account.destroy(`Preview-${TARGET}`)).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });

  it('the shared stack cannot be deleted before the last preview, and can be after it', async () => {
    const account = await accountWithPreview();
    expect(await account.destroy('PreviewProvider')).not.toBe('DELETE_COMPLETE');
    expect(account.events.map(({ reason }) => reason ?? '').join('\n')).toMatch(
      new RegExp(`Cannot delete export PreviewProvider:\\S+ as it is in use by Preview-${TARGET}`),
    );
    expect(await account.destroy(`Preview-${TARGET}`)).toBe('DELETE_COMPLETE');
    expect(await account.destroy('PreviewProvider')).toBe('DELETE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test']);
  });
});
