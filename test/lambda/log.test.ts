import { consoleLog } from '../../lambda/log';

const written = jest.spyOn(console, 'info').mockImplementation(() => {});

afterAll(() => {
  written.mockRestore();
});

test('a log line is one JSON object, so that it can be searched by its members', () => {
  consoleLog('deleting the environment', { appId: 'd1', environmentName: 'preview' });
  consoleLog('begun');
  expect(written.mock.calls).toEqual([
    ['{"message":"deleting the environment","appId":"d1","environmentName":"preview"}'],
    ['{"message":"begun"}'],
  ]);
});
