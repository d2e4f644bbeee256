import { readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { installedVersion, ROOT } from './package-manifest';
import { apiReference, jsiiTool, stageLibrary } from './package-staging';
import { whyNoPython } from './python-index';

/** `npm run package`: dist/js has the npm tarball after it, and dist/python the wheel. */
async function packageLibrary(): Promise<void> {
  for (const folder of ['js', 'python']) {
    rmSync(path.join(ROOT, 'dist', folder), { recursive: true, force: true });
  }
  await stageLibrary();
  if (apiReference() !== readFileSync(path.join(ROOT, 'API.md'), 'utf8')) {
    throw new Error('API.md is not that of lib/: run `npm run docs:api`');
  }
  pack('js');

  // The wheel needs it wherever it is used, in the same version as the compiler's tools.
  const missing = whyNoPython(`jsii==${installedVersion('jsii-pacmak')}`);
  if (missing !== undefined) {
    console.log(`SKIPPED: no Python wheel, since ${missing}`);
    return;
  }
  pack('python');
}

function pack(language: 'js' | 'python'): void {
  // The manifest's list of files says what goes into the tarball; jsii-pacmak would write an .npmignore as well.
  jsiiTool('jsii-pacmak', ['--no-npmignore', '--targets', language, '--outdir', path.join(ROOT, 'dist')]);
  console.log(`dist/${language}: done`);
}

packageLibrary().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
