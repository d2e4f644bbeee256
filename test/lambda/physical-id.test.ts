import {
  formatPhysicalId,
  type Ledger,
  NOTHING_MADE,
  type OwnedClone,
  parsePhysicalId,
} from '../../lambda/physical-id';

const clone: OwnedClone = {
  kind: 'clone',
  appId: 'd1a2b3c4d5e6f7',
  environmentName: 'preview',
  sourceName: 'dev',
  calledAt: 1_767_225_600_000,
  job: { id: 'a1b2c3-44', filedUnder: 'target' },
};
const adopted = { kind: 'adopted', appId: 'd1a2b3c4d5e6f7', environmentName: 'qa' } as const;

const ledgers: [string, Ledger][] = [
  ['a clone', { holds: clone, replaces: undefined }],
  [
    'a clone whose job is filed under the source',
    { holds: { ...clone, job: { id: 'j', filedUnder: 'source' } }, replaces: undefined },
  ],
  ['a clone whose job is not known', { holds: { ...clone, job: undefined }, replaces: undefined }],
  ['a clone that replaces a clone', { holds: clone, replaces: { ...clone, environmentName: 'old' } }],
  ['a clone that replaces an adopted environment', { holds: clone, replaces: adopted }],
  ['an adopted environment', { holds: adopted, replaces: undefined }],
];

test.each(ledgers)('%s is read back as it was written', (_name, ledger) => {
  expect(parsePhysicalId(formatPhysicalId(ledger))).toEqual(ledger);
});

test('the id is readable, because people see it in the console', () => {
  expect(formatPhysicalId({ holds: clone, replaces: { ...clone, environmentName: 'old', job: undefined } })).toBe(
    'amplify-clone:v1:d1a2b3c4d5e6f7/preview;source=dev;called=1767225600000;target-job=a1b2c3-44' +
      ';replaces=d1a2b3c4d5e6f7/old;source=dev;called=1767225600000',
  );
});

test('the longest id that can come about is within CloudFormation’s kilobyte', () => {
  const longest: OwnedClone = {
    ...clone,
    appId: `d${'a'.repeat(19)}`,
    environmentName: 'abcdefghij',
    sourceName: 'S'.repeat(255),
    job: { id: 'j'.repeat(128), filedUnder: 'source' },
  };
  expect(formatPhysicalId({ holds: longest, replaces: longest }).length).toBeLessThanOrEqual(1024);
});

const good = formatPhysicalId({ holds: clone, replaces: undefined });
test.each([
  ['one that CloudFormation made up', 'BackendClone-preview-Clone-1A2B3C4D5E6F'],
  ['the id of nothing', NOTHING_MADE],
  ['an empty text', ''],
  ['another version', good.replace(':v1:', ':v2:')],
  ['a hostile environment name', good.replace('/preview', '/../dev')],
  ['an encoded slash', good.replace('/preview', '/pre%2Fview')],
  ['a line break at the end', `${good}\n`],
  ['a line break in a name', good.replace('preview', 'pre\nview')],
  ['an upper-case name', good.replace('preview', 'Preview')],
  ['something after the end', `${good};more=1`],
  ['two replaced environments', `${good};replaces=d1/aa;adopted;replaces=d1/bb;adopted`],
  ['a replaced environment that does not parse', `${good};replaces=`],
  ['a job without an id', good.replace('a1b2c3-44', '')],
  ['ten kilobytes', good.replace('dev', 'd'.repeat(10_000))],
])('%s is not an id of ours', (_name, text) => {
  expect(parsePhysicalId(text)).toBeUndefined();
});
