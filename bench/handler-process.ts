import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { AmplifyBackend } from '../simulator/amplify-backend/model';
import { answer } from '../simulator/amplify-backend/request-handler';
import { startServer } from '../simulator/amplify-backend/server';
import { DEFAULT_VARIANTS } from '../simulator/amplify-backend/variants';
import { realClock } from '../simulator/clock';
import { placeOf } from '../simulator/cloudformation/identifiers';
import { DynamoDb } from '../simulator/dynamodb/dynamodb';
import { operationOf } from '../simulator/dynamodb/wire';
import { seededRandom } from '../simulator/random';
import { nameOfNumber } from './environment-names';

const APP = 'd1a2b3c4d5e6f7';
const REGION = 'us-east-1';
const LEDGER = 'ledger';
const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const DAY = 24 * 60 * 60 * 1000;

export interface Elapsed {
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

export interface Observation {
  /** From the first line to the answer of `onEvent`. */
  readonly start: Elapsed;
  /** From the first line to the answer of the first `isComplete`, which starts the clone. */
  readonly firstPoll: Elapsed;
  /** The peak resident memory of the process, as the operating system counts it. */
  readonly peakResidentBytes: number;
}

export interface HandlerRun {
  readonly probe: string;
  readonly handler: string;
  readonly polls?: number;
  readonly nodeOptions?: readonly string[];
}

/** A service on the loopback interface whose clones never end, and handler processes that call it. */
export interface HandlerProcesses {
  run(run: HandlerRun): Promise<Observation>;
  close(): Promise<void>;
}

export async function handlerProcesses(): Promise<HandlerProcesses> {
  let runs = 0;
  const service = new AmplifyBackend({
    clock: realClock,
    random: seededRandom(1),
    variants: DEFAULT_VARIANTS,
    jobDuration: () => DAY,
  });
  service.addApp(APP);
  service.addEnvironment(APP, 'dev');
  const dynamoDb = new DynamoDb({
    clock: realClock,
    random: seededRandom(2),
    place: placeOf(REGION, '123456789012'),
    credentials: CREDENTIALS,
  });
  dynamoDb.putTable({ name: LEDGER, keyAttribute: 'resource', ttlAttribute: 'expires' });
  const server = await startServer((request) =>
    operationOf(request) === undefined
      ? answer(service, request, 'the handler')
      : Promise.resolve(dynamoDb.answer(request)),
  );
  return {
    run: ({ probe, handler, polls = 0, nodeOptions = [] }) => {
      runs += 1;
      const parameters = [...nodeOptions, probe, handler, nameOfNumber(runs), String(polls)];
      return observe(parameters, lambdaEnvironment(server.url));
    },
    close: () => server.close(),
  };
}

function lambdaEnvironment(url: string): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: CREDENTIALS.sessionToken,
    AWS_ENDPOINT_URL_AMPLIFYBACKEND: url,
    LEDGER_TABLE: LEDGER,
    LEDGER_ENDPOINT: url,
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    // The SDK warns of old versions of Node.js, which takes milliseconds. Lambda has a newer one.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    NODE_PATH: path.join(__dirname, '..', 'node_modules'),
  };
}

function observe(parameters: readonly string[], env: Record<string, string>): Promise<Observation> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, parameters, { env, maxBuffer: 1e8 }, (error, stdout) => {
      if (error !== null) reject(error);
      else resolve(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
    });
  });
}
