import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, CfnParameter, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { ClonedBackendEnvironment, type ClonedBackendEnvironmentProps, ExistingEnvironment } from '../../lib';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { PlannedFailures } from '../../simulator/cloudformation/stack';

/*
 * Templates as a user of the construct has them synthesized. Synthesis takes far longer than a deployment on the virtual
 * clock, so what a test varies most is a parameter of the template, and each kind of stack is synthesized once.
 */

/** No other resource waits for it, and it waits for none. */
export const SIBLING = 'Sibling';
/** Uses the name of the new environment. */
export const READER = 'Reader';

const KINDS = {
  /** One clone that goes with its stack. */
  Disposable: (stack, props) => {
    addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
  },
  /** One clone with the construct's own removal policy. */
  Kept: (stack, props) => {
    addClone(stack, 'Clone', props);
  },
  Adopting: (stack, props) => {
    const existingEnvironment = ExistingEnvironment.ADOPT;
    addClone(stack, 'Clone', { ...props, existingEnvironment, removalPolicy: RemovalPolicy.DESTROY });
  },
  WithOutputs: (stack, props) => {
    const clone = addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, 'UserPool', { value: clone.output('auth', 'UserPoolId') });
    new CfnOutput(stack, 'Endpoint', { value: clone.output('api', 'GraphQLAPIEndpointOutput', { resource: 'myapi' }) });
    new CfnOutput(stack, 'BackendStack', { value: clone.output('providers', 'StackName') });
  },
  WithMistypedOutput: (stack, props) => {
    const clone = addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
    new CfnOutput(stack, 'UserPool', { value: clone.output('auth', 'UserPoolID') });
  },
  AdoptingWithOutputs: (stack, props) => {
    const clone = addClone(stack, 'Clone', { ...props, existingEnvironment: ExistingEnvironment.ADOPT });
    new CfnOutput(stack, 'UserPool', { value: clone.output('auth', 'UserPoolId') });
  },
  /** A clone, and a clone of it named `second`. */
  CloneOfClone: (stack, props) => {
    const first = addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
    new ClonedBackendEnvironment(stack, 'Second', {
      appId: props.appId,
      sourceEnvironment: first,
      targetEnvironmentName: 'second',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  },
  /** What is left when the clone is taken out of the stack. */
  WithoutClone: () => {},
} satisfies Record<string, (stack: Stack, props: ClonedBackendEnvironmentProps) => void>;

export type StackKind = keyof typeof KINDS;

function addClone(stack: Stack, id: string, props: ClonedBackendEnvironmentProps): ClonedBackendEnvironment {
  const clone = new ClonedBackendEnvironment(stack, id, props);
  const { environmentName: value } = clone;
  new CfnResource(stack, READER, { type: 'AWS::SSM::Parameter', properties: { Type: 'String', Value: value } });
  new CfnOutput(stack, 'EnvironmentName', { value });
  return clone;
}

/** Makes the sibling fail, some time after the clone was begun. */
export function siblingFails(afterSeconds: number): PlannedFailures {
  const ids = [...stacksOfClones().stack('Disposable').template.resources.keys()];
  const onceInProgress = ids.find((id) => id.startsWith('Clone'));
  if (onceInProgress === undefined) throw new Error(`there is no clone among ${ids.join(', ')}`);
  return { [SIBLING]: { reason: 'Topic limit exceeded', afterSeconds, onceInProgress } };
}

let synthesized: CloudAssembly | undefined;

afterAll(() => {
  if (synthesized !== undefined) fs.rmSync(synthesized.directory, { recursive: true, force: true });
});

/** A stack of each kind, under the kind's name. */
export function stacksOfClones(): CloudAssembly {
  synthesized ??= synthesize();
  return synthesized;
}

function synthesize(): CloudAssembly {
  // CDK's validation of the templates takes most of a synthesis, and is not what is tested here.
  process.env['CDK_VALIDATION'] = 'false';
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'lifecycle-'));
  const app = new App({ outdir, analyticsReporting: false });
  for (const [kind, fill] of Object.entries(KINDS)) {
    const stack = new Stack(app, kind);
    const parameter = (id: string, type = 'String') => new CfnParameter(stack, id, { type });
    fill(stack, {
      appId: parameter('AppId').valueAsString,
      sourceEnvironmentName: parameter('Source').valueAsString,
      targetEnvironmentName: parameter('Target').valueAsString,
      timeout: Duration.seconds(parameter('TimeoutSeconds', 'Number').valueAsNumber),
    });
    new CfnResource(stack, SIBLING, { type: 'AWS::SNS::Topic' });
  }
  app.synth();
  return CloudAssembly.load(outdir);
}
