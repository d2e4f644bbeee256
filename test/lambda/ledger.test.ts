import { changePage, type Entry, type Page, readPage, type Stage } from '../../lambda/ledger';
import {
  cloneEntryOf as clone,
  LedgerUnderTest,
  START as NOW,
  RESOURCE,
  visitEntryOf as visit,
} from './world-under-test';

const HOUR = 60 * 60_000;

const nothing: Stage = { at: 'nothing', failure: undefined };
const job = { id: 'j', filedUnder: 'target' } as const;
const called = { calledAt: NOW + 1, job };

let table: LedgerUnderTest;
beforeEach(() => {
  table = new LedgerUnderTest();
});

async function write(entries: Page['entries'], now = NOW): Promise<Page> {
  return changePage(table, await readPage(table, RESOURCE), now, () => entries);
}

/** As if somebody else had added an entry. */
async function writtenByAnother(id: string): Promise<void> {
  const page = await readPage(table, RESOURCE);
  const text = JSON.stringify({ ...page.entries, [id]: visit() });
  table.stored = { version: page.version + 1, text };
}

const entries: [string, Entry][] = [
  ['a clone that is examined', clone({ at: 'examining' })],
  ['a clone that is called for', clone({ at: 'calling', calledAt: NOW + 1 })],
  ['a clone that runs', clone({ at: 'cloning', ...called })],
  [
    'a clone whose job is filed under its source',
    clone({ at: 'cloning', ...called, job: { id: 'j', filedUnder: 'source' } }),
  ],
  ['a clone whose job is not known', clone({ at: 'cloning', ...called, job: { id: undefined, filedUnder: 'source' } })],
  ['a clone that was made', clone({ at: 'made', ...called, stackId: 'arn:stack/1', reported: false }, { known: true })],
  ['a clone that was reported', clone({ at: 'made', ...called, stackId: undefined, reported: true })],
  [
    'a clone that was made, and whose stack was not to be seen',
    clone({ at: 'made', ...called, stackId: undefined, reported: false }),
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
      at: 'kept',
      stackId: 'arn:stack/1',
      failure: { name: 'OutputsMissing', message: 'It is kept.' },
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
      failure: { name: 'CloneFailed', message: 'It failed.' },
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
  ['nothing after a failure', clone({ at: 'nothing', failure: { name: 'TargetExists', message: 'It exists.' } })],
  ['a visit', visit()],
  ['a visit that is over', visit({ endedAt: NOW + 5 })],
  ['a visit that sweeps up after a Create', visit({ sweeps: { replaces: undefined, found: undefined } })],
  ['a visit that sweeps up after an Update', visit({ sweeps: { replaces: 'before', found: 'cancelled' } })],
];

test.each(entries)('%s is read back as it was written', async (_name, entry) => {
  const written = await write({ r: entry });
  expect(await readPage(table, RESOURCE)).toStrictEqual(written);
  expect(written).toStrictEqual({ resource: RESOURCE, version: 1, entries: { r: entry } });
});

test('a page that was never written is empty', async () => {
  expect(await readPage(table, RESOURCE)).toEqual({ resource: RESOURCE, version: 0, entries: {} });
});

describe('a page that this handler did not write', () => {
  const good = JSON.parse(JSON.stringify(clone({ at: 'cloning', ...called })));
  const withStage = (stage: unknown): unknown => ({ r: { ...good, stage } });
  test.each<[string, unknown, string]>([
    ['is a list', [], 'the page'],
    ['is a text', 'text', 'the page'],
    ['has an entry that is no object', { r: 7 }, 'an entry'],
    ['has an entry without a time', { r: { ...good, begunAt: undefined } }, 'begunAt'],
    ['has an entry of a time in words', { r: { ...good, begunAt: '2026' } }, 'begunAt'],
    ['has a visit that ended at no time', { r: { kind: 'visit', begunAt: NOW, endedAt: 'soon' } }, 'endedAt'],
    ['has an entry without an app', { r: { ...good, appId: '' } }, 'appId'],
    ['has an entry without an environment', { r: { ...good, environmentName: 7 } }, 'environmentName'],
    ['has an entry that replaces no text', { r: { ...good, replaces: 7 } }, 'replaces'],
    ['has an entry without a stage', { r: { ...good, stage: undefined } }, 'a stage'],
    ['has a stage that is not known', withStage({ at: 'paused' }), 'a stage'],
    ['has a call without a time', withStage({ at: 'calling' }), 'calledAt'],
    ['has a clone without a time', withStage({ at: 'cloning', job }), 'calledAt'],
    ['has a job without an id', withStage({ at: 'cloning', calledAt: NOW, job: { filedUnder: 'target' } }), 'id'],
    [
      'has a deletion without a time',
      withStage({ at: 'removing', calledAt: NOW, deletion: { jobId: 'd' } }),
      'calledAt',
    ],
    ['has a failure without a message', withStage({ at: 'nothing', failure: { name: 'TargetExists' } }), 'message'],
  ])('and that %s, is refused, since a decision on it could delete what is not ours', async (_name, content, what) => {
    table.stored = { version: 3, text: JSON.stringify(content) };
    await expect(readPage(table, RESOURCE)).rejects.toThrow(
      `the ledger cannot be read: ${what} is not what this version of the handler wrote`,
    );
  });

  it('and that is no JSON, is refused', async () => {
    table.stored = { version: 3, text: '{' };
    await expect(readPage(table, RESOURCE)).rejects.toThrow();
  });
});

describe('a change', () => {
  it('goes over the version that was read', async () => {
    const page = await write({ r: visit() });
    const next = await changePage(table, page, NOW, (before) => ({ ...before, s: visit() }));
    expect(next.version).toBe(2);
    expect(Object.keys((await readPage(table, RESOURCE)).entries)).toEqual(['r', 's']);
  });

  it('that changes nothing is not written', async () => {
    const page = await write({ r: visit() });
    expect(await changePage(table, page, NOW, (before) => before)).toBe(page);
    expect(table.writes).toBe(1);
  });

  it('that comes upon another is made again, on what the other has written', async () => {
    const page = await write({ r: visit() });
    await writtenByAnother('theirs');
    const next = await changePage(table, page, NOW, (before) => ({ ...before, ours: visit() }));
    expect(Object.keys(next.entries)).toEqual(['r', 'theirs', 'ours']);
    expect(await readPage(table, RESOURCE)).toEqual(next);
  });

  it('that the other has made already is not made again', async () => {
    const page = await write({ r: clone({ at: 'examining' }) });
    const toCalling = (before: Page['entries']): Page['entries'] => {
      const entry = before['r'];
      const isMine = entry?.kind === 'clone' && entry.stage.at === 'examining';
      return isMine ? { ...before, r: { ...entry, stage: { at: 'calling', calledAt: NOW } } } : before;
    };
    const theirs = await changePage(table, page, NOW, toCalling);
    expect(await changePage(table, page, NOW, toCalling)).toEqual(theirs);
    expect(theirs.version).toBe(2);
  });

  it('that comes upon others again and again is given up, as trouble that passes', async () => {
    const page = await write({ r: visit() });
    let version = page.version;
    table.beforeWrite = () => {
      version += 1;
      table.stored = { version, text: table.stored?.text ?? '' };
    };
    const change = changePage(table, page, NOW, (before) => ({ ...before, s: visit() }));
    await expect(change).rejects.toMatchObject({
      name: 'ServiceTrouble',
      reason: 'UNAVAILABLE',
      operation: 'PutItem',
      service: 'dynamodb',
      words: 'the page was written by others again and again',
    });
    expect(table.writes).toBeGreaterThan(3);
  });
});

describe('what is over', () => {
  const later = visit({ begunAt: NOW + 25 * HOUR });

  it.each<[string, Entry]>([
    ['a request of which nothing is there', clone(nothing)],
    ['a visit that has ended', visit({ endedAt: NOW + 1 })],
  ])('is forgotten with the first change after a day (%s)', async (_name, entry) => {
    await write({ r: entry });
    const early = await changePage(table, await readPage(table, RESOURCE), NOW + 23 * HOUR, (before) => ({
      ...before,
      s: visit(),
    }));
    expect(Object.keys(early.entries)).toEqual(['r', 's']);
    const late = await changePage(table, early, NOW + 25 * HOUR, (before) => ({ ...before, t: later }));
    expect(Object.keys(late.entries)).toEqual(['s', 't']);
    expect(await readPage(table, RESOURCE)).toEqual(late);
  });

  it.each(
    entries.filter(([, entry]) =>
      entry.kind === 'clone' ? entry.stage.at !== 'nothing' : entry.endedAt === undefined,
    ),
  )('and only that: %s is never forgotten', async (_name, entry) => {
    await write({ r: entry });
    const late = await changePage(table, await readPage(table, RESOURCE), NOW + 1000 * HOUR, (before) => ({
      ...before,
      t: later,
    }));
    expect(late.entries['r']).toEqual(entry);
  });
});

describe('a page', () => {
  it.each<[string, Page['entries']]>([
    ['on which there is nothing', { r: clone(nothing) }],
    ['on which every visit has ended', { r: clone(nothing), s: visit({ endedAt: NOW }) }],
  ])('%s expires a day after it was written last', async (_name, given) => {
    await write(given, NOW + HOUR);
    expect(table.expiresAt).toBe(NOW + 25 * HOUR);
  });

  it.each<[string, Entry]>([
    ['is a clone', clone({ at: 'made', ...called, stackId: undefined, reported: false })],
    ['is an adopted environment', clone({ at: 'adopted' })],
    ['is something to be removed', clone({ at: 'calling', calledAt: NOW })],
    ['is a visit that goes on', visit()],
  ])('on which there %s never expires', async (_name, entry) => {
    await write({ r: clone(nothing), s: entry });
    expect(table.expiresAt).toBeUndefined();
  });
});
