import { FAULTS, replyWithFault } from '../../../simulator/dynamodb/faults';
import { seededRandom } from '../../../simulator/random';

const WHAT_THE_CALLER_SEES = {
  ThrottlingException: { statusCode: 400, body: expect.stringContaining('#ThrottlingException"') },
  '500 before acceptance': { statusCode: 500, body: expect.stringContaining('#InternalServerError"') },
  '500 after acceptance': { statusCode: 500, body: expect.stringContaining('#InternalServerError"') },
  'reset before acceptance': { kind: 'reset' },
  'reset after acceptance': { kind: 'reset' },
};

test.each(FAULTS)('with the fault "%s", DynamoDB performs the call only after acceptance', async (fault) => {
  let done = 0;
  const call = async (): Promise<void> => {
    done += 1;
  };
  const reply = await replyWithFault(fault, call, seededRandom(1));
  expect(done).toBe(fault.includes('after') ? 1 : 0);
  expect(reply).toMatchObject(WHAT_THE_CALLER_SEES[fault]);
});
