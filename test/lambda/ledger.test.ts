import { change, type Entry, type LedgerItem, readItem, type Stage } from '../../lambda/ledger';
import {
  cloneEntryOf as clone,
  followUpEntryOf as followUp,
  type LedgerUnderTest,
  START as NOW,
  RESOURCE,
  TestContext,
} from './test-context';

const HOUR = 60 * 60_000;

const nothing: Stage = { at: 'nothing', failure: undefined };
const job = { id: 'j', filedUnder: 'preview' } as const;
const called = { calledAt: NOW + 1, job };

let context: TestContext;
let table: LedgerUnderTest;
beforeEach(() => {
  context = new TestContext();
  table = context.table;
});

type How = Parameters<typeof change>[2];

function changeAt(now: number, item: LedgerItem, how: How): Promise<LedgerItem> {
  context.time = now;
  return change(item, context, how);
}

async function write(entries: LedgerItem['entries'], now = NOW): Promise<LedgerItem> {
  return changeAt(now, await readItem(table, RESOURCE), () => entries);
}

/** As if somebody else had added an entry. */
async function writtenByAnother(id: string): Promise<void> {
  const item = await readItem(table, RESOURCE);
  const text = JSON.stringify({ ...item.entries, [id]: followUp() });
  table.stored = { version: item.version + 1, text };
}

const entries: [string, Entry][] = [
  ['a clone that is examined', clone({ at: 'examining' })],
  ['a clone that is called for', clone({ at: 'cloning', calledAt: NOW + 1 })],
  ['a clone that runs', clone({ at: 'cloning', ...called })],
  [
    'a clone whose job is filed under its source',
    clone({ at: 'cloning', ...called, job: { id: 'j', filedUnder: 'dev' } }),
  ],
  ['a clone whose job is not known', clone({ at: 'cloning', ...called, job: { id: undefined, filedUnder: 'dev' } })],
  ['a clone that was made', clone({ at: 'created', ...called, stackId: 'arn:stack/1' }, { confirmed: true })],
  ['a clone that was reported', clone({ at: 'created', ...called, stackId: undefined, answer: 'SUCCESS' })],
  [
    'a clone that was made, and whose stack was not to be seen',
    clone({ at: 'created', ...called, stackId: undefined }),
  ],
  [
    'a clone that replaces another, and was returned to',
    clone(nothing, { replaces: 'before', returned: { by: 'rollback', from: 'update' } }),
  ],
  ['an adopted environment', clone({ at: 'adopted' })],
  [
    'a clone that was kept',
    clone({
      ...called,
      at: 'created',
      stackId: 'arn:stack/1',
      answer: { name: 'OutputsMissing', text: 'It is kept.' },
    }),
  ],
  [
    'a removal that was not called yet',
    clone({
      at: 'removing',
      ...called,
      ended: 'COMPLETED',
      stackId: 'arn:stack/1',
      failure: undefined,
      deletion: undefined,
      failedDeletions: [],
    }),
  ],
  [
    'a removal after a failure, with deletions that failed and one that runs',
    clone({
      at: 'removing',
      ...called,
      ended: 'FAILED',
      stackId: undefined,
      failure: { name: 'CloneFailed', text: 'It failed.' },
      deletion: { calledAt: NOW + 2, jobId: 'd' },
      failedDeletions: ['a bucket is not empty'],
    }),
  ],
  [
    'a removal whose answer was lost',
    clone({
      at: 'removing',
      ...called,
      job: undefined,
      ended: undefined,
      stackId: undefined,
      failure: undefined,
      deletion: { calledAt: NOW + 2, jobId: undefined },
      failedDeletions: [],
    }),
  ],
  ['nothing', clone(nothing)],
  ['an adoption', { kind: 'adoption', begunAt: 1, requestId: 'r' }],
  ['nothing after a failure', clone({ at: 'nothing', failure: { name: 'TargetExists', text: 'It exists.' } })],
  ['a follow-up', followUp()],
  ['a follow-up that is over', followUp({ endedAt: NOW + 5 })],
  [
    'a follow-up that removes what a cancelled Create has begun',
    followUp({ cancellation: { replaces: undefined, found: undefined } }),
  ],
  [
    'a follow-up that removes what a cancelled Update has begun',
    followUp({ cancellation: { replaces: 'before', found: 'cancelled' } }),
  ],
];

