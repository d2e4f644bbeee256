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
  ['a clone', { holds: held, replaces: undefined }],
  ['an adopted environment', { holds: { ...held, adopted: true }, replaces: undefined }],
  ['a replacement', { holds: held, replaces: former }],
  ['a replacement of an adopted environment', { holds: held, replaces: { ...former, adopted: true } }],
  ['an adopted environment that replaces another one', { holds: { ...held, adopted: true }, replaces: former }],
  ['an environment to which an update has returned', { holds: { ...held, returnedBy: 'b-1' }, replaces: former }],
  [
    'an adopted environment to which an update has returned',
    { holds: { ...held, returnedBy: 'b-1', adopted: true }, replaces: { ...former, returnedBy: 'b-2' } },
  ],
  [
    'an environment with a name of the old kind',
    { holds: { ...held, environmentName: 'NONE', adopted: true }, replaces: undefined },
  ],
];

test.each(all)('the physical ID of %s is parsed as it was formatted', (_name, parsedId) => {
  expect(parsePhysicalId(formatPhysicalId(parsedId))).toEqual(parsedId);
});

test('the physical ID is readable, because people see it in the console', () => {
  expect(formatPhysicalId({ holds: { ...held, adopted: true }, replaces: former })).toBe(
    'amplify-clone:v1:d1a2b3c4d5e6f7/preview;source=dev;request=0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b;adopted' +
      ';replaces=d1a2b3c4d5e6f7/old;source=dev;request=a0000000-0000-4000-8000-000000000001',
  );
});

test('each request has a unique physical ID, since each may have its own clone to delete', () => {
  const other = formatPhysicalId({ holds: { ...held, requestId: former.requestId }, replaces: undefined });
  expect(other).not.toBe(formatPhysicalId({ holds: held, replaces: undefined }));
});

test('the longest possible physical ID is within CloudFormation’s kilobyte', () => {
  const longest: HeldEnvironment = {
    appId: `d${'a'.repeat(19)}`,
    environmentName: 'abcdefghij',
    sourceName: 'S'.repeat(255),
    requestId: 'f'.repeat(64),
    returnedBy: '0'.repeat(64),
    adopted: true,
  };
  const id = formatPhysicalId({ holds: longest, replaces: longest });
  expect(id.length).toBeLessThanOrEqual(1024);
  expect(parsePhysicalId(id)).toEqual({ holds: longest, replaces: longest });
});

const good = 'amplify-clone:v1:d1a2b3c4d5e6f7/preview;source=dev;request=0f9c5a1e-7d3b-4f60-9a52-1c2d3e4f5a6b';
test('a physical ID of an earlier release is still parsed', () => {
  expect(parsePhysicalId(good)).toEqual({ holds: held, replaces: undefined });
});
test.each([
  ['a physical ID that CloudFormation generated', 'BackendClone-preview-Clone-1A2B3C4D5E6F'],
  ['empty text', ''],
  ['another version', good.replace(':v1:', ':v2:')],
  ['a hostile environment name', good.replace('/preview', '/../dev')],
  ['an encoded slash', good.replace('/preview', '/pre%2Fview')],
  ['a line break at the end', `${good}\n`],
  ['a line break in a name', good.replace('preview', 'pre\nview')],
  ['a text after the end', `${good};more=1`],
  ['two marks of adoption', `${good};adopted;adopted`],
  ['two replaced environments', `${good};replaces=${good.slice(17)};replaces=${good.slice(17)}`],
  ['a replaced environment that does not parse', `${good};replaces=`],
  ['a missing request', good.replace(/;request=.*/, '')],
  ['an empty request ID', good.replace(/;request=.*/, ';request=')],
  ['a request ID that is a path', good.replace(/;request=.*/, ';request=../x')],
  ['an update back without an ID', `${good};returned-by=`],
  ['an update back whose ID is a path', `${good};returned-by=../x`],
  ['two updates back', `${good};returned-by=b-1;returned-by=b-2`],
  ['ten kilobytes', good.replace('dev', 'd'.repeat(10_000))],
])('%s is not a physical ID of the handler', (_name, text) => {
  expect(parsePhysicalId(text)).toBeUndefined();
});
