import { readFileSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { LANGUAGES } from './package-languages';
import { ROOT } from './package-manifest';
import { apiReference, pack, stageLibrary, translateSamples } from './package-staging';

/** `npm run package`: builds a package for each language in dist/LANGUAGE. dist/js has npm's. */
async function packageLibrary(): Promise<void> {
  for (const target of ['js', ...LANGUAGES.map((language) => language.target)]) {
    rmSync(path.join(ROOT, 'dist', target), { recursive: true, force: true });
  }
  await stageLibrary();
  if (apiReference() !== readFileSync(path.join(ROOT, 'API.md'), 'utf8')) {
    throw new Error('API.md is outdated. Run `npm run docs:api`.');
  }
  translateSamples();
  console.log('the code in README.md and in the doc comments: translated');
  timed('js', () => pack('js'));

  // One at a time: each uses all cores.
  for (const { name, target, packArguments, whyNot } of LANGUAGES) {
    const missing = whyNot();
    if (missing !== undefined) {
      console.log(`SKIPPED: no package for ${name}, since ${missing}`);
      continue;
    }
    timed(target, () => pack(target, packArguments));
  }
}

function timed(target: string, run: () => void): void {
  const startedAt = Date.now();
  run();
  console.log(`dist/${target}: done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

packageLibrary().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
