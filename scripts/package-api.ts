import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './package-manifest';
import { apiReference, stageLibrary } from './package-staging';

// `npm run docs:api`: writes API.md. `npm run package` fails if it is outdated.
stageLibrary().then(
  () => writeFileSync(path.join(ROOT, 'API.md'), apiReference()),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
