import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { integSettings } from '../../integ/settings';

const ROOT = path.join(__dirname, '..', '..');
const APP = 'd1a2b3c4d5e6f7';
let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'integ-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Runs the app as the runner does, without the CLI. */
function synthesized(file: string): string {
  const outdir = path.join(folder, file);
  const env = { PATH: process.env['PATH'], CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', AMPLIFY_APP_ID: APP };
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', path.join('integ', file)], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return outdir;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

function clonesIn(outdir: string, stack: string): Resource[] {
  const template: { readonly Resources: Readonly<Record<string, Resource>> } = JSON.parse(
    fs.readFileSync(path.join(outdir, `${stack}.template.json`), 'utf8'),
  );
  return Object.values(template.Resources).filter(({ Type }) => Type === 'Custom::ClonedBackendEnvironment');
}

function testCases(outdir: string): { readonly stacks: readonly string[] }[] {
  const manifest: { readonly testCases: Readonly<Record<string, { readonly stacks: readonly string[] }>> } = JSON.parse(
    fs.readFileSync(path.join(outdir, 'integ.json'), 'utf8'),
  );
  return Object.values(manifest.testCases);
}

test.each([
  ['integ.clone.ts', ['AmplifyCloneInteg'], 'AmplifyCloneInteg', 'integclone'],
  [
    'integ.shared-provider.ts',
    ['AmplifyCloneIntegProvider', 'AmplifyCloneIntegPreview'],
    'AmplifyCloneIntegPreview',
    'integshare',
  ],
])(
  '%s is synthesized as the runner expects, with a clone that is deleted with its stack',
  (file, stacks, stack, name) => {
    const outdir = synthesized(file);
    expect(testCases(outdir).map((testCase) => testCase.stacks)).toEqual([stacks]);
    expect(clonesIn(outdir, stack)).toEqual([
      expect.objectContaining({
        DeletionPolicy: 'Delete',
        Properties: expect.objectContaining({ AppId: APP, SourceEnvironmentName: 'dev', TargetEnvironmentName: name }),
      }),
    ]);
  },
);

test('the configuration of the runner finds both, and has the command that starts them', () => {
  const { directory, app, testRegex } = JSON.parse(fs.readFileSync(path.join(ROOT, 'integ.config.json'), 'utf8'));
  const found = fs
    .readdirSync(path.join(ROOT, directory))
    .filter((name) => testRegex.some((pattern: string) => new RegExp(pattern).test(name)));
  expect(found).toEqual(['integ.clone.ts', 'integ.shared-provider.ts']);
  expect(app).toBe('node --import tsx {filePath}');
});

test('without an app, the error says how to set one', () => {
  expect(() => integSettings({})).toThrow('AMPLIFY_APP_ID is not set');
});
