import * as fs from 'node:fs';
import * as path from 'node:path';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import { drawPictures } from '../../scripts/write-docs';

// Synthesizes.
jest.setTimeout(60_000);

test('the pictures in docs/ are those that `npm run docs` draws', async () => {
  const directory = path.join(__dirname, '..', '..', 'docs');
  const drawn = await withoutTemplateChecks(drawPictures);
  const kept = fs.readdirSync(directory).filter((name) => name.endsWith('.svg'));
  expect(kept.sort()).toEqual([...drawn.keys()].sort());
  // Only the names: a comparison of two drawings is unreadable.
  const stale = [...drawn].filter(([name, svg]) => fs.readFileSync(path.join(directory, name), 'utf8') !== svg);
  expect(stale.map(([name]) => name)).toEqual([]);
});
