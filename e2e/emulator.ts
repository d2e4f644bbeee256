import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessGroups } from './process-groups';
import { CREDENTIALS, isolatedEnvironment, PROJECT } from './workplace';

const LONGEST_START = 60_000;
const READY = /ready at (http:\/\/127\.0\.0\.1:\d+)/;

/** The app and the environment that the emulator has from the start. */
export const APP_ID = 'd1a2b3c4d5e6f7';
export const SOURCE = 'dev';

export interface Emulator {
  readonly url: string;
  /** The existing environments of the app, in alphabetical order. */
  environments(): Promise<string[]>;
  /** All events, oldest first. */
  journal(): Promise<JournalEntry[]>;
  /** Changes settings, in the format of POST /_emulator/settings. */
  change(settings: Readonly<Record<string, unknown>>): Promise<void>;
}

export interface JournalEntry {
  readonly kind: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The environment of the event. For a clone, the target. */
  readonly environment: string;
  /** COMPLETED or FAILED for `job-ended`, else empty. */
  readonly status: string;
}

/** Starts the AmplifyBackend emulator on a free port, and waits until it answers. It requires signed requests. */
export async function startEmulator(folder: string, jobSeconds: number, processes: ProcessGroups): Promise<Emulator> {
  const options = ['--port', '0', '--job-seconds', String(jobSeconds)];
  const credentials = ['--access-key-id', CREDENTIALS.accessKeyId, '--secret-access-key', CREDENTIALS.secretAccessKey];
  const server = processes.start({
    command: process.execPath,
    args: ['--import', 'tsx', 'simulator/emulator.ts', ...options, ...credentials],
    cwd: PROJECT,
    env: isolatedEnvironment(folder),
  });
  let over = false;
  void server.finished.then(() => {
    over = true;
  });
  const deadline = Date.now() + LONGEST_START;
  for (;;) {
    const url = READY.exec(server.output())?.[1];
    if (url !== undefined) return emulatorAt(url);
    if (over || Date.now() > deadline) throw new Error(`the emulator did not start:\n${server.output()}`);
    await sleep(100);
  }
}

function emulatorAt(url: string): Emulator {
  const state = async (): Promise<JsonObject> => {
    const response = await fetch(`${url}/_emulator/state`);
    return object(await response.json());
  };
  return {
    url,
    async environments() {
      const app = list((await state())['apps'])
        .map(object)
        .find(({ appId }) => appId === APP_ID);
      return list(app?.['environments'])
        .map((environment) => text(object(environment)['name']))
        .sort();
    },
    async journal() {
      return list((await state())['journal']).map((entry) => {
        const { kind, at, target, environment, status } = object(entry);
        return {
          kind: text(kind),
          at: Number(at),
          environment: text(environment ?? target),
          status: text(status ?? ''),
        };
      });
    },
    async change(settings) {
      const response = await fetch(`${url}/_emulator/settings`, { method: 'POST', body: JSON.stringify(settings) });
      if (!response.ok) throw new Error(`the emulator refused its settings: ${await response.text()}`);
    },
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function object(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unexpected(value);
  return Object.fromEntries(Object.entries(value));
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw unexpected(value);
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw unexpected(value);
  return value;
}

function unexpected(value: unknown): Error {
  return new Error(`the emulator's state has ${JSON.stringify(value) ?? 'nothing'} where something else was expected`);
}
