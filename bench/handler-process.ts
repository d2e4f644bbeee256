import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { AmplifyBackend } from '../simulator/amplify-backend/model';
import { answer } from '../simulator/amplify-backend/request-handler';
import { startServer } from '../simulator/amplify-backend/server';
import { DEFAULT_VARIANTS } from '../simulator/amplify-backend/variants';
import { realClock } from '../simulator/clock';
import { seededRandom } from '../simulator/random';
import { nameOfNumber } from './environment-names';

const APP = 'd1a2b3c4d5e6f7';
const DAY = 24 * 60 * 60 * 1000;

interface Memory {
  readonly residentBytes: number;
  readonly liveBytes: number;
}

export interface Observation {
  readonly start: { readonly milliseconds: number; readonly cpuMilliseconds: number };
  /** After the first poll, and after each tenth that follows. */
  readonly memories: readonly Memory[];
}

export interface HandlerRun {
  readonly probe: string;
  readonly handler: string;
  readonly polls?: number;
  readonly nodeOptions?: readonly string[];
}

/** A service on the loopback interface whose clones never end, and handlers in processes of their own that call it. */
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
  const server = await startServer((request) => answer(service, request, 'the handler'));
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
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_ENDPOINT_URL_AMPLIFYBACKEND: url,
    AWS_LAMBDA_FUNCTION_NAME: 'bench',
    // Lambda runs a newer Node, of which the SDK has nothing to say; a warning costs milliseconds.
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
