import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  paginateDescribeStacks,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';

/** CloudFormation's own answers, without the CDK CLI. */
export interface CloudFormation {
  /** The stack's status, or `DOES_NOT_EXIST` if it does not exist. */
  status(stack: string): Promise<string>;
  outputs(stack: string): Promise<Readonly<Record<string, string>>>;
  /** The events of the newest stack of that name, deleted or not. Oldest first. */
  events(stack: string): Promise<EventOfResource[]>;
  /** The resources of one type, by logical ID. */
  physicalIds(stack: string, type: string): Promise<Readonly<Record<string, string>>>;
  /** The existing stacks whose names begin with the prefix, newest first. */
  stacksNamed(prefix: string): Promise<string[]>;
  beginDeletion(stack: string): Promise<void>;
}

export interface EventOfResource {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly physicalId: string;
}

export const CLONE = 'Custom::ClonedBackendEnvironment';

export function cloudFormationWith(config: CloudFormationClientConfig): CloudFormation {
  const client = new CloudFormationClient(config);
  const describe = async (StackName: string) => {
    try {
      return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
    } catch (error) {
      if (error instanceof Error && error.message.includes('does not exist')) return undefined;
      throw error;
    }
  };
  return {
    async status(stack) {
      return (await describe(stack))?.StackStatus ?? 'DOES_NOT_EXIST';
    },
    async outputs(stack) {
      const outputs = (await describe(stack))?.Outputs ?? [];
      return Object.fromEntries(outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
    },
    async events(StackName) {
      const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
      return StackEvents.map(eventOf).reverse();
    },
    async physicalIds(StackName, type) {
      const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
      return Object.fromEntries(
        StackResources.filter(({ ResourceType }) => ResourceType === type).map(
          ({ LogicalResourceId = '', PhysicalResourceId = '' }) => [LogicalResourceId, PhysicalResourceId],
        ),
      );
    },
    async stacksNamed(prefix) {
      const found: { readonly name: string; readonly createdAt: number }[] = [];
      for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
        for (const { StackName: name = '', CreationTime } of Stacks) {
          if (name.startsWith(prefix)) found.push({ name, createdAt: CreationTime?.getTime() ?? 0 });
        }
      }
      return found.sort((one, other) => other.createdAt - one.createdAt).map(({ name }) => name);
    },
    async beginDeletion(StackName) {
      await client.send(new DeleteStackCommand({ StackName }));
    },
  };
}

function eventOf(event: StackEvent): EventOfResource {
  return {
    id: event.EventId ?? '',
    type: event.ResourceType ?? '',
    status: event.ResourceStatus ?? '',
    reason: event.ResourceStatusReason ?? '',
    physicalId: event.PhysicalResourceId ?? '',
  };
}
