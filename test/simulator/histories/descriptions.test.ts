import { describeAnswer, describeRequest } from '../../../simulator/histories/descriptions';
import { CheckedScene } from './checked-scene';

const request = { ...new CheckedScene().request('Create', 'A'), RequestId: '5e41de05-d1dd-451d-8f8a-2b7d8f9a0b1c' };
const answer = { kind: 'failed', reason: 'limit', physicalResourceId: undefined } as const;

describe('a line of a story about a request', () => {
  it('has the properties without those of the provider', () => {
    const { ResourceProperties: properties } = request;
    const ofProvider = { ServiceToken: 'arn:aws:lambda', ServiceTimeout: '3600' };
    expect(describeRequest({ ...request, ResourceProperties: { ...ofProvider, ...properties } })).toBe(
      `CloudFormation sends the Create of Stack1/A (request 5e41de05): ${JSON.stringify(properties)}`,
    );
  });

  it('has the answer', () => {
    expect(describeAnswer(request, answer, 'accepted')).toBe('the Create of Stack1/A (request 5e41de05) fails: limit');
  });

  it('says where CloudFormation ignores the answer', () => {
    expect(describeAnswer(request, answer, 'ignored')).toBe(
      'the Create of Stack1/A (request 5e41de05) fails: limit (too late: CloudFormation ignores it)',
    );
  });
});
