import { mkdirSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { cloneApp } from '../bin/clone-app';
import { ROOT } from './package-manifest';
import { virtualEnvironment, whyNoPython } from './python-index';
import { tryCommand } from './run-command';

const CFN_LINT = 'cfn-lint==1.58.0';

/** W3005, "dependency already enforced": CDK itself lets each function depend on its role, and on the role's policy. */
const NOT_OURS = ['W3005'];

// `npm run lint:templates`: runs cfn-lint on the templates of the app of cdk.json.
const missing = whyNoPython(CFN_LINT);
if (missing !== undefined) {
  console.log(`SKIPPED: templates are not linted, since ${missing}`);
} else {
  mkdirSync(path.join(ROOT, 'dist'), { recursive: true });
  const bin = virtualEnvironment(path.join(ROOT, 'dist', 'venv-lint'), [CFN_LINT]);
  const outdir = path.join(ROOT, 'dist', 'templates');
  cloneApp(
    { appId: 'd1a2b3c4d5e6f7', source: 'dev', targets: 'preview,qa', retain: 'false', existing: 'adopt' },
    { outdir },
  ).synth();
  const templates = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  const { status, stdout, stderr } = tryCommand(
    path.join(bin, 'cfn-lint'),
    ['--ignore-checks', ...NOT_OURS, '--', ...templates],
    { cwd: outdir },
  );
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  console.log(`cfn-lint: ${templates.length} templates, ${status === 0 ? 'no findings' : `exit code ${status}`}`);
  process.exitCode = status ?? 1;
}
