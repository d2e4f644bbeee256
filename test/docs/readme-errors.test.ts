import * as fs from 'node:fs';
import * as path from 'node:path';
import { FAILURE_SCENES, onOneLine, shownByCloudFormation, withoutFrame } from './failure-scenes';

/*
 * The README quotes what people read in CloudFormation's events. Each quotation has the name of a scene in a comment above
 * it; the scene is run here, and has to end with that message.
 */

// The first scene synthesizes.
jest.setTimeout(60_000);

const README = fs.readFileSync(path.join(__dirname, '..', '..', 'README.md'), 'utf8');

function quotations(kind: string): [scene: string, message: string][] {
  const marked = new RegExp(`<!-- ${kind}: (.+) -->\\n\`\`\`text\\n([^\`]*)\`\`\``, 'g');
  return [...README.matchAll(marked)].map(([, scene = '', message = '']) => [scene, onOneLine(message)]);
}

function sceneOf(name: string): (typeof FAILURE_SCENES)[string] {
  const scene = FAILURE_SCENES[name];
  if (scene === undefined) throw new Error(`the README quotes "${name}", of which there is no scene`);
  return scene;
}

test('each scene is quoted once', () => {
  expect(
    quotations('failure')
      .map(([scene]) => scene)
      .sort(),
  ).toEqual(Object.keys(FAILURE_SCENES).sort());
});

test.each(quotations('failure'))('%s', async (scene, message) => {
  expect(withoutFrame(await shownByCloudFormation(sceneOf(scene)))).toBe(message);
});

test.each(quotations('failure in full'))('%s, with all that is around it', async (scene, message) => {
  expect(message).toMatch(/^Received response status/);
  expect(await shownByCloudFormation(sceneOf(scene))).toBe(message);
});

test('each kind of error that the handler knows is quoted', async () => {
  const source = fs.readFileSync(path.join(__dirname, '..', '..', 'lambda', 'errors.ts'), 'utf8');
  // The longest piece of each message that has nothing put in.
  const pieces = source
    .split('\nexport function ')
    .filter((factory) => factory.includes('new DeploymentError('))
    .map((factory) => {
      const body = factory.slice(factory.indexOf(' {\n'), factory.indexOf('\n}\n'));
      const lines = [...body.matchAll(/[`'"](.*)[`'"]/g)].map(([, line = '']) => line);
      const fixed = lines.flatMap((line) => line.split(/\$\{[^}]*\}/)).map((piece) => onOneLine(piece));
      return fixed.reduce((longest, piece) => (piece.length > longest.length ? piece : longest), '');
    });
  const quoted = quotations('failure').map(([, message]) => message);
  expect(pieces.length).toBeGreaterThan(15);
  expect(pieces.filter((piece) => !quoted.some((message) => message.includes(piece)))).toEqual([]);
});
