import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import { isCustomResource } from '../cloudformation/custom-resource';
import type { DesiredStack } from '../cloudformation/deployment';
import type { Json } from '../cloudformation/json';
import type { DeletionPolicy, ResourceDefinition } from '../cloudformation/template';
import type { CloneSpec, History, PollInterval, RemovalPolicyName } from './history';

/** The DeletionPolicy that CDK synthesizes for each removal policy. */
const DELETION_POLICIES: Readonly<Record<RemovalPolicyName, DeletionPolicy>> = {
  DESTROY: 'Delete',
  RETAIN_ON_UPDATE_OR_DELETE: 'RetainExceptOnCreate',
  RETAIN: 'Retain',
};

export function stackNames({ stacks }: History): readonly string[] {
  return stacks.map((_, index) => `Stack${index + 1}`);
}

/** The plain resource that a history can make fail. */
export const OTHER_RESOURCE = 'Other';

/**
 * The stack with the given clones. Synthesis takes far longer than a history, so the assembly has sample stacks `Poll10`, `Poll60`,
 * ... for each poll interval, with a sample clone for each removal policy, and a resource `Other`. A clone of a history is the
 * sample of its removal policy with other properties. All other resources are as synthesized.
 */
export function stackOf(
  assembly: CloudAssembly,
  pollInterval: PollInterval,
  clones: readonly CloneSpec[],
): DesiredStack {
  const { template } = assembly.stack(`Poll${pollInterval}`);
  const all = [...template.resources.values()];
  const samples = all.filter(({ type }) => isCustomResource(type));
  const resources = new Map(
    all.filter((resource) => !samples.includes(resource)).map((resource) => [resource.logicalId, resource]),
  );
  for (const spec of clones) {
    const sample = samples.find(({ deletionPolicy }) => deletionPolicy === DELETION_POLICIES[spec.removalPolicy]);
    if (sample === undefined)
      throw new Error(`the assembly has no clone with the removal policy ${spec.removalPolicy}`);
    resources.set(spec.logicalId, withProperties(sample, spec));
  }
  return { template: { ...template, resources, outputs: [] }, parameters: {}, assembly };
}

function withProperties(sample: ResourceDefinition, spec: CloneSpec): ResourceDefinition {
  const { ExistingEnvironment: _, Outputs: __, ...properties } = sample.properties;
  const source: Json =
    typeof spec.source === 'string' ? spec.source : { 'Fn::GetAtt': [spec.source.cloneOf, 'EnvironmentName'] };
  return {
    ...sample,
    logicalId: spec.logicalId,
    properties: {
      ...properties,
      AppId: spec.appId,
      SourceEnvironmentName: source,
      TargetEnvironmentName: spec.target,
      TimeoutSeconds: String(spec.timeoutMinutes * 60),
      ...(spec.existing === 'ADOPT' && { ExistingEnvironment: 'ADOPT' }),
      ...(spec.wantsOutput && { Outputs: ['providers//StackName'] }),
    },
  };
}
