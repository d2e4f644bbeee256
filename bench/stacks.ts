import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, type AppProps, CfnParameter, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../lib';
import { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { textbookProvider } from '../test/textbook/textbook-provider';
import { nameOfNumber } from './environment-names';

export const APP = 'd1a2b3c4d5e6f7';
export const SOURCE = 'dev';

/** The properties that a custom resource needs for a clone. */
export interface CloneProperties {
  readonly appId: string;
  readonly sourceEnvironmentName: string;
  readonly targetEnvironmentName: string;
}

/** An app as the CDK CLI starts it, but without the metadata resource. */
export function appIn(outdir: string, props: AppProps = {}): App {
  return new App({ outdir, analyticsReporting: false, ...props });
}

export function cloneProperties(count: number, appId = APP): CloneProperties[] {
  return Array.from({ length: count }, (_, index) => ({
    appId,
    sourceEnvironmentName: SOURCE,
    targetEnvironmentName: nameOfNumber(index),
  }));
}

export function addClones(stack: Stack, provider: CloneProvider, clones: readonly CloneProperties[]): void {
  for (const [index, clone] of clones.entries()) {
    new ClonedBackendEnvironment(stack, `Clone${index}`, { ...clone, provider });
  }
}

/** The same without the construct: the smallest custom resource that a cloning handler can work with. */
export function addBareResources(stack: Stack, serviceToken: string, clones: readonly CloneProperties[]): void {
  for (const [index, clone] of clones.entries()) {
    new CustomResource(stack, `Clone${index}`, {
      serviceToken,
      resourceType: 'Custom::ClonedBackendEnvironment',
      properties: {
        AppId: clone.appId,
        SourceEnvironmentName: clone.sourceEnvironmentName,
        TargetEnvironmentName: clone.targetEnvironmentName,
      },
    });
  }
}

/** The stacks to deploy in the simulator. Their parameter `AppId` has the ID of the Amplify app. */
export const SIMULATED_STACKS = {
  hundredClones: { name: 'HundredClones', clones: 100 },
  tenClones: { name: 'TenClones', clones: 10 },
  tenTextbookClones: { name: 'TenTextbookClones', clones: 10 },
} as const;

export const POLL_SECONDS = 10;
export const TEXTBOOK_POLL_SECONDS = 5;

/** @param folder the folder for the cloud assembly, whose files are read while the stacks are deployed */
export function synthesizeSimulatedStacks(folder: string): CloudAssembly {
  const outdir = path.join(folder, 'cdk.out');
  const app = appIn(outdir);
  const { hundredClones, tenClones, tenTextbookClones } = SIMULATED_STACKS;
  for (const { name, clones } of [hundredClones, tenClones]) {
    const stack = new Stack(app, name);
    const provider = new CloneProvider(stack, 'Provider', { pollInterval: Duration.seconds(POLL_SECONDS) });
    addClones(stack, provider, cloneProperties(clones, appIdOf(stack)));
  }
  const stack = new Stack(app, tenTextbookClones.name);
  const interval = Duration.seconds(TEXTBOOK_POLL_SECONDS);
  const textbook = textbookProvider(stack, interval, path.join(folder, 'textbook-handler'));
  addBareResources(stack, textbook.serviceToken, cloneProperties(tenTextbookClones.clones, appIdOf(stack)));
  app.synth();
  return CloudAssembly.load(outdir);
}

function appIdOf(stack: Stack): string {
  return new CfnParameter(stack, 'AppId', { type: 'String' }).valueAsString;
}

/** The bytes of a template that is uploaded. */
export function templateBytes(outdir: string, stack: Stack): number {
  return fs.statSync(path.join(outdir, stack.templateFile)).size;
}
