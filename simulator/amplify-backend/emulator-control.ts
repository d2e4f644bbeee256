import type { Random } from '../random';
import type { Outcome } from './app-state';
import { FAULTS, type Fault } from './faults';
import type { AmplifyBackend } from './model';
import { OPERATIONS, type Operation } from './operations';
import type { CallerRights } from './permissions';
import { parseVariants } from './variants';
import { jsonReply, type WireReply, type WireRequest } from './wire';

const DOCUMENT = `POST /_emulator/settings takes a JSON object with any of
  "variants": {"targetListed": "on acceptance", ...},
  "jobSeconds": 5,
  "nextClones": [{"environment": "preview", "outcome": "COMPLETED" | "stuck" | {"failed": "words, or left out"}}],
  "nextDeletions": [same as nextClones],
  "faults": [{"operation": "CloneBackend" | ... | "any", "fault": "429" | ... | "none", "times": 1}],
  "addApps": [{"appId": "d1a2b3c4d5e6f7", "studio": true}],
  "addEnvironments": [{"appId": "d1a2b3c4d5e6f7", "name": "other", "madeInSeconds": 0, "metaConfig": {"auth": {...}}}],
  "removeEnvironments": [{"appId": "d1a2b3c4d5e6f7", "name": "other"}],
  "callerRights": "enough" | "missing",
  "grantPermissions": true`;

/** The settings of the emulator: the duration and result of jobs, and the caller's permissions. */
export class JobScript {
  private readonly clones = new Map<string, Outcome[]>();
  private readonly deletions = new Map<string, Outcome[]>();

  callerRights: CallerRights = 'enough';

  constructor(public jobSeconds: number) {}

  readonly jobDuration = (_operation: unknown, _random: Random): number => this.jobSeconds * 1000;
  readonly cloneOutcome = (target: string): Outcome => this.clones.get(target)?.shift() ?? 'COMPLETED';
  readonly deletionOutcome = (environment: string): Outcome => this.deletions.get(environment)?.shift() ?? 'COMPLETED';

  nextClone(target: string, outcome: Outcome): void {
    this.clones.set(target, [...(this.clones.get(target) ?? []), outcome]);
  }

  nextDeletion(environment: string, outcome: Outcome): void {
    this.deletions.set(environment, [...(this.deletions.get(environment) ?? []), outcome]);
  }
}

/** Answers a request to the emulator itself. Undefined for a request to the service. */
export function answerControl(
  service: AmplifyBackend,
  script: JobScript,
  { method, path, body }: WireRequest,
): WireReply | undefined {
  if (!path.startsWith('/_emulator/')) return undefined;
  if (method === 'GET' && path === '/_emulator/state') return jsonReply(state(service, script));
  if (method === 'POST' && path === '/_emulator/settings') {
    try {
      // The whole request is parsed first, so that an invalid request changes nothing.
      for (const change of readSettings(service, script, JSON.parse(body))) change();
    } catch (error) {
      return jsonReply({ message: `${error instanceof Error ? error.message : String(error)}. ${DOCUMENT}` }, 400);
    }
    return jsonReply(state(service, script));
  }
  return jsonReply({ message: `The emulator has GET /_emulator/state. ${DOCUMENT}` }, 404);
}

function state(service: AmplifyBackend, script: JobScript): unknown {
  const apps = service.appIds().map((appId) => ({
    appId,
    environments: service.environments(appId),
    jobs: service.jobs(appId),
  }));
  return {
    now: service.clock.now(),
    jobSeconds: script.jobSeconds,
    callerRights: script.callerRights,
    variants: service.variants,
    apps,
    journal: service.journal.events(),
  };
}

type Change = () => void;

