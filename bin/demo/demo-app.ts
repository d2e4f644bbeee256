import { CfnOutput, CfnResource, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, CloneProvider } from '../../lib';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import { cloneApp } from '../clone-app';

export const APP_ID = 'd1a2b3c4d5e6f7';

/** The resource of `Shop` and `Trial` beside the clone. */
export const TOPIC = 'Topic';

/**
 * Synthesizes the app of `cdk.json` with the real CDK, together with two typical stacks in which a clone is one resource
 * among others.
 *
 * @param outdir the folder of the cloud assembly
 * @param shopTarget the name of the environment of `Shop`
 */
export function synthesizeDemoApp(outdir: string, shopTarget: string): CloudAssembly {
  const app = cloneApp({ appId: APP_ID, source: 'dev', targets: 'preview,qa', retain: 'false' }, { outdir });
  const provider = app.node.findAll().find((construct) => CloneProvider.isCloneProvider(construct));
  if (provider === undefined) throw new Error('the app has no CloneProvider');
  for (const [stackName, targetEnvironmentName] of Object.entries({ Shop: shopTarget, Trial: 'trial' })) {
    const stack = new Stack(app, stackName);
    const clone = new ClonedBackendEnvironment(stack, 'Clone', {
      appId: APP_ID,
      sourceEnvironmentName: 'dev',
      targetEnvironmentName,
      removalPolicy: RemovalPolicy.DESTROY,
      provider,
    });
    new CfnOutput(stack, 'UserPoolId', { value: clone.output('auth', 'UserPoolId') });
    new CfnResource(stack, TOPIC, { type: 'AWS::SNS::Topic' });
  }
  app.synth();
  return CloudAssembly.load(outdir);
}
