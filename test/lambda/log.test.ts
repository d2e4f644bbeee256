import { consoleLog } from '../../lambda/log';

const written = jest.spyOn(console, 'info').mockImplementation(() => {});

afterAll(() => {
  written.mockRestore();
});

test('a line of log is one object, so that it can be searched by its parts', () => {
  consoleLog('deleting the environment', { appId: 'd1', environmentName: 'preview' });
  consoleLog('begun');
  expect(written.mock.calls).toEqual([
    ['{"message":"deleting the environment","appId":"d1","environmentName":"preview"}'],
    ['{"message":"begun"}'],
  ]);
});
