import { minutesAndSeconds } from './architecture';
import { type ObservedDeployment, STACK, TARGET } from './observed-deployment';
import { box, line, picture, type Style, text, widthOf } from './svg';

const WIDTH = 1040;
const LEFT = 180;
const RIGHT = WIDTH - 170;
const TOP = 84;
const LANE = 52;
const BAR = 24;
const MINUTE = 60_000;

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly words: string;
  readonly style: Style;
}

interface Tick {
  readonly at: number;
  readonly words?: string;
}

interface Lane {
  readonly name: string;
  readonly bars?: readonly Bar[];
  readonly ticks?: readonly Tick[];
}

/** A picture of one deployment, from its start to its end. */
export function timeline(title: string, observed: ObservedDeployment): string {
  const end = observed.endedAt;
  const x = (at: number): number => LEFT + (at / end) * (RIGHT - LEFT);
  const lanes = lanesOf(observed);
  const bottom = TOP + lanes.length * LANE;
  const marks = Array.from({ length: Math.floor(end / MINUTE) + 1 }, (_, minute) => minute);
  return picture(WIDTH, bottom + 66, `${title}: ${minutesAndSeconds(end)}`, [
    text({ x: 20, y: 34 }, title, 'title'),
    ...marks.flatMap((minute) => [
      line({ x: x(minute * MINUTE), y: TOP - 12 }, { x: x(minute * MINUTE), y: bottom }, 'faint'),
      text({ x: x(minute * MINUTE), y: TOP - 18 }, minute === 0 ? '0 min' : `${minute}`, 'note', 'middle'),
    ]),
    ...lanes.flatMap((lane, index) => drawLane(lane, TOP + index * LANE, x)),
    text(
      { x: 20, y: bottom + 30 },
      `${minutesAndSeconds(end)} on the simulator: the synthesized template, the bundled handler and CDK’s own provider framework, ` +
        'on a virtual clock.',
      'note',
    ),
    text({ x: 20, y: bottom + 48 }, 'Drawn by npm run docs.', 'note'),
  ]);
}

function lanesOf(observed: ObservedDeployment): Lane[] {
  const { stackEvents, invocations, calls, ledgerCalls, journal, endedAt } = observed;
  const clone = stackEvents.filter(({ type }) => type.startsWith('Custom::'));
  const polls = invocations.filter(({ handler }) => handler === 'index.isComplete');
  const ours = invocations.filter(({ handler }) => handler === 'index.onEvent');
  const requests = observed.requests;
  const written = ledgerCalls.filter(({ operation }) => operation === 'PutItem');
  return [
    {
      name: 'The stack',
      bars: statusBars(
        stackEvents.filter(({ logicalId }) => logicalId === STACK),
        endedAt,
      ),
    },
    { name: 'The clone in it', bars: statusBars(clone, endedAt) },
    {
      name: 'OnEvent',
      ticks: ours.map(({ at }, index) => ({ at, words: requests[index] ?? '' })),
    },
    { name: `IsComplete, ${polls.length} times`, ticks: polls.map(({ at }) => ({ at })) },
    { name: `Ledger, ${written.length} writes`, ticks: written.map(({ at }) => ({ at })) },
    {
      name: 'Changing calls',
      ticks: calls
        .filter(({ operation }) => operation === 'CloneBackend' || operation === 'DeleteBackend')
        .map(({ at, operation }) => ({ at, words: operation })),
    },
    {
      name: 'Amplify’s jobs',
      bars: journal.flatMap((event): Bar[] => {
        if (event.kind !== 'clone-accepted' && event.kind !== 'delete-accepted') return [];
        const ended = journal.find((other) => other.kind === 'job-ended' && other.jobId === event.jobId);
        const failed = ended?.kind === 'job-ended' && ended.status === 'FAILED';
        const words = ended?.kind === 'job-ended' ? `RUNNING, then ${ended.status}` : 'RUNNING';
        return [{ from: event.at, to: ended?.at ?? endedAt, words, style: failed ? 'bad' : 'busy' }];
      }),
    },
    { name: `“${TARGET}” in the app`, bars: environmentBars(observed) },
  ];
}

function statusBars(events: ObservedDeployment['stackEvents'], endedAt: number): Bar[] {
  const bars: Bar[] = [];
  let passed: string[] = [];
  // CloudFormation repeats the in-progress event once the resource has a physical ID.
  const changes = events.filter(({ status }, index) => status !== events[index - 1]?.status);
  for (const [index, { at, status }] of changes.entries()) {
    const to = changes[index + 1]?.at ?? endedAt;
    if (to === at && index < changes.length - 1) {
      // A status without duration is shown with the next one.
      passed.push(status);
      continue;
    }
    bars.push({ from: at, to, words: [...passed, status].join(', '), style: styleOf(status) });
    passed = [];
  }
  return bars;
}

function environmentBars({ journal, endedAt }: ObservedDeployment): Bar[] {
  const created = journal.find((event) => event.kind === 'environment-created' && event.environment === TARGET);
  if (created === undefined) return [];
  const ready = journal.find((event) => event.kind === 'job-ended' && event.operation === 'CloneBackend');
  const gone = journal.find((event) => event.kind === 'environment-deleted' && event.environment === TARGET);
  const isReady = ready?.kind === 'job-ended' && ready.status === 'COMPLETED';
  const until = ready?.at ?? endedAt;
  return [
    { from: created.at, to: until, words: 'listed, but empty', style: 'busy' },
    isReady
      ? { from: until, to: gone?.at ?? endedAt, words: 'ready', style: 'good' }
      : { from: until, to: gone?.at ?? endedAt, words: 'left by the failed clone', style: 'bad' },
  ];
}

function styleOf(status: string): Style {
  if (status.includes('ROLLBACK') || status.endsWith('_FAILED')) return 'bad';
  return status.endsWith('_COMPLETE') ? 'good' : 'busy';
}

function drawLane({ name, bars = [], ticks = [] }: Lane, y: number, x: (at: number) => number): string[] {
  const baseline = y + BAR / 2 + 4;
  return [
    text({ x: 20, y: baseline }, name, 'name'),
    ...bars.flatMap(({ from, to, words, style }) => {
      if (from === to) {
        const lines = words.split(', ');
        const first = baseline - (lines.length > 1 ? 6 : 0);
        return lines.map((each, index) => text({ x: x(to) + 8, y: first + index * 15 }, each, 'words'));
      }
      const width = x(to) - x(from);
      const fits = widthOf(words) + 12 < width;
      return [
        box({ x: x(from), y, width, height: BAR }, style, 3),
        text(fits ? { x: x(from) + 8, y: baseline } : { x: x(from), y: y + BAR + 14 }, words, fits ? 'words' : 'note'),
      ];
    }),
    ...ticks.flatMap(({ at, words }) => [
      box({ x: x(at) - 1.5, y: y + 2, width: 3, height: BAR - 4 }, 'ours', 1),
      ...(words === undefined ? [] : [text({ x: x(at) + 8, y: baseline }, words, 'words')]),
    ]),
  ];
}
