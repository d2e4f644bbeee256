import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import prepare from './lifecycle/prepare';

/**
 * Runs once before all tests. A CDK app that is told no other place is synthesized into a new temporary folder, and leaves
 * it there; so the folder for temporary files is one of this run's own, which goes when all tests are done.
 */
export default async function setUp(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tests-'));
  process.env['TMPDIR'] = folder;
  // Of the SDK, for versions of Node that this project still supports.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  await prepare();
}
