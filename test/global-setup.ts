import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import prepare from './lifecycle/prepare';

/**
 * Runs once before all tests. By default, a CDK app is synthesized into a new temporary folder, and does not remove it. So each
 * run has its own folder for temporary files, which is removed after all tests.
 */
export default async function setUp(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tests-'));
  process.env['TMPDIR'] = folder;
  // The SDK's warnings about versions of Node.js that this project still supports.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  await prepare();
}
