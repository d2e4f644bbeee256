import { deepStrictEqual } from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installedVersion, MANIFEST, ROOT } from './package-manifest';
import { JSII_ENVIRONMENT } from './package-staging';
import { runCommand } from './run-command';

/** The context of every example, as `-c` sets it. */
const CONTEXT = {
  appId: 'd1a2b3c4d5e6f7',
  source: 'dev',
  target: 'preview',
  targets: 'preview,qa',
  branch: 'feature/JIRA-123-new-thing',
  url: 'https://feature-jira-123-new-thing.d1a2b3c4d5e6f7.amplifyapp.com/',
};

/** In each process, jsii needs seconds to load the CDK. So all apps run in one process, with one output folder. */
const RUN_ALL = 'import runpy, sys\nfor app in sys.argv[1:]: runpy.run_path(app, run_name="__main__")';

/**
 * Tests that every app in examples/ that exists in Python synthesizes the same templates as in TypeScript.
 *
 * Installs this checkout's version of constructs in both places: the lowest version does not have `getContext`.
 *
 * @param node a folder where the package is installed, and aws-cdk-lib
 * @param python a Python for which the package is installed, and the same version of aws-cdk-lib
 * @returns the apps, as `seed/app.py`
 */
export function testPythonExamples(node: string, python: string): string[] {
  const constructs = installedVersion('constructs');
  const here = { cwd: node };
  runCommand('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `constructs@${constructs}`], here);
  runCommand(python, ['-m', 'pip', 'install', '--quiet', `constructs==${constructs}`], here);

  const examples = path.join(node, 'examples');
  cpSync(path.join(ROOT, 'examples'), examples, { recursive: true });
  const apps = readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.py'))
    .sort();
  const expected = new Map<string, unknown>();
  for (const app of apps) {
    const twin = path.join(examples, app.replaceAll('_', '-').replace(/\.py$/, '.ts'));
    const program = readFileSync(twin, 'utf8').replaceAll("from '../../lib'", `from '${MANIFEST.name}'`);
    writeFileSync(twin, program);
    for (const [name, template] of templatesOf(process.execPath, ['--import', TSX, twin], examples)) {
      if (expected.has(name)) throw new Error(`Two examples have a stack ${name}: give their stacks different names.`);
      expected.set(name, template);
    }
  }
  const files = apps.map((app) => path.join(examples, app));
  deepStrictEqual(templatesOf(python, ['-c', RUN_ALL, ...files], examples), expected, 'the templates of the examples');
  return apps;
}

const TSX = pathToFileURL(require.resolve('tsx')).href;

/** Runs CDK apps as the CDK CLI does. Returns their templates, by file name. */
function templatesOf(command: string, args: readonly string[], cwd: string): Map<string, unknown> {
  const outdir = mkdtempSync(path.join(cwd, 'cdk.out-'));
  const env = { ...JSII_ENVIRONMENT, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(CONTEXT) };
  runCommand(command, args, { cwd, env });
  const names = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  if (names.length === 0) throw new Error(`${args.join(' ')} synthesizes no templates`);
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(path.join(outdir, name), 'utf8'))]));
}
