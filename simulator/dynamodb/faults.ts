import type { WireReply } from '../amplify-backend/wire';
import type { Random } from '../random';
import { DynamoDbException } from './exceptions';
import { exceptionReply } from './wire';

/** The faults of one call. "After acceptance" means that DynamoDB did what was requested, whatever the answer says. */
export const FAULTS = [
  'ThrottlingException',
  '500 before acceptance',
  '500 after acceptance',
  'reset before acceptance',
  'reset after acceptance',
] as const;

export type Fault = (typeof FAULTS)[number];

/** @param proceed passes the request to DynamoDB */
export async function replyWithFault(
  fault: Fault,
  proceed: () => Promise<unknown>,
  random: Random,
): Promise<WireReply> {
  if (fault.endsWith('after acceptance')) await proceed();
  switch (fault) {
    case 'ThrottlingException':
      return exceptionReply(new DynamoDbException(fault, 'Rate of requests exceeds the allowed throughput.'), random);
    case '500 before acceptance':
    case '500 after acceptance':
      return exceptionReply(new DynamoDbException('InternalServerError', 'Internal server error'), random);
    case 'reset before acceptance':
    case 'reset after acceptance':
      return { kind: 'reset' };
  }
}
