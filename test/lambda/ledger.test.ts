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
  ['a clone whose checks run', clone({ at: 'examining' })],
  ['a clone whose call has not been answered', clone({ at: 'cloning', calledAt: NOW + 1 })],
  ['a clone that runs', clone({ at: 'cloning', ...called })],
  [
    'a clone whose job is filed under its source',
    clone({ at: 'cloning', ...called, job: { id: 'j', filedUnder: 'dev' } }),
  ],
  ['a clone whose job is unknown', clone({ at: 'cloning', ...called, job: { id: undefined, filedUnder: 'dev' } })],
  ['a complete clone', clone({ at: 'created', ...called, stackId: 'arn:stack/1' }, { confirmed: true })],
  ['a reported clone', clone({ at: 'created', ...called, stackId: undefined, answer: 'SUCCESS' })],
  ['a complete clone without a root stack', clone({ at: 'created', ...called, stackId: undefined })],
  ['a replacement that an update has gone back to', clone(nothing, { replaces: 'before', returnedBy: 'rollback' })],
  ['an adopted environment', clone({ at: 'adopted' })],
  [
    'a clone that was kept without its outputs',
    clone({
      ...called,
      at: 'created',
      stackId: 'arn:stack/1',
      answer: { name: 'OutputsMissing', text: 'It is kept.' },
    }),
  ],
  [
    'a removal before DeleteBackend',
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
    'a removal after a failure, with failed deletions and a running one',
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
  ['an ended request', clone(nothing)],
  ['an adoption', { kind: 'adoption', begunAt: 1, requestId: 'r' }],
  ['a failed request', clone({ at: 'nothing', failure: { name: 'TargetExists', text: 'It exists.' } })],
  ['a follow-up', followUp()],
  ['an ended follow-up', followUp({ endedAt: NOW + 5 })],
  [
    'a follow-up that removes the clone of a cancelled Create',
    followUp({ cancellation: { replaces: undefined, found: undefined } }),
  ],
  [
    'a follow-up that removes the clone of a cancelled Update',
    followUp({ cancellation: { replaces: 'before', found: 'cancelled' } }),
  ],
];

test.each(entries)('%s is read as it was written', async (_name, entry) => {
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
    ['is text', 'text', 'the item: '],
    ['has an entry that is not an object', { r: 7 }, 'r: '],
    ['has an entry without a kind', { r: { ...good, kind: undefined } }, 'r.kind: '],
    ['has an entry without a time', { r: { ...good, begunAt: undefined } }, 'r.begunAt: '],
    ['has an entry whose time is not a number', { r: { ...good, begunAt: '2026' } }, 'r.begunAt: '],
    [
      'has a follow-up whose end is not a number',
      { r: { kind: 'follow-up', begunAt: NOW, endedAt: 'soon' } },
      'r.endedAt: ',
    ],
    ['has an entry without an app', { r: { ...good, appId: '' } }, 'r.appId: '],
    ['has an entry without an environment', { r: { ...good, environmentName: 7 } }, 'r.environmentName: '],
    ['has an entry whose replaced request is not text', { r: { ...good, replaces: 7 } }, 'r.replaces: '],
    ['has an entry without a stage', { r: { ...good, stage: undefined } }, 'r.stage: '],
    ['has an unknown stage', withStage({ at: 'paused' }), 'r.stage.at: '],
    ['has a call without a time', withStage({ at: 'cloning' }), 'r.stage.calledAt: '],
    ['has a clone without a job', withStage({ at: 'created', calledAt: NOW }), 'r.stage.job: '],
    [
      'has a job without an environment',
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
  ])(
    'and that %s, is an error, since a decision on it could delete another owner’s environment',
    async (_name, content, what) => {
      table.stored = { version: 3, text: JSON.stringify(content) };
      await expect(readItem(table, RESOURCE)).rejects.toThrow(
        `The ledger has what this version of the handler does not write: ${what}`,
      );
    },
  );

  it('and that is not JSON, is an error', async () => {
    table.stored = { version: 3, text: '{' };
    await expect(readItem(table, RESOURCE)).rejects.toThrow();
  });
});

describe('a change of an item', () => {
  it('requires the version that was read', async () => {
    const item = await write({ r: followUp() });
    const next = await changeAt(NOW, item, (before) => ({ ...before, s: followUp() }));
    expect(next.version).toBe(2);
    expect(Object.keys((await readItem(table, RESOURCE)).entries)).toEqual(['r', 's']);
  });

  it('is not written if it changes nothing', async () => {
    const item = await write({ r: followUp() });
    expect(await changeAt(NOW, item, (before) => before)).toBe(item);
    expect(table.writes).toBe(1);
  });

  it('is made again on the item of another writer that was faster', async () => {
    const item = await write({ r: followUp() });
    await writtenByAnother('theirs');
    const next = await changeAt(NOW, item, (before) => ({ ...before, ours: followUp() }));
    expect(Object.keys(next.entries)).toEqual(['r', 'theirs', 'ours']);
    expect(await readItem(table, RESOURCE)).toEqual(next);
  });

  it('is not made again if another writer has made it', async () => {
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

  it('fails with UNAVAILABLE if other writers are faster again and again', async () => {
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

describe('an entry that is over', () => {
  const later = followUp({ begunAt: NOW + 25 * HOUR });

  it.each<[string, Entry]>([
    ['an ended request', clone(nothing)],
    ['an ended follow-up', followUp({ endedAt: NOW + 1 })],
  ])('is removed by the first change after a day (%s)', async (_name, entry) => {
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
  )('is the only one that is removed: %s remains', async (_name, entry) => {
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
    ['with only ended requests', { r: clone(nothing) }],
    ['with only ended requests and follow-ups', { r: clone(nothing), s: followUp({ endedAt: NOW }) }],
  ])('%s expires a day after its last write', async (_name, given) => {
    await write(given, NOW + HOUR);
    expect(table.expiresAt).toBe(NOW + 25 * HOUR);
  });

  it.each<[string, Entry]>([
    ['a clone', clone({ at: 'created', ...called, stackId: undefined })],
    ['an adopted environment', clone({ at: 'adopted' })],
    ['a clone without a known job', clone({ at: 'cloning', calledAt: NOW })],
    ['a follow-up that has not ended', followUp()],
  ])('with %s never expires', async (_name, entry) => {
    await write({ r: clone(nothing), s: entry });
    expect(table.expiresAt).toBeUndefined();
  });
});
