import type { Clock } from '../clock';
import type { Random } from '../random';
import type { CloudAssembly } from './cloud-assembly';
import type { FailedUpdate } from './custom-resource';
import type { CustomResourceExchange } from './custom-resource-exchange';
import type { ExportRegistry } from './export-registry';
import { type Place, stackArn } from './identifiers';
import type { Json } from './json';
import type { PlainResource } from './plain-resource';
import type { ResourceStatus, StackEvent, StackStatus } from './stack-event';
import type { Operation } from './stack-operation';
import { STACK_TYPE, type StackResource } from './stack-resource';
import type { ResourceDefinition } from './template';

/** Receives the resources that other services run: functions, state machines and tables. */
export interface ResourceServices {
  put(resource: PlainResource, assembly: CloudAssembly): void;
  remove(resource: PlainResource): void;
}

export interface StackContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly place: Place;
  readonly exchange: CustomResourceExchange;
  readonly exports: ExportRegistry;
  /** The outputs of a stack. Undefined if it does not exist. */
  readonly outputsOf: (stackName: string) => Readonly<Record<string, Json>> | undefined;
  readonly services: ResourceServices;
  readonly failedUpdate: FailedUpdate;
  readonly onEvent?: ((event: StackEvent) => void) | undefined;
}

export type Resource = StackResource<StackState>;
/** A resource as the template wants it. */
export type DesiredResource = Omit<Resource, 'physicalId' | 'state'>;
export type StackOperation = Operation<StackState>;

/** A stack or nested stack between two steps of its operations: its status, resources, outputs and events. */
export class StackState {
  readonly id: string;
  readonly events: StackEvent[] = [];
  readonly resources = new Map<string, Resource>();
  outputs: Readonly<Record<string, Json>> = {};
  /** Physical resources that have no logical ID any more, and have to be deleted. */
  leftBehind: Resource[] = [];
  operation: StackOperation | undefined;
  private currentStatus: StackStatus | undefined;

  constructor(
    readonly name: string,
    readonly context: StackContext,
  ) {
    this.id = stackArn(context.place, name, context.random);
  }

  /** Undefined before the first deployment. */
  get status(): StackStatus | undefined {
    return this.currentStatus;
  }

  setStatus(status: StackStatus, reason?: string): void {
    this.currentStatus = status;
    this.emit({ logicalId: this.name, physicalId: this.id, type: STACK_TYPE, status, reason });
  }

  /** Records an event of a resource. */
  record(definition: ResourceDefinition, physicalId: string, status: ResourceStatus, reason?: string): void {
    this.emit({ logicalId: definition.logicalId, physicalId, type: definition.type, status, reason });
  }

  /** Removes the resource from the stack, unless its logical ID belongs to another physical resource by now. */
  forget({ definition: { logicalId }, physicalId }: Resource): void {
    if (this.resources.get(logicalId)?.physicalId === physicalId) this.resources.delete(logicalId);
  }

  private emit(event: Omit<StackEvent, 'at' | 'stackId' | 'stackName'>): void {
    const full: StackEvent = { at: this.context.clock.now(), stackId: this.id, stackName: this.name, ...event };
    this.events.push(full);
    this.context.onEvent?.(full);
  }
}
