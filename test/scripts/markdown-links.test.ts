import { deadLinks, headingAnchors, relativeLinks } from '../../scripts/markdown-links';

describe('the links of a document within the project', () => {
  const destinations = (markdown: string, document = 'README.md') =>
    relativeLinks(markdown, document).map(({ file, heading }) => [file, heading]);

  it('are those that have no protocol: links, pictures, and HTML', () => {
    const markdown =
      '[a](docs/a.md#b) ![p](docs/p.svg) <img src="docs/q.svg"> [w](https://example.com/x) [m](mailto:a@example.com) [r]\n\n[r]: LICENSE';
    expect(destinations(markdown)).toEqual([
      ['docs/a.md', 'b'],
      ['docs/p.svg', undefined],
      ['docs/q.svg', undefined],
      ['LICENSE', undefined],
    ]);
  });

  it('start in the folder of the document', () => {
    expect(destinations('[up](../README.md) [beside](b.md) [here](#c)', 'docs/a.md')).toEqual([
      ['README.md', undefined],
      ['docs/b.md', undefined],
      ['docs/a.md', 'c'],
    ]);
  });

  it('are none of those in code', () => {
    expect(destinations('`[a](b)`\n\n```md\n[c](d)\n```')).toEqual([]);
  });

  it('are found in the cells of a table', () => {
    expect(destinations('| a | b |\n|---|---|\n| [x](y.md) | z |')).toEqual([['y.md', undefined]]);
  });
});

test('the anchor of a heading has its words, and a number if they are repeated', () => {
  const anchors = headingAnchors('# Errors, and `what` to do\n## Über uns\n## Über uns\n<a id="by-hand"></a>');
  expect([...anchors]).toEqual(['errors-and-what-to-do', 'über-uns', 'über-uns-1', 'by-hand']);
});

test('a link is dead if the file, or the heading in it, does not exist', () => {
  const documents = new Map([
    ['README.md', '[1](docs/a.md) [2](docs/b.md) [3](docs/a.md#one) [4](docs/a.md#two) [5](#top) [6](docs) [7](docs/)'],
    ['docs/a.md', '# One'],
  ]);
  expect(deadLinks(documents, ['README.md', 'docs/a.md'])).toEqual([
    'README.md: docs/b.md',
    'README.md: docs/a.md#two',
    'README.md: #top',
  ]);
});
