import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { programOf, writePrograms } from '../../scripts/docs-snippets';
import { ROOT } from '../../scripts/package-manifest';
import { tryCommand } from '../../scripts/run-command';

// The compiler reads all of the CDK's types.
jest.setTimeout(120_000);

test('code in the docs compiles, and wrong code is an error', () => {
  const folder = path.join(ROOT, 'dist', 'docs-compiled');
  writePrograms(folder, '../../lib');
  writeFileSync(
    path.join(folder, 'wrong.ts'),
    programOf('preview.noSuchThing();').replace('cdk-amplify-backend-clone', '../../lib'),
  );

  const tsc = path.join(ROOT, 'node_modules', '.bin', 'tsc');
  const { stdout } = tryCommand(tsc, ['--noEmit', '--pretty', 'false', '--project', '.'], { cwd: folder });

  expect(stdout.trim().split('\n')).toEqual([expect.stringMatching(/^wrong\.ts.*'noSuchThing' does not exist/)]);
});
