import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/*
 * All tests that run the handler, in one file, so that their common modules are loaded once per mutant. The fast tests come
 * first, since the first failure ends the run.
 */
for (const folder of ['lambda', 'lifecycle']) {
  const path = join(__dirname, '../test', folder);
  for (const file of readdirSync(path).sort()) {
    if (file.endsWith('.test.ts')) require(join(path, file));
  }
}
