import { broken, quotationsIn, withQuotations } from '../../scripts/docs/quotations';

const PAGE = [
  'Text.',
  '',
  '<!-- scene: one -->',
  '```text',
  'old words',
  '```',
  '',
  '<!-- scene in full: two -->',
  '```text',
  '```',
  '',
  '```text',
  'of no scene',
  '```',
].join('\n');

test('quotations are the blocks below a comment that names a scene', () => {
  expect(quotationsIn(PAGE)).toEqual([
    { scene: 'one', inFull: false, text: 'old words\n' },
    { scene: 'two', inFull: true, text: '' },
  ]);
});

test('only the quoted text is replaced', async () => {
  const written = await withQuotations(PAGE, async ({ scene, inFull }) => `$& of ${scene}${inFull ? '!' : ''}\n`);
  expect(written).toBe(
    PAGE.replace('old words', () => '$& of one').replace('two -->\n```text\n', () => 'two -->\n```text\n$& of two!\n'),
  );
});

test('lines are broken between words, and a word that is longer than a line is not broken', () => {
  const word = 'x'.repeat(60);
  const long = 'y'.repeat(120);
  expect(broken(`${word} ${word} a ${long} b`)).toBe(`${word}\n${word} a\n${long}\nb\n`);
});
