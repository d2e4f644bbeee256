import * as fs from 'node:fs';
import { App, CfnOutput, CfnParameter, CfnResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  ClonedBackendEnvironment,
  type ClonedBackendEnvironmentProps,
  CloneProvider,
  ExistingEnvironment,
} from '../../lib';
import { READER, RENAMED, SIBLING, STACKS_DIRECTORY, type StackKind } from './stacks-of-clones';

/*
 * Templates from the construct, as in a user's app. The values that tests vary most are parameters of the template, so that
 * each kind of stack is synthesized once.
 */

const KINDS: Readonly<Record<StackKind, (stack: Stack, props: ClonedBackendEnvironmentProps) => void>> = {
  Disposable: (stack, props) => {
    addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
  },
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
  CloneOfClone: (stack, props) => {
    const first = addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
    new ClonedBackendEnvironment(stack, 'Second', {
      appId: props.appId,
      sourceEnvironment: first,
      targetEnvironmentName: 'second',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  },
  TwoClones: (stack, props) => {
    addClone(stack, 'Clone', { ...props, removalPolicy: RemovalPolicy.DESTROY });
    new ClonedBackendEnvironment(stack, 'Second', {
      ...props,
      targetEnvironmentName: 'second',
      removalPolicy: RemovalPolicy.DESTROY,
    });
  },
  Renamed: (stack, props) => {
    const existingEnvironment = ExistingEnvironment.ADOPT;
    addClone(stack, RENAMED, { ...props, existingEnvironment, removalPolicy: RemovalPolicy.DESTROY });
  },
  WithoutBackendPolicies: (stack, props) => {
    const provider = new CloneProvider(stack, 'Provider', { backendPolicies: [] });
    addClone(stack, 'Clone', { ...props, provider, removalPolicy: RemovalPolicy.DESTROY });
  },
  WithoutStackEvents: (stack, props) => {
    const provider = new CloneProvider(stack, 'Provider', { readStackEvents: false });
    addClone(stack, 'Clone', { ...props, provider, removalPolicy: RemovalPolicy.DESTROY });
  },
  WithoutClone: () => {},
};

function addClone(stack: Stack, id: string, props: ClonedBackendEnvironmentProps): ClonedBackendEnvironment {
  const clone = new ClonedBackendEnvironment(stack, id, props);
  const { environmentName: value } = clone;
  new CfnResource(stack, READER, { type: 'AWS::SSM::Parameter', properties: { Type: 'String', Value: value } });
  new CfnOutput(stack, 'EnvironmentName', { value });
  return clone;
}

/** Into the folder that the tests read them from. */
export function synthesizeStacks(): void {
  fs.rmSync(STACKS_DIRECTORY, { recursive: true, force: true });
  const app = new App({ outdir: STACKS_DIRECTORY, analyticsReporting: false });
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
}