function readSettings(service: AmplifyBackend, script: JobScript, settings: unknown): Change[] {
  return Object.entries(readObject('the body', settings)).flatMap(([name, value]): Change[] => {
    switch (name) {
      case 'variants': {
        const variants = parseVariants(readObject(name, value), service.variants);
        return [() => Object.assign(service, { variants })];
      }
      case 'jobSeconds': {
        const jobSeconds = readNumber(name, value);
        return [() => Object.assign(script, { jobSeconds })];
      }
      case 'nextClones':
        return readList(name, value).map((entry) => {
          const environment = readText('environment', entry['environment']);
          const outcome = readOutcome(entry['outcome']);
          return () => script.nextClone(environment, outcome);
        });
      case 'nextDeletions':
        return readList(name, value).map((entry) => {
          const environment = readText('environment', entry['environment']);
          const outcome = readOutcome(entry['outcome']);
          return () => script.nextDeletion(environment, outcome);
        });
      case 'faults':
        return readList(name, value).map((entry) => {
          const operation = readChoice<Operation | 'any'>('operation', entry['operation'], [...OPERATIONS, 'any']);
          const fault = readChoice<Fault | 'none'>('fault', entry['fault'], [...FAULTS, 'none']);
          const times = readNumber('times', entry['times'] ?? 1);
          return () => service.faults.next(operation, fault, times);
        });
      case 'addApps':
        return readList(name, value).map((entry) => {
          const appId = readText('appId', entry['appId']);
          const studio = readChoice('studio', entry['studio'] ?? true, [true, false]);
          return () => service.addApp(appId, { studio });
        });
      case 'addEnvironments':
        return readList(name, value).map((entry) => {
          const appId = readText('appId', entry['appId']);
          const environment = readText('name', entry['name']);
          const madeInSeconds = readNumber('madeInSeconds', entry['madeInSeconds'] ?? 0);
          const metaConfig =
            entry['metaConfig'] === undefined ? {} : { metaConfig: readMetaConfig(entry['metaConfig']) };
          return () =>
            service.addEnvironment(appId, environment, { madeInMilliseconds: madeInSeconds * 1000, ...metaConfig });
        });
      case 'removeEnvironments':
        return readList(name, value).map((entry) => {
          const appId = readText('appId', entry['appId']);
          const environment = readText('name', entry['name']);
          return () => service.removeEnvironment(appId, environment);
        });
      case 'callerRights': {
        const callerRights = readChoice<CallerRights>(name, value, ['enough', 'missing']);
        return [() => Object.assign(script, { callerRights })];
      }
      case 'grantPermissions':
        readChoice(name, value, [true]);
        return [() => service.permissions.grant(service.clock.now())];
      default:
        throw new RangeError(`unknown setting "${name}"`);
    }
  });
}

type JsonObject = Readonly<Record<string, unknown>>;

function readObject(name: string, value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RangeError(`${name} is an object`);
  return Object.fromEntries(Object.entries(value));
}

function readMetaConfig(value: unknown): string {
  return JSON.stringify(readObject('metaConfig', value));
}

function readList(name: string, value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new RangeError(`"${name}" is a list`);
  return value.map((entry: unknown) => readObject(`each of "${name}"`, entry));
}

function readText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new RangeError(`"${name}" is a text`);
  return value;
}

function readNumber(name: string, value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0)) throw new RangeError(`"${name}" is a number of 0 or more`);
  return value;
}

function readChoice<T>(name: string, value: unknown, choices: readonly T[]): T {
  for (const choice of choices) if (choice === value) return choice;
  throw new RangeError(`"${name}" is one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
}

function readOutcome(value: unknown): Outcome {
  for (const outcome of ['COMPLETED', 'COMPLETED, and the environment stays', 'stuck'] as const) {
    if (value === outcome) return outcome;
  }
  const { failed, ...rest } = readObject('"outcome" is "COMPLETED", "stuck", or it', value);
  if (Object.keys(rest).length > 0) throw new RangeError('a failed outcome has one member, "failed"');
  return { failed: failed === undefined || failed === null ? undefined : readText('failed', failed) };
}
