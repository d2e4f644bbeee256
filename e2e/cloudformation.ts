import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  type StackEvent,
} from '@aws-sdk/client-cloudformation';
import { CREDENTIALS, REGION } from './workplace';

/** What CloudFormation itself answers, whatever the CDK CLI makes of it. */
export interface CloudFormation {
  /** `NOT_THERE` for a name that no stack has. */
  status(stack: string): Promise<string>;
  outputs(stack: string): Promise<Readonly<Record<string, string>>>;
  /** Oldest first, of the newest stack of that name, whether it is deleted or not. */
  events(stack: string): Promise<EventOfResource[]>;
  /** The resources of one type, by their logical ids. */
  physicalIds(stack: string, type: string): Promise<Readonly<Record<string, string>>>;
}

export interface EventOfResource {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly physicalId: string;
}

export const CLONE = 'Custom::ClonedBackendEnvironment';

export function cloudFormationAt(endpoint: string): CloudFormation {
  const client = new CloudFormationClient({ endpoint, region: REGION, credentials: CREDENTIALS });
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
      return (await describe(stack))?.StackStatus ?? 'NOT_THERE';
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
