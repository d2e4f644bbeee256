import * as fs from 'node:fs';
import * as path from 'node:path';
import { messages } from '../../lambda/errors';
import { type Quotation, quotationsIn } from '../../scripts/docs/quotations';
import { FAILURE_SCENES, quote } from './failure-scenes';

/*
 * The page quotes messages in CloudFormation's events. Each quotation has the name of a scene in a comment above it. The test
 * runs the scene, which has to end with that message.
 */

// The first scene loads the synthesized stacks.
jest.setTimeout(60_000);

const ROOT = path.join(__dirname, '..', '..');
const PAGE = fs.readFileSync(path.join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');

const CODES = Object.keys(messages).sort();

interface Section {
  readonly heading: string;
  readonly quotations: readonly Quotation[];
}

function sectionsOf(text: string, level: '##' | '###'): Section[] {
  const [, ...sections] = text.split(new RegExp(`^${level} `, 'm'));
  return sections.map((section) => ({
    heading: section.slice(0, section.indexOf('\n')),
    quotations: quotationsIn(section),
  }));
}

const [WITH_CODES = '', WITHOUT_CODES = ''] = PAGE.split('## Messages without a code');

test('each code of the handler has a heading, in alphabetical order, and each heading is a code', () => {
  expect(CODES.length).toBeGreaterThan(15);
  expect(sectionsOf(WITH_CODES, '##').map(({ heading }) => heading)).toEqual(CODES);
});

test.each(sectionsOf(WITH_CODES, '##'))('the quotations under $heading have this code', ({ heading, quotations }) => {
  expect(quotations.map(({ text }) => text.split(' ')[0])).toEqual(quotations.map(() => `[${heading}]`));
  expect(quotations).not.toEqual([]);
});

test.each(sectionsOf(WITHOUT_CODES, '###'))('the quotations under "$heading" have these words', (section) => {
  expect(section.quotations.map(({ text }) => text.replaceAll('\n', ' '))).toEqual([
    expect.stringContaining(section.heading),
  ]);
});

const QUOTATIONS = quotationsIn(PAGE);

test('each scene is quoted once, and one in full', () => {
  const quoted = QUOTATIONS.filter(({ inFull }) => !inFull).map(({ scene }) => scene);
  expect(quoted.sort()).toEqual(Object.keys(FAILURE_SCENES).sort());
  expect(QUOTATIONS.filter(({ inFull }) => inFull).map(({ text }) => text.split('[')[0])).toEqual([
    'Received response status ',
  ]);
});

test.each(QUOTATIONS)('the quotation of "$scene" is current (npm run docs)', async (quotation) => {
  expect(quotation.text).toBe(await quote(quotation));
});
