import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnResource, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';
import { HANDLER } from '../../scripts/build-handler';
import { buildPlainHandler } from '../../scripts/plain-sdk';
import { withoutTemplateChecks } from '../../scripts/without-template-checks';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { APP_IDS, POLL_INTERVALS, REMOVAL_POLICIES } from '../../simulator/histories/history';
import { OTHER_RESOURCE } from '../../simulator/histories/history-stacks';
import { textbookProvider } from '../textbook/textbook-provider';

/** A cloud assembly in a temporary folder. Its files are read while histories run. */
export interface Synthesized {
  readonly assembly: CloudAssembly;
  dispose(): void;
}

/** The sample stacks of histories, with the real construct and the bundle that is deployed. */
export function synthesizeShipped(): Promise<Synthesized> {
  return synthesize((stack, seconds) => {
    const provider = new CloneProvider(stack, 'Provider', { pollInterval: Duration.seconds(seconds) });
    for (const [index, policy] of REMOVAL_POLICIES.entries()) {
      new ClonedBackendEnvironment(stack, policy, {
        appId: APP_IDS[0],
        sourceEnvironmentName: 'dev',
        targetEnvironmentName: `sample${'abc'.charAt(index)}`,
        removalPolicy: RemovalPolicy[policy],
        provider,
      });
    }
  });
}

/**
 * The same with another bundle instead of the deployed one.
 *
 * @param build writes the bundle. @default - the unchanged handler, with a client that is faster than the SDK's
 */
export async function synthesizeThisHandler(
  build: (outfile: string) => Promise<unknown> = (outfile) => buildPlainHandler(outfile),
): Promise<Synthesized> {
  const shipped = await synthesizeShipped();
  const { directory } = shipped.assembly;
  const bundle = path.join(directory, 'handler.js');
  await build(bundle);
  const deployed = fs.readFileSync(HANDLER.outfile);
  const copies = fs
    .readdirSync(directory)
    .map((name) => path.join(directory, name, 'index.js'))
    .filter((file) => fs.existsSync(file) && fs.readFileSync(file).equals(deployed));
  if (copies.length === 0) throw new Error(`${directory} has no copy of ${HANDLER.outfile}`);
  // The simulator reads the code when it first runs it.
  for (const copy of copies) fs.copyFileSync(bundle, copy);
  return shipped;
}

/** The same with a handler in the style of the CDK documentation. */
export function synthesizeTextbook(): Promise<Synthesized> {
  return synthesize((stack, seconds, directory) => {
    const { serviceToken } = textbookProvider(stack, Duration.seconds(seconds), directory);
    for (const policy of REMOVAL_POLICIES) {
      const resourceType = 'Custom::ClonedBackendEnvironment';
      new CustomResource(stack, policy, { serviceToken, resourceType, removalPolicy: RemovalPolicy[policy] });
    }
  });
}

async function synthesize(fill: (stack: Stack, pollSeconds: number, directory: string) => void): Promise<Synthesized> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'histories-'));
  const outdir = path.join(directory, 'cdk.out');
  const app = new App({ outdir, analyticsReporting: false });
  for (const seconds of POLL_INTERVALS) {
    const stack = new Stack(app, `Poll${seconds}`);
    new CfnResource(stack, OTHER_RESOURCE, { type: 'AWS::SNS::Topic' });
    fill(stack, seconds, path.join(directory, `handler-${seconds}`));
  }
  await withoutTemplateChecks(() => app.synth());
  return {
    assembly: CloudAssembly.load(outdir),
    dispose: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}
