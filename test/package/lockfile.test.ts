import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { isRecord, ROOT } from '../../scripts/package-manifest';

test('package-lock.json has a checksum for each package, and no download address', () => {
  const lock: unknown = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const packages = isRecord(lock) && isRecord(lock['packages']) ? Object.entries(lock['packages']) : [];
  const installed = packages.filter(
    ([folder, entry]) => folder !== '' && isRecord(entry) && entry['inBundle'] !== true,
  );

  expect(installed.length).toBeGreaterThan(100);
  expect(installed.filter(([, entry]) => isRecord(entry) && 'resolved' in entry)).toEqual([]);
  expect(installed.filter(([, entry]) => isRecord(entry) && !('integrity' in entry))).toEqual([]);
});
