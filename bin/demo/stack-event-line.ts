import { color } from 'listr2';
import { isCustomResource } from '../../simulator/cloudformation/custom-resource';
import type { StackEvent } from '../../simulator/cloudformation/stack-event';
import { TOPIC } from './demo-app';

const WIDEST_STATUS = 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'.length;

/** Indents a second line to the column of the status. */
const INDENT = ' '.repeat(10);

/** Whether the event is of the stack itself, of a clone, or of the topic. The provider's resources take no time here. */
export function isShown({ logicalId, stackName, type, physicalId, status }: StackEvent): boolean {
  if (status.endsWith('_IN_PROGRESS') && physicalId !== '' && type === 'AWS::SNS::Topic') return false;
  return logicalId === stackName || isCustomResource(type) || logicalId === TOPIC;
}

/** The event in the order of the CloudFormation console: the time since `start`, the status, the resource, and below them the reason. */
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

/** The framework appends the name of a log group to a message, in lines of its own. */
function readable(reason: string): string {
  return reason.replaceAll(/\s*\n\s*/g, ' ');
}
