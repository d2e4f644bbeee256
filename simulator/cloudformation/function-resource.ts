import type { LambdaFunctionProps } from '../lambda/lambda-function';
import { LOG_LEVELS, type LogLevel } from '../lambda/log';
import type { Credentials } from '../signature';
import type { CloudAssembly } from './cloud-assembly';
import type { Place } from './identifiers';
import { isJsonObject, type Json, type JsonObject } from './json';
import { type PlainResource, plainAttribute } from './plain-resource';

/** The temporary credentials of a function's role. */
export type RoleCredentials = Credentials & { readonly sessionToken: string };

type FunctionDefinition = Pick<
  LambdaFunctionProps,
  'name' | 'arn' | 'code' | 'handler' | 'variables' | 'nodeVersion' | 'timeoutSeconds' | 'memoryMegabytes' | 'logLevel'
>;

/**
 * The function that an `AWS::Lambda::Function` describes.
 *
 * @throws Error if it is not for Node.js, or has no code
 */
export function functionDefinition(
  resource: PlainResource,
  assembly: CloudAssembly,
  place: Place,
  credentials: RoleCredentials,
): FunctionDefinition {
  const { physicalId: name, properties } = resource;
  const { S3Key: key, ZipFile: inline } = object(properties['Code']);
  if (typeof key !== 'string' && typeof inline !== 'string') {
    throw new Error(`the code of the function ${name} is neither an asset nor inline`);
  }
  const handler = string(properties['Handler'], 'index.handler');
  const nodeVersion = Number(/^nodejs(\d+)\.x$/.exec(string(properties['Runtime'], ''))?.[1]);
  if (Number.isNaN(nodeVersion)) {
    throw new Error(`the function ${name} is not for Node.js; the simulator supports nothing else`);
  }
  const memoryMegabytes = number(properties['MemorySize'], 128);
  const own = Object.entries(object(object(properties['Environment'])['Variables']));
  return {
    name,
    arn: plainAttribute(resource, 'Arn', place),
    code: typeof key === 'string' ? assembly.assetCode(key) : assembly.inlineAssetCode(String(inline)),
    handler,
    variables: {
      ...runtimeVariables({ name, handler, memoryMegabytes, nodeVersion }, place, credentials),
      ...Object.fromEntries(own.map(([variable, value]) => [variable, String(value)])),
    },
    nodeVersion,
    timeoutSeconds: number(properties['Timeout'], 3),
    memoryMegabytes,
    logLevel: logLevel(object(properties['LoggingConfig'])),
  };
}

/** The variables that Lambda adds. */
function runtimeVariables(
  {
    name,
    handler,
    memoryMegabytes,
    nodeVersion,
  }: Pick<FunctionDefinition, 'name' | 'handler' | 'memoryMegabytes' | 'nodeVersion'>,
  { region }: Place,
  { accessKeyId, secretAccessKey, sessionToken }: RoleCredentials,
): Record<string, string> {
  return {
    _HANDLER: handler,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${nodeVersion}.x`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}

/** Log levels apply to the JSON format only. */
function logLevel({ LogFormat: format, ApplicationLogLevel: level = 'INFO' }: JsonObject): LogLevel {
  if (format !== 'JSON') return 'TRACE';
  return LOG_LEVELS.find((known) => known === level) ?? 'INFO';
}

function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function string(value: Json | undefined, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function number(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
