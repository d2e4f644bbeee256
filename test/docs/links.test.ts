import * as fs from 'node:fs';
import * as path from 'node:path';
import { deadLinks } from '../../scripts/markdown-links';
import { ROOT } from '../../scripts/package-manifest';
import { documentFiles } from '../../scripts/package-staging';
import { tryCommand } from '../../scripts/run-command';

function contentsOf(documents: readonly string[]): Map<string, string> {
  return new Map(documents.map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]));
}

test('no link in a document of the project is dead', () => {
  const { stdout } = tryCommand('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const files = stdout.split('\n').filter((file) => file !== '' && fs.existsSync(path.join(ROOT, file)));
  // GitHub shows the forms in .github at other addresses than those of the files.
  const documents = files.filter((file) => file.endsWith('.md') && !file.startsWith('.github/'));
  expect(documents).toContain('docs/troubleshooting.md');
  expect(deadLinks(contentsOf(documents), files)).toEqual([]);
});

test('no link in a published document points to a file that is not published', () => {
  const files = ['API.md', 'README.md', ...documentFiles()];
  const documents = files.filter((file) => file.endsWith('.md'));
  expect(documents).toContain('docs/troubleshooting.md');
  expect(deadLinks(contentsOf(documents), files)).toEqual([]);
});
