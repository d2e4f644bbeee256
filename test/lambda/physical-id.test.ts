import { formatPhysicalId, type HeldEnvironment, type PhysicalId, parsePhysicalId } from '../../lambda/physical-id';

const held: HeldEnvironment = {
  appId: 'd1a2b3c4d5e6f7',
  environmentName: 'preview',
  sourceName: 'dev',
  requestId: '0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b',
  adopted: false,
};
const former: HeldEnvironment = { ...held, environmentName: 'old', requestId: 'a0000000-0000-4000-8000-000000000001' };

const all: [string, PhysicalId][] = [
  ['an environment that was made', { holds: held, replaces: undefined }],
  ['an environment that was adopted', { holds: { ...held, adopted: true }, replaces: undefined }],
  ['one that replaces another', { holds: held, replaces: former }],
  ['one that replaces an adopted one', { holds: held, replaces: { ...former, adopted: true } }],
  ['one that is adopted in the place of another', { holds: { ...held, adopted: true }, replaces: former }],
  ['one with an old name', { holds: { ...held, environmentName: 'NONE', adopted: true }, replaces: undefined }],
];

test.each(all)('%s is read back as it was written', (_name, parsedId) => {
  expect(parsePhysicalId(formatPhysicalId(parsedId))).toEqual(parsedId);
});

test('the id is readable, because people see it in the console', () => {
  expect(formatPhysicalId({ holds: { ...held, adopted: true }, replaces: former })).toBe(
    'amplify-clone:v1:d1a2b3c4d5e6f7/preview;source=dev;request=0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b;adopted' +
      ';replaces=d1a2b3c4d5e6f7/old;source=dev;request=a0000000-0000-4000-8000-000000000001',
  );
});

test('no two requests have the same id, since each of them may have a clone of its own to be deleted', () => {
  const other = formatPhysicalId({ holds: { ...held, requestId: former.requestId }, replaces: undefined });
  expect(other).not.toBe(formatPhysicalId({ holds: held, replaces: undefined }));
});

test('the longest id that can come about is within CloudFormation’s kilobyte', () => {
  const longest: HeldEnvironment = {
    appId: `d${'a'.repeat(19)}`,
    environmentName: 'abcdefghij',
    sourceName: 'S'.repeat(255),
    requestId: 'f'.repeat(64),
    adopted: true,
  };
  const id = formatPhysicalId({ holds: longest, replaces: longest });
  expect(id.length).toBeLessThanOrEqual(1024);
  expect(parsePhysicalId(id)).toEqual({ holds: longest, replaces: longest });
});

const good = 'amplify-clone:v1:d1a2b3c4d5e6f7/preview;source=dev;request=0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b';
test('an id that was given out stays one of ours', () => {
  expect(parsePhysicalId(good)).toEqual({ holds: held, replaces: undefined });
});
test.each([
  ['one that CloudFormation made up', 'BackendClone-preview-Clone-1A2B3C4D5E6F'],
  ['an empty text', ''],
  ['another version', good.replace(':v1:', ':v2:')],
  ['a hostile environment name', good.replace('/preview', '/../dev')],
  ['an encoded slash', good.replace('/preview', '/pre%2Fview')],
  ['a line break at the end', `${good}\n`],
  ['a line break in a name', good.replace('preview', 'pre\nview')],
  ['something after the end', `${good};more=1`],
  ['adopted twice', `${good};adopted;adopted`],
  ['two replaced environments', `${good};replaces=${good.slice(17)};replaces=${good.slice(17)}`],
  ['a replaced environment that does not parse', `${good};replaces=`],
  ['no request', good.replace(/;request=.*/, '')],
  ['a request without an id', good.replace(/;request=.*/, ';request=')],
  ['a request whose id is a path', good.replace(/;request=.*/, ';request=../x')],
  ['ten kilobytes', good.replace('dev', 'd'.repeat(10_000))],
])('%s is not an id of ours', (_name, text) => {
  expect(parsePhysicalId(text)).toBeUndefined();
});
