/**
 * The AmplifyBackend service on this machine, for any SDK and the AWS CLI:
 *
 *     npm run emulator -- --port 8017 --job-seconds 5
 *     aws amplifybackend get-backend --app-id d1a2b3c4d5e6f7 --endpoint-url http://127.0.0.1:8017
 *
 * It prints one line with its URL when it is ready, and ends on Ctrl-C or SIGTERM. For tests in another process:
 *
 *     GET  /_emulator/state      the actual state: environments, jobs, the journal, the settings (JSON)
 *     POST /_emulator/settings   changes settings, scripts outcomes and faults, performs other people's actions. Answers the
 *                                state. An invalid setting is answered 400, with the valid ones. Everything is optional:
 *       {"variants": {"targetListed": "on acceptance"}, "jobSeconds": 5,
 *        "nextClones": [{"environment": "preview", "outcome": {"failed": "words"}}], "nextDeletions": [...],
 *        "faults": [{"operation": "CloneBackend", "fault": "504 after acceptance", "times": 1}],
 *        "addApps": [{"appId": "d2", "studio": true}], "addEnvironments": [{"appId": "d2", "name": "dev"}],
 *        "removeEnvironments": [...], "callerRights": "missing", "grantPermissions": true}
 */
import { parseArgs } from 'node:util';
import { answerControl, JobScript } from './amplify-backend/emulator-control';
import { AmplifyBackend } from './amplify-backend/model';
import { answer } from './amplify-backend/request-handler';
import { startServer } from './amplify-backend/server';
import { DEFAULT_VARIANTS, type Variants } from './amplify-backend/variants';
import { readVariantsFile } from './amplify-backend/variants-file';
import { realClock } from './clock';
import { seededRandom } from './random';
import type { Credentials } from './signature';

const APP = 'd1a2b3c4d5e6f7';
const ENVIRONMENT = 'dev';

const HELP = `npm run emulator -- [options]

  --port N                 the port on 127.0.0.1 (default: a free one)
  --job-seconds S          the duration of a clone or deletion (default: 20)
  --app ID                 another app, besides ${APP}; can be repeated
  --environment NAME       another environment of the app before it, or of ${APP}; can be repeated
  --access-key-id ID       require requests that are signed with this key; also in the variables
  --secret-access-key KEY  EMULATOR_ACCESS_KEY_ID and EMULATOR_SECRET_ACCESS_KEY (default: signatures are not checked)
  --variants FILE          the service's unknown behavior: the survey.json of a survey, or JSON with variants only
  --seed N                 the seed of the job IDs (default: 1)
  --help                   print this help`;

interface EmulatorSettings {
  readonly port: number;
  readonly jobSeconds: number;
  readonly seed: number;
  /** The environments of each app, by app ID. */
  readonly apps: ReadonlyMap<string, ReadonlySet<string>>;
  readonly credentials: Credentials | undefined;
  readonly variants: Variants;
}

class UsageError extends Error {}

/** @throws UsageError if the options are invalid */
function readSettings(args: string[], environment: NodeJS.ProcessEnv): EmulatorSettings | 'help' {
  const { values, tokens } = parseOptions(args);
  if (values.help === true) return 'help';
  const apps = new Map([[APP, new Set([ENVIRONMENT])]]);
  let app = APP;
  for (const token of tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue;
    if (token.name === 'app') {
      if (!/^d[a-z0-9]{1,19}$/.test(token.value)) {
        throw new UsageError(`--app "${token.value}": an app ID is a d and 1 to 19 lowercase letters and digits`);
      }
      app = token.value;
      apps.set(app, apps.get(app) ?? new Set());
    }
    if (token.name === 'environment') {
      if (!/^[A-Za-z][A-Za-z0-9_-]*$/.test(token.value)) {
        throw new UsageError(`--environment "${token.value}" is not an environment's name, such as dev`);
      }
      apps.get(app)?.add(token.value);
    }
  }
  return {
    port: readNumber('port', values.port, 0, { maximum: 65535, whole: true }),
    jobSeconds: readNumber('job-seconds', values['job-seconds'], 20, { maximum: 1e6, whole: false }),
    seed: readNumber('seed', values.seed, 1, { maximum: Number.MAX_SAFE_INTEGER, whole: true }),
    apps,
    variants: variantsIn(values.variants),
    credentials: readCredentials(
      values['access-key-id'] ?? environment['EMULATOR_ACCESS_KEY_ID'],
      values['secret-access-key'] ?? environment['EMULATOR_SECRET_ACCESS_KEY'],
    ),
  };
}

function variantsIn(file: string | undefined): Variants {
  if (file === undefined) return DEFAULT_VARIANTS;
  try {
    return { ...DEFAULT_VARIANTS, ...readVariantsFile(file) };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      tokens: true,
      options: {
        port: { type: 'string' },
        'job-seconds': { type: 'string' },
        app: { type: 'string', multiple: true },
        environment: { type: 'string', multiple: true },
        'access-key-id': { type: 'string' },
        'secret-access-key': { type: 'string' },
        seed: { type: 'string' },
        variants: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  { maximum, whole }: { readonly maximum: number; readonly whole: boolean },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > maximum || (whole && !Number.isSafeInteger(value))) {
    throw new UsageError(`--${name} "${text}" is not a ${whole ? 'whole ' : ''}number from 0 to ${maximum}`);
  }
  return value;
}

function readCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
): Credentials | undefined {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new UsageError('--access-key-id and --secret-access-key need each other');
  }
  return { accessKeyId, secretAccessKey };
}

async function run({ port, jobSeconds, seed, apps, credentials, variants }: EmulatorSettings): Promise<void> {
  const script = new JobScript(jobSeconds);
  const service = new AmplifyBackend({
    clock: realClock,
    random: seededRandom(seed),
    variants,
    jobDuration: script.jobDuration,
    cloneOutcome: script.cloneOutcome,
    deletionOutcome: script.deletionOutcome,
  });
  for (const [appId, environments] of apps) {
    service.addApp(appId, { studio: true });
    for (const environment of environments) service.addEnvironment(appId, environment);
  }
  const server = await startServer(
    async (request) =>
      answerControl(service, script, request) ??
      (await answer(service, request, 'HTTP', { credentials, callerRights: script.callerRights })),
    { port },
  );
  const stop = (): void => {
    void server.close();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const command = `aws amplifybackend clone-backend --app-id ${APP} --backend-environment-name ${ENVIRONMENT} --target-environment-name preview --region us-east-1 --endpoint-url ${server.url}`;
  console.log(`AmplifyBackend emulator is ready at ${server.url} - try: ${command}`);
}

async function main(): Promise<void> {
  try {
    const settings = readSettings(process.argv.slice(2), process.env);
    if (settings === 'help') console.log(HELP);
    else await run(settings);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(error instanceof UsageError ? `${message}. --help shows the options.` : `Cannot start: ${message}`);
    process.exitCode = 2;
  }
}

void main();
