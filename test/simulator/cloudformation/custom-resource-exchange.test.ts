import { VirtualClock } from '../../../simulator/clock';
import { CustomResourceExchange, type Reception } from '../../../simulator/cloudformation/custom-resource-exchange';
import type { CustomResourceAnswer } from '../../../simulator/cloudformation/custom-resource-protocol';
import { promptDelivery } from '../../../simulator/cloudformation/delivery';
import { placeOf } from '../../../simulator/cloudformation/identifiers';
import { seededRandom } from '../../../simulator/random';

function open() {
  const clock = new VirtualClock();
  const answers: [CustomResourceAnswer, Reception][] = [];
  const exchange = new CustomResourceExchange({
    clock,
    random: seededRandom(3),
    place: placeOf('eu-west-1', '123456789012'),
    delivery: promptDelivery,
    isFunction: () => true,
    deliver: () => {},
    onAnswered: (_request, answer, reception) => answers.push([answer, reception]),
  });
  const sent = exchange.send(
    {
      RequestType: 'Create',
      ServiceToken: 'arn:f',
      StackId: 'arn:stack',
      ResourceType: 'Custom::Probe',
      LogicalResourceId: 'Probe',
      ResourceProperties: {},
    },
    3600,
  );
  const { request } = sent;
  const url = new URL(request.ResponseURL);
  const path = `${url.pathname}${url.search}`;
  const complete = {
    Status: 'SUCCESS',
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
    PhysicalResourceId: 'id',
  };
  const put = (changes: object): CustomResourceAnswer | undefined => {
    exchange.receive('PUT', path, JSON.stringify({ ...complete, ...changes }));
    return answers.at(-1)?.[0];
  };
  return { clock, exchange, sent, url, path, answers, complete, put };
}

describe('the response URL', () => {
  it('accepts a PUT with its whole query', async () => {
    const { exchange, path, sent, complete } = open();
    expect(exchange.receive('PUT', path, JSON.stringify(complete))).toBe(200);
    expect(await sent.outcome).toEqual({
      kind: 'answered',
      answer: { kind: 'success', physicalResourceId: 'id', data: {} },
    });
  });

  it('refuses another method, another signature, no query and another path', () => {
    const { exchange, path, url, answers } = open();
    expect(exchange.receive('POST', path, '{}')).toBe(403);
    expect(exchange.receive('PUT', `${path}0`, '{}')).toBe(403);
    expect(exchange.receive('PUT', url.pathname, '{}')).toBe(403);
    expect(exchange.receive('PUT', `/other${url.search}`, '{}')).toBe(403);
    expect(answers).toEqual([]);
  });

  it('is valid for two hours', async () => {
    const { exchange, path, complete, clock } = open();
    await clock.advance(2 * 3_600_000);
    expect(exchange.receive('PUT', path, JSON.stringify(complete))).toBe(200);
    await clock.advance(1);
    expect(exchange.receive('PUT', path, JSON.stringify(complete))).toBe(403);
  });

  it('accepts a second answer, and ignores it', () => {
    const { put, answers } = open();
    put({});
    put({ Status: 'FAILED', Reason: 'changed my mind' });
    expect(answers.map(([answer, reception]) => `${answer.kind} ${reception}`)).toEqual([
      'success accepted',
      'failed ignored',
    ]);
  });
});

describe('an answer', () => {
  it('of a failure has the reason and the physical ID', () => {
    const { put, complete } = open();
    expect(put({ Status: 'FAILED', Reason: 'why' })).toEqual({
      kind: 'failed',
      reason: `Received response status [FAILED] from custom resource. Message returned: why (RequestId: ${complete.RequestId})`,
      physicalResourceId: 'id',
    });
  });

  it('of exactly 4096 bytes is read, and of one more is not', () => {
    const { put, complete } = open();
    const room = 4096 - JSON.stringify({ ...complete, Data: { a: '' } }).length;
    expect(put({ Data: { a: 'x'.repeat(room) } })).toMatchObject({ kind: 'success' });
    expect(put({ Data: { a: 'x'.repeat(room + 1) } })).toEqual({
      kind: 'failed',
      reason: 'Response object is too long.',
      physicalResourceId: undefined,
    });
  });

  it.each([
    ['of another request', { RequestId: 'other' }, 'RequestId is not that of the request'],
    ['of another stack', { StackId: 'other' }, 'StackId is not that of the request'],
    ['for another resource', { LogicalResourceId: 'Other' }, 'LogicalResourceId is not that of the request'],
    ['with another status', { Status: 'OK' }, 'Status is neither SUCCESS nor FAILED'],
    ['of success without an id', { PhysicalResourceId: '' }, 'Invalid PhysicalResourceId'],
    ['with an id of over a kilobyte', { PhysicalResourceId: 'x'.repeat(1025) }, 'Invalid PhysicalResourceId'],
    ['of failure without a reason', { Status: 'FAILED' }, 'a failure needs a Reason'],
    ['with data that are no object', { Data: 'x' }, 'Data is not an object'],
  ])('%s fails the resource', (_name, changes, reason) => {
    expect(open().put(changes)).toMatchObject({ kind: 'failed', reason: expect.stringContaining(reason) });
  });
});
