import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { cloneApp } from '../../bin/clone-app';
import { EnvironmentName } from '../../lib';
import { CLONE, onlyClone, policyStatements, resourceTypes } from '../lib/synthesized';

const CONTEXT = { appId: 'd1a2b3c4d5e6f7', source: 'dev', targets: 'preview,qa' };
const ROOT = path.join(__dirname, '..', '..');

function stacks(app: App): Stack[] {
  return app.node.children.filter(Stack.isStack);
}

function stackNames(app: App): string[] {
  return stacks(app).map(({ stackName }) => stackName);
}

function stackOf(app: App, name: string): Stack {
  const found = stacks(app).find(({ stackName }) => stackName === name);
  if (found === undefined) {
    throw new Error(`no stack ${name}, but ${stackNames(app).join(', ')}`);
  }
  return found;
}

describe('the stacks', () => {
  test('are one for the provider and one for each target', () => {
    expect(stackNames(cloneApp(CONTEXT))).toEqual(['BackendCloneProvider', 'BackendClone-preview', 'BackendClone-qa']);
  });

  test('of a target have one resource, and depend on the provider', () => {
    // The CDK CLI sets this by default: a stack then gets a metadata resource.
    const app = cloneApp({ ...CONTEXT, 'aws:cdk:version-reporting': true });
    app.synth();

    for (const name of ['BackendClone-preview', 'BackendClone-qa']) {
      expect(resourceTypes(stackOf(app, name))).toEqual([CLONE]);
      expect(stackOf(app, name).dependencies.map(({ stackName }) => stackName)).toEqual(['BackendCloneProvider']);
    }
    expect(stackOf(app, 'BackendCloneProvider').dependencies).toEqual([]);
  });

  test('of a target do not depend on one another', () => {
    const both = Template.fromStack(stackOf(cloneApp(CONTEXT), 'BackendClone-qa')).toJSON();
    const alone = Template.fromStack(stackOf(cloneApp({ ...CONTEXT, targets: 'qa' }), 'BackendClone-qa')).toJSON();

    expect(alone).toEqual(both);
  });

  test('of the provider is the same for one target as for two', () => {
    const both = Template.fromStack(stackOf(cloneApp(CONTEXT), 'BackendCloneProvider')).toJSON();
    const one = Template.fromStack(stackOf(cloneApp({ ...CONTEXT, targets: 'qa' }), 'BackendCloneProvider')).toJSON();

    expect(one).toEqual(both);
  });

  test('of the provider allow the app, and nothing else of Amplify', () => {
    const amplify = policyStatements(stackOf(cloneApp(CONTEXT), 'BackendCloneProvider')).filter(({ actions }) =>
      actions.includes('amplifybackend:CloneBackend'),
    );

    expect(amplify).toHaveLength(1);
    expect(amplify[0]?.resources.every((resource) => /:(\/backend|apps)\/d1a2b3c4d5e6f7(\/\*)?$/.test(resource))).toBe(
      true,
    );
  });

  test('of a target look like this', () => {
    const { Resources, Outputs } = Template.fromStack(stackOf(cloneApp(CONTEXT), 'BackendClone-preview')).toJSON();

    expect({ Resources, Outputs }).toMatchSnapshot();
  });
});

describe('the context', () => {
  test('sets what happens to the environments', () => {
    const policy = (retain: unknown): string | undefined =>
      onlyClone(stackOf(cloneApp({ ...CONTEXT, retain }), 'BackendClone-qa')).DeletionPolicy;

    expect(policy(undefined)).toBe('RetainExceptOnCreate');
    expect(policy('true')).toBe('RetainExceptOnCreate');
    expect(policy('false')).toBe('Delete');
    expect(policy(false)).toBe('Delete');
  });

  test('sets how long a clone may take, and whether the target may exist', () => {
    const app = cloneApp({ ...CONTEXT, timeoutMinutes: '5', existing: 'adopt' });

    expect(onlyClone(stackOf(app, 'BackendClone-qa')).Properties).toMatchObject({
      TimeoutSeconds: '300',
      ExistingEnvironment: 'ADOPT',
    });
  });

  test('can have a branch, alone or with targets', () => {
    const { appId, source } = CONTEXT;
    const branch = 'feature/JIRA-123-new-thing';
    const name = EnvironmentName.fromBranch(branch);

    expect(stackNames(cloneApp({ appId, source, branch }))).toEqual(['BackendCloneProvider', `BackendClone-${name}`]);
    expect(stackNames(cloneApp({ ...CONTEXT, targets: 'qa', branch }))).toContain(`BackendClone-${name}`);
    expect(stackNames(cloneApp({ ...CONTEXT, targets: 'qa', branch: 'qa' }))).toHaveLength(2);
  });

  test('can have blanks around its names', () => {
    expect(stackNames(cloneApp({ ...CONTEXT, targets: ' preview , qa, ' }))).toEqual(stackNames(cloneApp(CONTEXT)));
  });

  test.each([
    [{ appId: undefined }, 'appId is missing'],
    [{ appId: 'nope' }, 'appId "nope" is not an Amplify app ID'],
    [{ appId: ['d1'] }, 'appId is not text'],
    [{ source: '' }, 'source is missing'],
    [{ source: 'a b' }, 'source "a b" is not the name of an environment'],
    [{ targets: undefined }, 'targets and branch are missing: one of them is needed'],
    [{ targets: ',' }, 'targets and branch are missing: one of them is needed'],
    [{ targets: 'qa,Preview' }, 'target "Preview" is not a valid name for a new environment'],
    [{ targets: 'qa,dev' }, 'target "dev" is the source itself'],
    [{ targets: undefined, branch: 'dev' }, 'target "dev" is the source itself'],
    [{ retain: 'no' }, 'retain "no" is neither true nor false'],
    [{ existing: 'take' }, 'existing "take" is neither adopt nor fail'],
    [{ timeoutMinutes: '51' }, 'timeoutMinutes "51" is not a whole number from 1 to 50'],
    [{ timeoutMinutes: 'soon' }, 'timeoutMinutes "soon" is not a whole number from 1 to 50'],
    [{ timeoutMinutes: 0 }, 'timeoutMinutes "0" is not a whole number from 1 to 50'],
  ])('%j is an error that shows the full command', (wrong, message) => {
    expect(() => cloneApp({ ...CONTEXT, ...wrong })).toThrow(message);
    expect(() => cloneApp({ ...CONTEXT, ...wrong })).toThrow(
      'npx cdk deploy --all -c appId=d1a2b3c4d5e6f7 -c source=dev -c targets=preview,qa',
    );
  });
});

describe('the process that the CDK CLI starts', () => {
  const outdir = mkdtempSync(path.join(tmpdir(), 'clone-environment-'));
  afterAll(() => rmSync(outdir, { recursive: true }));

  function run(context: Readonly<Record<string, string>>): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, ['--import', 'tsx', path.join('bin', 'clone-environment.ts')], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
  }

  test('says what is missing in one message, without a stack trace, and exits with 1', () => {
    const { status, stdout, stderr } = run({ targets: 'Qa' });

    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatchSnapshot();
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('synthesizes with the context of the command line', () => {
    const { status, stderr } = run(CONTEXT);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const template: unknown = require(path.join(outdir, 'BackendClone-qa.template.json'));
    expect(JSON.stringify(template)).toContain('"TargetEnvironmentName":"qa"');
  });
});
