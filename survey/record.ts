import { mkdir, open, readFile, rename } from 'node:fs/promises';
import * as path from 'node:path';
import type { LedgerTable, StoredItem } from '../lambda/ledger';
import { isRecord, isText } from '../lambda/unknown-value';
import type { Names, PARTS } from './names';

/*
 * What a survey has created, or is about to create. It is written before each call that changes something, so that another
 * process can clean up after one that was killed. The environments are an item of the handler's ledger, because the
 * handler's own code deletes them.
 */

export interface SurveyRecord {
  readonly format: typeof FORMAT;
  readonly appId: string;
  readonly region: string;
  readonly source: string;
  readonly names: Names;
  /** The IAM role that was created, or is about to be created. */
  readonly role: string | undefined;
  /** The ledger item. */
  readonly item: StoredItem | undefined;
  /** The clone jobs that the survey has started. The item does not keep them after a removal. */
  readonly cloneJobs: readonly string[];
  /** Whether everything was deleted again, or the survey has reported the rest to its user. */
  readonly isOver: boolean;
}

const FORMAT = 'amplify-survey-record/1';

/** The storage of the record. A write is atomic. */
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
  return { format: FORMAT, ...survey, role: undefined, item: undefined, cloneJobs: [], isOver: false };
}

/** @throws Error if {@link changeRecord} did not write the text */
export async function readRecord(store: RecordStore): Promise<SurveyRecord | undefined> {
  const text = await store.read();
  return text === undefined ? undefined : parseRecord(text);
}

export async function writeRecord(store: RecordStore, record: SurveyRecord): Promise<void> {
  await store.write(`${JSON.stringify(record, undefined, 2)}\n`);
}

/** Only one process writes the record, so the read cannot be outdated. */
export async function changeRecord(
  store: RecordStore,
  change: (record: SurveyRecord) => SurveyRecord,
): Promise<SurveyRecord> {
  const record = await readRecord(store);
  if (record === undefined) throw new Error('the record of the survey does not exist any more');
  const changed = change(record);
  await writeRecord(store, changed);
  return changed;
}

/** The key of a survey's only ledger item. */
export const ITEM_KEY = 'survey';

export function ledgerOf(store: RecordStore): LedgerTable {
  return {
    async read() {
      return (await readRecord(store))?.item;
    },
    async write(_, item) {
      const version = (await readRecord(store))?.item?.version ?? 0;
      if (version !== item.version - 1) return false;
      await changeRecord(store, (record) => ({ ...record, item }));
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
  const { names, item, role, cloneJobs } = parsed;
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
    item: isRecord(item) ? { version: Number(item['version']), text: textIn(item, 'text') } : undefined,
    cloneJobs: Array.isArray(cloneJobs) ? cloneJobs.filter(isText) : [],
    isOver: parsed['isOver'] === true,
  };
}

function unreadable(): Error {
  return new Error('the record was not written by a survey');
}
