import { CloneBackendCommand, GetBackendCommand, ListBackendJobsCommand } from '@aws-sdk/client-amplifybackend';
import { FAULTS, type Fault, Faults } from '../../../simulator/amplify-backend/faults';
import { answer } from '../../../simulator/amplify-backend/request-handler';
import { seededRandom } from '../../../simulator/random';
import { closeAll, sdkOverHttp } from './sdk-over-http';
import { APP, MINUTE, SECOND, serviceUnderTest } from './service-under-test';

afterEach(closeAll);

const outcomes: Record<Fault, { reply: object; accepted: boolean }> = {
  '429': { reply: { statusCode: 429 }, accepted: false },
  '500 before acceptance': { reply: { statusCode: 500 }, accepted: false },
  '500 after acceptance': { reply: { statusCode: 500 }, accepted: true },
  '504 before acceptance': { reply: { statusCode: 504 }, accepted: false },
  '504 after acceptance': { reply: { statusCode: 504 }, accepted: true },
  'reset before acceptance': { reply: { kind: 'reset' }, accepted: false },
  'reset after acceptance': { reply: { kind: 'reset' }, accepted: true },
  AccessDeniedException: { reply: { statusCode: 403 }, accepted: false },
  'HTML body': { reply: { statusCode: 200, body: expect.stringContaining('<html>') }, accepted: true },
  'empty body': { reply: { statusCode: 200, body: '' }, accepted: true },
  'broken JSON': { reply: { statusCode: 200, body: '{"jobs":[' }, accepted: true },
  'wrong types': { reply: { statusCode: 200, body: expect.stringContaining('"jobId":36') }, accepted: true },
  'unknown status': { reply: { statusCode: 200, body: expect.stringContaining('AWAITING_REVIEW') }, accepted: true },
};

const cloneRequest = {
  method: 'POST',
  path: `/backend/${APP}/environments/dev/clone`,
  headers: {},
  body: '{"targetEnvironmentName":"preview"}',
};

test.each(FAULTS)('"%s" has its answer, and the clone is accepted only after "after acceptance"', async (fault) => {
  const { service, faults } = serviceUnderTest();
  faults.next('CloneBackend', fault);
  expect(await answer(service, cloneRequest, 'test')).toMatchObject(outcomes[fault].reply);
  expect(service.jobs(APP)).toHaveLength(outcomes[fault].accepted ? 1 : 0);
});

test('an error remains an error with the faults "wrong types" and "unknown status"', async () => {
  const { service, faults, clone } = serviceUnderTest();
  clone();
  for (const fault of ['wrong types', 'unknown status'] as const) {
    faults.next('CloneBackend', fault);
    expect(await answer(service, cloneRequest, 'test')).toMatchObject({ statusCode: 400 });
  }
});

test('the SDK sees a reset as a lost connection, and an HTML answer as one it cannot read', async () => {
  const { client, faults } = await sdkOverHttp();
  const command = new GetBackendCommand({ AppId: APP });
  faults.next('GetBackend', 'reset before acceptance');
  await expect(client.send(command)).rejects.toThrow('socket hang up');
  faults.next('GetBackend', 'HTML body');
  await expect(client.send(command)).rejects.toThrow('is not valid JSON');
  await expect(client.send(command)).resolves.toMatchObject({ AppId: APP });
});

test('an unknown status shows in each job of a listing', async () => {
  const { client, faults, clone } = await sdkOverHttp();
  clone();
  faults.next('ListBackendJobs', 'unknown status');
  const listing = await client.send(new ListBackendJobsCommand({ AppId: APP, BackendEnvironmentName: 'preview' }));
  expect(listing.Jobs).toMatchObject([{ Status: 'AWAITING_REVIEW' }]);
});

