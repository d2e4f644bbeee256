import type { ObservedDeployment } from './observed-deployment';
import { type Area, arrow, box, type Point, picture, type Style, text } from './svg';

const WIDTH = 1076;
const HEIGHT = 500;

/** The calls during one observed clone: their senders and receivers, and their numbers. */
export function architecture(observed: ObservedDeployment): string {
  const count = (handler: string): number =>
    observed.invocations.filter((invocation) => invocation.handler === handler).length;
  const counted = (calls: readonly { readonly operation: string }[]): string[] => {
    const times = new Map<string, number>();
    for (const { operation } of calls) times.set(operation, (times.get(operation) ?? 0) + 1);
    return [...times].map(([operation, n]) => `${operation} ×${n}`);
  };
  const seconds = observed.pollInterval / 1000;

  const resource: Area = { x: 36, y: 96, width: 200, height: 74 };
  const users: Area = { x: 36, y: 352, width: 200, height: 62 };
  const onEvent: Area = { x: 330, y: 96, width: 170, height: 74 };
  const waiter: Area = { x: 330, y: 220, width: 170, height: 66 };
  const isComplete: Area = { x: 330, y: 340, width: 170, height: 74 };
  const ourOnEvent: Area = { x: 584, y: 96, width: 160, height: 74 };
  const ledger: Area = { x: 584, y: 214, width: 160, height: 58 };
  const ourIsComplete: Area = { x: 584, y: 340, width: 160, height: 74 };
  const service: Area = { x: 902, y: 96, width: 138, height: 318 };

  return picture(
    WIDTH,
    HEIGHT,
    'CloudFormation calls the provider framework, which calls the two functions of this library; one of them records its work in a ledger table and calls AmplifyBackend',
    [
      text({ x: 20, y: 34 }, 'The parts of a ClonedBackendEnvironment', 'title'),
      frame({ x: 20, y: 52, width: 232, height: 380 }, 'CloudFormation: your stack'),
      frame({ x: 312, y: 52, width: 206, height: 380 }, 'CDK’s provider framework'),
      frame({ x: 566, y: 52, width: 196, height: 380 }, 'This library'),
      frame({ x: 886, y: 52, width: 170, height: 380 }, 'AWS Amplify'),
      node(resource, 'ours', 'The clone', ['Custom::', 'ClonedBackendEnvironment']),
      node(users, 'aws', 'Users of its name', ['waits until it is ready']),
      node(onEvent, 'aws', 'onEvent', [times(count('framework.onEvent'))]),
      node(waiter, 'aws', 'State machine', [`polls every ${seconds} s`]),
      node(isComplete, 'aws', 'isComplete', [times(count('framework.isComplete'))]),
      node(ourOnEvent, 'ours', 'OnEvent', ['assigns the physical ID']),
      node(ledger, 'ours', 'Ledger', ['one DynamoDB table']),
      node(ourIsComplete, 'ours', 'IsComplete', ['clones, step by step']),
      node(service, 'aws', 'AmplifyBackend', ['clones “dev”', 'to “preview”']),
      arrow([right(resource), left(onEvent)]),
      text({ x: 282, y: middle(resource) - 8 }, observed.requests.join(', '), 'note', 'middle'),
      arrow([right(onEvent), left(ourOnEvent)]),
      arrow([bottom(onEvent), top(waiter)]),
      text({ x: centre(onEvent) + 8, y: 200 }, 'waits', 'note'),
      arrow([bottom(waiter), top(isComplete)]),
      arrow([right(isComplete), left(ourIsComplete)]),
      arrow([top(ourIsComplete), bottom(ledger)]),
      ...linesUpTo({ x: centre(ledger) + 8, y: 322 }, counted(observed.ledgerCalls), 'start'),
      arrow([right(ourIsComplete), { x: service.x, y: middle(ourIsComplete) }]),
      ...linesUpTo({ x: 824, y: middle(ourIsComplete) - 8 }, counted(observed.calls)),
      arrow([
        left(isComplete),
        { x: 282, y: middle(isComplete) },
        { x: 282, y: 256 },
        { x: 136, y: 256 },
        { x: 136, y: resource.y + resource.height },
      ]),
      text(
        { x: 148, y: 248 },
        `${observed.answers === 1 ? 'one answer' : `${observed.answers} answers`}, with`,
        'note',
      ),
      text({ x: 148, y: 272 }, 'the attributes', 'note'),
      arrow([
        { x: 86, y: resource.y + resource.height },
        { x: 86, y: users.y },
      ]),
      text(
        { x: 20, y: 464 },
        `Numbers: one environment cloned in ${minutesAndSeconds(observed.endedAt)}, on the simulator. Blue is this library. ` +
          'One provider serves any number of clones and stacks.',
        'note',
      ),
      text({ x: 20, y: 482 }, 'Drawn by npm run docs.', 'note'),
    ],
  );
}

function frame(area: Area, name: string): string {
  return [box(area, 'frame'), text({ x: area.x + area.width / 2, y: area.y + 24 }, name, 'name', 'middle')].join('\n');
}

function node(area: Area, style: Style, name: string, words: readonly string[]): string {
  const x = centre(area);
  const first = middle(area) - words.length * 8 + 4;
  return [
    box(area, style),
    text({ x, y: first }, name, 'name', 'middle'),
    ...words.map((each, index) => text({ x, y: first + 18 + index * 16 }, each, 'note', 'middle')),
  ].join('\n');
}

/** The lines of a note. The last one is at `at`, and the others are above it. */
function linesUpTo(at: Point, words: readonly string[], anchor: 'start' | 'middle' = 'middle'): string[] {
  return words.map((each, index) => text({ x: at.x, y: at.y - (words.length - 1 - index) * 16 }, each, 'note', anchor));
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

export function minutesAndSeconds(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function centre({ x, width }: Area): number {
  return x + width / 2;
}

function middle({ y, height }: Area): number {
  return y + height / 2;
}

function left(area: Area): Point {
  return { x: area.x, y: middle(area) };
}

function right(area: Area): Point {
  return { x: area.x + area.width, y: middle(area) };
}

function top(area: Area): Point {
  return { x: centre(area), y: area.y };
}

function bottom(area: Area): Point {
  return { x: centre(area), y: area.y + area.height };
}
