import { mkdir, open, readFile, rename } from 'node:fs/promises';
import * as path from 'node:path';
import type { LedgerTable, StoredItem } from '../lambda/ledger';
import { isRecord, isText } from '../lambda/unknown-value';
import type { Names, PARTS } from './names';

/*
 * What a survey has made, or is about to: written before each call that changes something, so that another process can
 * clean up after one that was killed. What it says of environments is a page of the handler's own ledger, because the
 * handler's own code deletes them.
 */

export interface SurveyRecord {
  readonly format: typeof FORMAT;
  readonly appId: string;
  readonly region: string;
  readonly source: string;
  readonly names: Names;
  /** The IAM role that was made, or is about to be. */
  readonly role: string | undefined;
  readonly page: StoredItem | undefined;
  /** The clone jobs that it has begun. The ledger forgets them with what they made. */
  readonly cloneJobs: readonly string[];
  /** Whether all that was made is deleted again, or was given up with a word to the user. */
  readonly isOver: boolean;
}

const FORMAT = 'amplify-survey-record/1';

/** Where the record is kept. A write is whole or not at all. */
export interface RecordStore {
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

export function fileStore(file: string): RecordStore {
  return {
    async read() {
      try {
        return await readFile(file, 'utf8');
      } catch (error) {
        if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(text) {
      await mkdir(path.dirname(file), { recursive: true });
      const draft = `${file}.new`;
      const handle = await open(draft, 'w', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, file);
    },
  };
}

export function newRecord(survey: Pick<SurveyRecord, 'appId' | 'region' | 'source' | 'names'>): SurveyRecord {
  return { format: FORMAT, ...survey, role: undefined, page: undefined, cloneJobs: [], isOver: false };
}

/** @throws Error when it is not what {@link changeRecord} wrote */
export async function readRecord(store: RecordStore): Promise<SurveyRecord | undefined> {
  const text = await store.read();
  return text === undefined ? undefined : parseRecord(text);
}

export async function writeRecord(store: RecordStore, record: SurveyRecord): Promise<void> {
  await store.write(`${JSON.stringify(record, undefined, 2)}\n`);
}

/** One process writes it, so what was read is still so. */
export async function changeRecord(
  store: RecordStore,
  change: (record: SurveyRecord) => SurveyRecord,
): Promise<SurveyRecord> {
  const record = await readRecord(store);
  if (record === undefined) throw new Error('the record of the survey has vanished');
  const changed = change(record);
  await writeRecord(store, changed);
  return changed;
}

/** The one page of the ledger that a survey has. */
export const PAGE = 'survey';

export function ledgerOf(store: RecordStore): LedgerTable {
  return {
    async read() {
      return (await readRecord(store))?.page;
    },
    async write(_, page) {
      const version = (await readRecord(store))?.page?.version ?? 0;
      if (version !== page.version - 1) return false;
      await changeRecord(store, (record) => ({ ...record, page }));
      return true;
    },
  };
}

function parseRecord(text: string): SurveyRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unreadable();
  }
  if (!isRecord(parsed) || parsed['format'] !== FORMAT || !isRecord(parsed['names'])) throw unreadable();
  const textIn = (members: Readonly<Record<string, unknown>>, name: string): string => {
    const value = members[name];
    if (!isText(value)) throw unreadable();
    return value;
  };
  const { names, page, role, cloneJobs } = parsed;
  const nameOf = (part: (typeof PARTS)[number]): string => textIn(names, part);
  return {
    format: FORMAT,
    appId: textIn(parsed, 'appId'),
    region: textIn(parsed, 'region'),
    source: textIn(parsed, 'source'),
    names: {
      watched: nameOf('watched'),
      cutShort: nameOf('cutShort'),
      byNewRole: nameOf('byNewRole'),
      absent: nameOf('absent'),
      unsourced: nameOf('unsourced'),
      malformed: nameOf('malformed'),
    },
    role: isText(role) ? role : undefined,
    page: isRecord(page) ? { version: Number(page['version']), text: textIn(page, 'text') } : undefined,
    cloneJobs: Array.isArray(cloneJobs) ? cloneJobs.filter(isText) : [],
    isOver: parsed['isOver'] === true,
  };
}

function unreadable(): Error {
  return new Error('the record is not what a survey wrote');
}
