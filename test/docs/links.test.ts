import * as fs from 'node:fs';
import * as path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

function documentsIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
    .map((name) => path.join(folder, name));
}

const DOCUMENTS = [
  ...fs.readdirSync(ROOT).filter((name) => name.endsWith('.md') && name !== 'API.md'),
  ...documentsIn('docs'),
  ...documentsIn('examples'),
];

/** As GitHub makes them of headings. */
function anchorsOf(document: string): Set<string> {
  const headings = fs.readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test.each(DOCUMENTS)('what %s links to within the project is there', (document) => {
  const text = fs.readFileSync(path.join(ROOT, document), 'utf8');
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const dead = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? path.join(ROOT, document) : path.join(ROOT, path.dirname(document), file);
    return !fs.existsSync(target) || (anchor !== undefined && !anchorsOf(target).has(anchor));
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});
