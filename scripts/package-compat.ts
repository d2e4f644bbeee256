import * as path from 'node:path';
import { isRecord, MANIFEST, ROOT } from './package-manifest';
import { JSII_ENVIRONMENT, stageLibrary } from './package-staging';
import { tryCommand } from './run-command';

/**
 * `npm run compat`: fails if the interface breaks users of the latest release. .compatignore lists intended breaking changes by
 * their keys.
 */
async function compareWithRelease(): Promise<void> {
  const { released, problem } = latestRelease();
  if (problem !== undefined) {
    console.log(`SKIPPED: the comparison with the latest release, because ${problem}`);
    return;
  }
  if (released === undefined) {
    console.log(`nothing to compare: ${MANIFEST.name} was not released yet`);
    return;
  }
  const staging = await stageLibrary();
  const { status, stdout, stderr } = compareAssemblies(`npm:${MANIFEST.name}@${released}`, staging);
  console.log(`compared with ${released}, the latest release\n${stdout}${stderr}`.trim());
  if (status !== 0) {
    throw new Error('The breaking changes are above. If one is intended, add its key, in brackets, to .compatignore');
  }
}

/** @param original a folder, or `npm:NAME@VERSION` */
export function compareAssemblies(original: string, updated: string): ReturnType<typeof tryCommand> {
  const command = path.join(ROOT, 'node_modules', '.bin', 'jsii-diff');
  const ignored = path.join(ROOT, '.compatignore');
  const args = ['--keys', '--error-on', 'all', '--ignore-file', ignored, original, updated];
  return tryCommand(command, args, { cwd: ROOT, env: JSII_ENVIRONMENT });
}

/** The version of the latest release, if the registry has one. */
function latestRelease(): { readonly released?: string; readonly problem?: string } {
  const { stdout } = tryCommand('npm', ['view', MANIFEST.name, 'version', '--json'], { cwd: ROOT });
  const answer: unknown = JSON.parse(stdout === '' ? '{}' : stdout);
  if (typeof answer === 'string') {
    return { released: answer };
  }
  const error = isRecord(answer) ? answer['error'] : undefined;
  const code = isRecord(error) ? error['code'] : undefined;
  return code === 'E404' ? {} : { problem: `npm does not say whether there is a release: ${String(code)}` };
}

if (require.main === module) {
  compareWithRelease().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
