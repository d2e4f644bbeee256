import { APP_ID, ENVIRONMENT_NAME, NEW_ENVIRONMENT_NAME, OUTPUT_PATH } from '../lib/name-patterns';
import { errorOf } from './errors';
import { REQUEST_ID } from './physical-id';
import type { OutputPath, Properties, Request } from './request';
import { isRecord, isText } from './unknown-value';

const LONGEST_TIMEOUT_SECONDS = 50 * 60;
const NAME = 'the name of a backend environment';
const NEW_NAME = 'a name for a new backend environment (2 to 10 lowercase letters)';

/**
 * @throws DeploymentError that lists everything that is wrong with the properties; of a Delete, only what keeps it from
 *   being understood at all
 */
export function parseRequest(event: unknown): Request {
  if (!isRecord(event)) throw errorOf('InvalidRequest', ['the event is not an object']);
  const resource = { stackId: text(event, 'StackId'), logicalId: text(event, 'LogicalResourceId') };
  const id = text(event, 'RequestId');
  if (!REQUEST_ID.test(id)) throw errorOf('InvalidRequest', [`RequestId ${shown(id)} is not one of CloudFormation's`]);
  const { problems, properties } = parseProperties(event['ResourceProperties']);
  const type = event['RequestType'];
  if (type === 'Delete') return { type, id, resource, physicalId: text(event, 'PhysicalResourceId'), properties };
  if (type !== 'Create' && type !== 'Update') {
    throw errorOf('InvalidRequest', [`RequestType ${shown(type)} is none of Create, Update and Delete`]);
  }
  if (properties === undefined) throw errorOf('InvalidRequest', problems);
  if (type === 'Create') return { type, id, resource, properties };
  return {
    type,
    id,
    resource,
    physicalId: text(event, 'PhysicalResourceId'),
    oldPhysicalId: isText(event['OldPhysicalId']) ? event['OldPhysicalId'] : undefined,
    properties,
    oldProperties: parseProperties(event['OldResourceProperties']).properties,
  };
}

function text(event: Readonly<Record<string, unknown>>, name: string): string {
  const value = event[name];
  if (!isText(value)) throw errorOf('InvalidRequest', [`${name} is missing`]);
  return value;
}

function parseProperties(properties: unknown): { problems: string[]; properties: Properties | undefined } {
  if (!isRecord(properties)) return { problems: ['ResourceProperties are missing'], properties: undefined };
  const problems: string[] = [];
  const matching = (name: string, pattern: RegExp, rule: string): string => {
    const value = properties[name];
    if (typeof value === 'string' && pattern.test(value)) return value;
    problems.push(`${name} ${shown(value)} is not ${rule}`);
    return '';
  };
  const appId = matching('AppId', APP_ID, 'an Amplify app ID ("d", then lowercase letters and digits, at most 20)');
  const sourceName = matching('SourceEnvironmentName', ENVIRONMENT_NAME, NAME);
  const existing = properties['ExistingEnvironment'] ?? 'FAIL';
  // What is adopted can be older than the rule for new names.
  const targetName =
    existing === 'ADOPT'
      ? matching('TargetEnvironmentName', ENVIRONMENT_NAME, NAME)
      : matching('TargetEnvironmentName', NEW_ENVIRONMENT_NAME, NEW_NAME);
  if (targetName !== '' && targetName === sourceName) {
    problems.push(`TargetEnvironmentName ${shown(targetName)} is the source: a clone needs a name of its own`);
  }
  const timeoutMilliseconds = parseTimeout(properties['TimeoutSeconds'], problems);
  const isKnown = existing === 'FAIL' || existing === 'ADOPT';
  if (!isKnown) problems.push(`ExistingEnvironment ${shown(existing)} is neither FAIL nor ADOPT`);
  const outputs = parseOutputs(properties['Outputs'] ?? [], problems);
  if (!isKnown || problems.length > 0) return { problems, properties: undefined };
  return { problems, properties: { appId, sourceName, targetName, timeoutMilliseconds, existing, outputs } };
}

/** CloudFormation sends numbers as text. */
function parseTimeout(value: unknown, problems: string[]): number {
  const seconds =
    typeof value === 'number' || (typeof value === 'string' && /^\d{1,5}$/.test(value)) ? Number(value) : 0;
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= LONGEST_TIMEOUT_SECONDS) return seconds * 1000;
  problems.push(`TimeoutSeconds ${shown(value)} is not a whole number from 1 to ${LONGEST_TIMEOUT_SECONDS}`);
  return 0;
}

function parseOutputs(value: unknown, problems: string[]): OutputPath[] {
  if (!Array.isArray(value)) {
    problems.push(`Outputs ${shown(value)} is not a list`);
    return [];
  }
  return value.flatMap((entry: unknown) => {
    const [, category, resource, name] = OUTPUT_PATH.exec(isText(entry) ? entry : '') ?? [];
    if (category !== undefined && name !== undefined) return [{ category, resource, name }];
    problems.push(`the output ${shown(entry)} is not of the form category/resource/name`);
    return [];
  });
}

/** A value in a message: short, on one line, and harmless whatever it is. */
function shown(value: unknown): string {
  if (value === undefined) return '(missing)';
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 60 ? `${json.slice(0, 60)}... (${json.length} characters)` : json;
}