test.each(entries)('%s is read back as it was written', async (_name, entry) => {
  const written = await write({ r: entry });
  expect(await readItem(table, RESOURCE)).toEqual(written);
  expect(written).toEqual({ resource: RESOURCE, version: 1, entries: { r: entry } });
});

test('an item that was never written is empty', async () => {
  expect(await readItem(table, RESOURCE)).toEqual({ resource: RESOURCE, version: 0, entries: {} });
});

describe('an item that this handler did not write', () => {
  const good = JSON.parse(JSON.stringify(clone({ at: 'cloning', ...called })));
  const withStage = (stage: unknown): unknown => ({ r: { ...good, stage } });
  test.each<[string, unknown, string]>([
    ['is a text', 'text', 'the item: '],
    ['has an entry that is no object', { r: 7 }, 'r: '],
    ['has an entry of no kind', { r: { ...good, kind: undefined } }, 'r.kind: '],
    ['has an entry without a time', { r: { ...good, begunAt: undefined } }, 'r.begunAt: '],
    ['has an entry of a time in words', { r: { ...good, begunAt: '2026' } }, 'r.begunAt: '],
    [
      'has a follow-up that ended at no time',
      { r: { kind: 'follow-up', begunAt: NOW, endedAt: 'soon' } },
      'r.endedAt: ',
    ],
    ['has an entry without an app', { r: { ...good, appId: '' } }, 'r.appId: '],
    ['has an entry without an environment', { r: { ...good, environmentName: 7 } }, 'r.environmentName: '],
    ['has an entry that replaces no text', { r: { ...good, replaces: 7 } }, 'r.replaces: '],
    ['has an entry without a stage', { r: { ...good, stage: undefined } }, 'r.stage: '],
    ['has a stage that is not known', withStage({ at: 'paused' }), 'r.stage.at: '],
    ['has a call without a time', withStage({ at: 'cloning' }), 'r.stage.calledAt: '],
    ['has a clone without a job', withStage({ at: 'created', calledAt: NOW }), 'r.stage.job: '],
    [
      'has a job that is filed nowhere',
      withStage({ at: 'cloning', calledAt: NOW, job: { id: 'j' } }),
      'r.stage.job.filedUnder: ',
    ],
    [
      'has a deletion without a time',
      withStage({ at: 'removing', calledAt: NOW, deletion: { jobId: 'd' } }),
      'r.stage.deletion.calledAt: ',
    ],
    [
      'has a failure without a text',
      withStage({ at: 'nothing', failure: { name: 'TargetExists' } }),
      'r.stage.failure.text: ',
    ],
  ])('and that %s, is refused, since a decision on it could delete what is not ours', async (_name, content, what) => {
    table.stored = { version: 3, text: JSON.stringify(content) };
    await expect(readItem(table, RESOURCE)).rejects.toThrow(
      `The ledger has what this version of the handler does not write: ${what}`,
    );
  });

  it('and that is no JSON, is refused', async () => {
    table.stored = { version: 3, text: '{' };
    await expect(readItem(table, RESOURCE)).rejects.toThrow();
  });
});

