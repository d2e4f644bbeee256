import { color } from 'listr2';
import { isCustomResource } from '../../simulator/cloudformation/custom-resource';
import type { StackEvent } from '../../simulator/cloudformation/stack-event';
import { TOPIC } from './demo-app';

const WIDEST_STATUS = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'.length;

/** Under a line, so that it begins below the status. */
const INDENT = ' '.repeat(10);

/** Of the stack itself, of a clone, or of the resource beside it. The parts of the provider are there at once. */
export function isTold({ logicalId, stackName, type, physicalId, status }: StackEvent): boolean {
  if (status.endsWith('_IN_PROGRESS') && physicalId !== '' && type === 'AWS::SNS::Topic') return false;
  return logicalId === stackName || isCustomResource(type) || logicalId === TOPIC;
}

/** As CloudFormation lists it: the time since `start`, the status, which resource, and below that the reason. */
export function stackEventLine({ at, stackName, logicalId, type, status, reason }: StackEvent, start: number): string {
  const what = logicalId === stackName ? stackName : `${stackName}/${isCustomResource(type) ? 'Clone' : logicalId}`;
  const line = `${elapsed(at - start)}  ${painted(status)(status.padEnd(WIDEST_STATUS))}  ${what}`;
  return reason === undefined || reason === 'User Initiated' ? line : `${line}\n${INDENT}${readable(reason)}`;
}

/** `00:08:10` */
export function elapsed(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 19);
}

function painted(status: string): (text: string) => string {
  if (status.endsWith('_FAILED')) return color.red;
  if (status.includes('ROLLBACK')) return color.yellow;
  if (status.endsWith('_IN_PROGRESS')) return color.cyan;
  return color.green;
}

/** The framework puts the name of a log group under a message, in lines of its own. */
function readable(reason: string): string {
  return reason.replaceAll(/\s*\n\s*/g, ' ');
}