test('the first minute without permissions shows on the wire', async () => {
  const { client, clock, service } = await sdkOverHttp(serviceUnderTest({ firstMinute: 'AccessDeniedException' }));
  service.permissions.grant(clock.now());
  const clone = () =>
    client.send(
      new CloneBackendCommand({ AppId: APP, BackendEnvironmentName: 'dev', TargetEnvironmentName: 'preview' }),
    );
  await expect(clone()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(service.jobs(APP)).toEqual([]);
  await clock.advance(MINUTE);
  await expect(clone()).resolves.toMatchObject({ Status: 'PENDING' });
});

describe('scripted faults', () => {
  test('affect their operation, in order, as often as scripted', () => {
    const faults = new Faults(seededRandom(1));
    faults.next('CloneBackend', '429', 2);
    faults.next('any', '504 after acceptance');
    faults.next('CloneBackend', 'none');
    faults.next('CloneBackend', 'empty body');
    const draws = (['GetBackend', 'GetBackend'] as const).map((operation) => faults.draw(operation, 0));
    expect(draws).toEqual(['504 after acceptance', undefined]);
    const clones = Array.from({ length: 5 }, () => faults.draw('CloneBackend', 0));
    expect(clones).toEqual(['429', '429', undefined, 'empty body', undefined]);
  });

  test('can last until they are cleared', () => {
    const faults = new Faults(seededRandom(1));
    faults.always('any', 'AccessDeniedException');
    expect(Array.from({ length: 100 }, () => faults.draw('GetBackend', 0))).not.toContain(undefined);
    faults.clear();
    expect(faults.draw('GetBackend', 0)).toBeUndefined();
  });
});

describe('random faults', () => {
  test('occur with about their probabilities, and each can occur', () => {
    const probabilities = Object.fromEntries(FAULTS.map((fault) => [fault, 0.05]));
    const faults = new Faults(seededRandom(1), { probabilities });
    const drawn = Array.from({ length: 10_000 }, () => faults.draw('GetBackend', 0));
    for (const fault of FAULTS) {
      const count = drawn.filter((each) => each === fault).length;
      expect(count).toBeGreaterThan(400);
      expect(count).toBeLessThan(600);
    }
  });

  test('are the same for the same seed', () => {
    const draws = (seed: number) => {
      const faults = new Faults(seededRandom(seed), {
        probabilities: { '429': 0.3, 'empty body': 0.2 },
        bursts: { meanGapMilliseconds: 50, meanBurstMilliseconds: 50 },
      });
      return Array.from({ length: 200 }, (_, now) => faults.draw('GetBackend', now));
    };
    expect(draws(5)).toEqual(draws(5));
    expect(draws(5)).not.toEqual(draws(6));
  });

  test('of bursts answer every call 429 for minutes, with time between them', () => {
    const faults = new Faults(seededRandom(1), {
      bursts: { meanGapMilliseconds: 20 * MINUTE, meanBurstMilliseconds: 4 * MINUTE },
    });
    const hours = Array.from({ length: 10 * 3600 }, (_, second) => faults.draw('GetBackend', second * SECOND));
    const runs =
      hours
        .map((fault) => (fault === '429' ? 'x' : '.'))
        .join('')
        .match(/x+|\.+/g) ?? [];
    const inner = runs.slice(1, -1);
    expect(inner.length).toBeGreaterThan(30);
    for (const run of inner) {
      const mean = run.startsWith('x') ? 4 * 60 : 20 * 60;
      expect(run.length).toBeGreaterThanOrEqual(mean * 0.5 - 1);
      expect(run.length).toBeLessThanOrEqual(mean * 1.5 + 1);
    }
  });

  test('of a rate limit answer 429 to all calls beyond it within one second', () => {
    const faults = new Faults(seededRandom(1), { callsPerSecond: 10 });
    const within = (second: number) =>
      Array.from({ length: 15 }, (_, call) => faults.draw('GetBackend', second * SECOND + call));
    for (const second of [1, 2]) expect(within(second).filter((fault) => fault === '429')).toHaveLength(5);
  });
});
