import { uuid } from '../lambda/uuid';
import type { Random } from '../random';

const UPPER_CASE = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const MIXED_CASE = `${UPPER_CASE}abcdefghijklmnopqrstuvwxyz`;

/** An account and Region. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly urlSuffix: string;
}

export function placeOf(region: string, account: string): Place {
  const china = region.startsWith('cn-');
  return {
    partition: china ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws',
    region,
    account,
    urlSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
}

export function arn({ partition, region, account }: Place, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

export function stackArn(place: Place, stackName: string, random: Random): string {
  return arn(place, 'cloudformation', `stack/${stackName}/${uuid(random)}`);
}

/** The ID that CloudFormation generates for a resource without a name, or without a physical ID. */
export function generatedId(stackName: string, logicalId: string, random: Random): string {
  return `${stackName}-${logicalId}-${drawn(UPPER_CASE, 12, random)}`;
}

export function functionName(stackName: string, logicalId: string, random: Random): string {
  return `${`${stackName}-${logicalId}`.slice(0, 51)}-${drawn(MIXED_CASE, 12, random)}`;
}

export function secret(length: number, random: Random): string {
  return drawn(MIXED_CASE, length, random);
}

function drawn(letters: string, length: number, random: Random): string {
  let text = '';
  while (text.length < length) text += letters.charAt(random.integer(0, letters.length - 1));
  return text;
}