describe('a change', () => {
  it('goes over the version that was read', async () => {
    const item = await write({ r: followUp() });
    const next = await changeAt(NOW, item, (before) => ({ ...before, s: followUp() }));
    expect(next.version).toBe(2);
    expect(Object.keys((await readItem(table, RESOURCE)).entries)).toEqual(['r', 's']);
  });

  it('that changes nothing is not written', async () => {
    const item = await write({ r: followUp() });
    expect(await changeAt(NOW, item, (before) => before)).toBe(item);
    expect(table.writes).toBe(1);
  });

  it('that comes upon another is made again, on what the other has written', async () => {
    const item = await write({ r: followUp() });
    await writtenByAnother('theirs');
    const next = await changeAt(NOW, item, (before) => ({ ...before, ours: followUp() }));
    expect(Object.keys(next.entries)).toEqual(['r', 'theirs', 'ours']);
    expect(await readItem(table, RESOURCE)).toEqual(next);
  });

  it('that the other has made already is not made again', async () => {
    const item = await write({ r: clone({ at: 'examining' }) });
    const toCalling = (before: LedgerItem['entries']): LedgerItem['entries'] => {
      const entry = before['r'];
      const isMine = entry?.kind === 'clone' && entry.stage.at === 'examining';
      return isMine ? { ...before, r: { ...entry, stage: { at: 'cloning', calledAt: NOW } } } : before;
    };
    const theirs = await changeAt(NOW, item, toCalling);
    expect(await changeAt(NOW, item, toCalling)).toEqual(theirs);
    expect(theirs.version).toBe(2);
  });

  it('that comes upon others again and again is given up, as trouble that passes', async () => {
    const item = await write({ r: followUp() });
    let version = item.version;
    table.beforeWrite = () => {
      version += 1;
      table.stored = { version, text: table.stored?.text ?? '' };
    };
    const changed = changeAt(NOW, item, (before) => ({ ...before, s: followUp() }));
    await expect(changed).rejects.toMatchObject({
      name: 'ServiceError',
      reason: 'UNAVAILABLE',
      operation: 'PutItem',
      service: 'dynamodb',
      words: 'the item was written by others again and again',
    });
    expect(table.writes).toBeGreaterThan(3);
  });
});

describe('what is over', () => {
  const later = followUp({ begunAt: NOW + 25 * HOUR });

  it.each<[string, Entry]>([
    ['a request of which nothing is there', clone(nothing)],
    ['a follow-up that has ended', followUp({ endedAt: NOW + 1 })],
  ])('is forgotten with the first change after a day (%s)', async (_name, entry) => {
    await write({ r: entry });
    const early = await changeAt(NOW + 23 * HOUR, await readItem(table, RESOURCE), (before) => ({
      ...before,
      s: followUp(),
    }));
    expect(Object.keys(early.entries)).toEqual(['r', 's']);
    const late = await changeAt(NOW + 25 * HOUR, early, (before) => ({ ...before, t: later }));
    expect(Object.keys(late.entries)).toEqual(['s', 't']);
    expect(await readItem(table, RESOURCE)).toEqual(late);
  });

  it.each(
    entries.filter(([, entry]) =>
      entry.kind === 'clone' ? entry.stage.at !== 'nothing' : !('endedAt' in entry) || entry.endedAt === undefined,
    ),
  )('and only that: %s is never forgotten', async (_name, entry) => {
    await write({ r: entry });
    const late = await changeAt(NOW + 1000 * HOUR, await readItem(table, RESOURCE), (before) => ({
      ...before,
      t: later,
    }));
    expect(late.entries['r']).toEqual(entry);
  });
});

describe('an item', () => {
  it.each<[string, LedgerItem['entries']]>([
    ['on which there is nothing', { r: clone(nothing) }],
    ['on which every follow-up has ended', { r: clone(nothing), s: followUp({ endedAt: NOW }) }],
  ])('%s expires a day after it was written last', async (_name, given) => {
    await write(given, NOW + HOUR);
    expect(table.expiresAt).toBe(NOW + 25 * HOUR);
  });

  it.each<[string, Entry]>([
    ['is a clone', clone({ at: 'created', ...called, stackId: undefined })],
    ['is an adopted environment', clone({ at: 'adopted' })],
    ['is something to be removed', clone({ at: 'cloning', calledAt: NOW })],
    ['is a follow-up that goes on', followUp()],
  ])('on which there %s never expires', async (_name, entry) => {
    await write({ r: clone(nothing), s: entry });
    expect(table.expiresAt).toBeUndefined();
  });
});
