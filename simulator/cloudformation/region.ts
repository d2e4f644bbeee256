import type { WireRequest } from '../amplify-backend/wire';
import type { Clock } from '../clock';
import { DynamoDb } from '../dynamodb/dynamodb';
import type { LambdaCode } from '../lambda/code';
import type { Invocation, InvocationResult, Network, NetworkReply } from '../lambda/lambda-function';
import { LambdaFunction } from '../lambda/lambda-function';
import type { LogEntry } from '../lambda/log';
import type { Random } from '../random';
import { CloudAssembly } from './cloud-assembly';
import type { FailedUpdate } from './custom-resource';
import { CustomResourceExchange, type ExchangeHooks } from './custom-resource-exchange';
import type { CustomResourceRequest } from './custom-resource-protocol';
import { type Delivery, promptDelivery } from './delivery';
import type { Deployment, DesiredStack } from './deployment';
import { ExportRegistry } from './export-registry';
import { functionDefinition, type RoleCredentials } from './function-resource';
import { arn, type Place, placeOf, secret } from './identifiers';
import { type PlainResource, plainAttribute } from './plain-resource';
import type { PlannedFailures } from './planned-failure';
import { INERT_SDK_CLIENTS, isProviderFramework, replaceOutbound } from './provider-framework';
import { Stack } from './stack';
import type { StackEvent, StackStatus } from './stack-event';
import type { StackContext } from './stack-state';
import { type ExecutionResult, execute, parseStateMachine, type StateMachine } from './state-machine';
import { tableDefinition } from './table-resource';

/** The behavior of AWS that is not documented, or that varies. */
export interface RegionSettings {
  /** @default 'update with the old id' */
  readonly failedUpdate: FailedUpdate;
  /** @default - each request is delivered once, without delay */
  readonly delivery: Delivery;
  /**
   * The delays, in milliseconds, after which Lambda repeats a failed asynchronous invocation.
   *
   * @default - twice, after one and after two minutes, as Lambda does
   */
  readonly asynchronousRetries: readonly number[];
  /** Whether requests to the Region's own services have to be signed. @default true */
  readonly signaturesMatter: boolean;
  /** Whether an invocation gets a new environment although one is idle. @default - never */
  readonly coldStart: (functionName: string, random: Random) => boolean;
}

/** @param proceed makes the call */
export type AroundCall = (
  request: WireRequest,
  invocation: Invocation,
  proceed: () => Promise<NetworkReply>,
) => Promise<NetworkReply>;

export interface RegionHooks extends ExchangeHooks {
  readonly onEvent?: ((event: StackEvent) => void) | undefined;
  /** Called when an invocation starts, before any of its code runs. */
  readonly onInvocation?: ((invocation: Invocation) => void) | undefined;
  /** Called when an invocation has ended. */
  readonly onInvocationEnded?: ((invocation: Invocation, result: InvocationResult) => void) | undefined;
  /**
   * Intercepts each call of the functions, to the Region's own services and to the network, except their answers to
   * CloudFormation. The function receives its return value.
   */
  readonly aroundCall?: AroundCall | undefined;
  readonly onExecutionEnded?: ((executionArn: string, result: ExecutionResult) => void) | undefined;
  readonly log?: ((entry: LogEntry) => void) | undefined;
}

export interface RegionProps extends RegionHooks {
  readonly clock: Clock;
  readonly random: Random;
  /** Receives the HTTP requests of Lambda functions to other services than the Region's own. */
  readonly network: Network;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** @default '123456789012' */
  readonly account?: string;
  readonly settings?: Partial<RegionSettings>;
  /** The credentials of the functions. @default - random */
  readonly credentials?: RoleCredentials;
  /** The packages in Lambda's runtime, by name, each bundled into one file: the AWS SDK. @default - none */
  readonly runtimePackages?: ReadonlyMap<string, LambdaCode>;
}

export interface DeployOptions {
  readonly parameters?: Readonly<Record<string, string>>;
  readonly failing?: PlannedFailures;
}

const DEFAULT_SETTINGS: RegionSettings = {
  failedUpdate: 'update with the old id',
  delivery: promptDelivery,
  asynchronousRetries: [60_000, 120_000],
  signaturesMatter: true,
  coldStart: () => false,
};

/** CloudFormation, DynamoDB, Lambda and Step Functions in one account and Region. */
export class Region {
  readonly place: Place;
  readonly dynamoDb: DynamoDb;
  private readonly settings: RegionSettings;
  private readonly credentials: RoleCredentials;
  private readonly stacks = new Map<string, Stack>();
  private readonly functions = new Map<string, LambdaFunction>();
  private readonly stateMachines = new Map<string, StateMachine>();
  /** The roles by ARN, and below, the ARNs of the functions' roles by the function's ARN. */
  private readonly roles = new Map<string, PlainResource>();
  private readonly rolesOfFunctions = new Map<string, string>();
  private readonly exchange: CustomResourceExchange;
  private readonly stackContext: StackContext;

  constructor(private readonly props: RegionProps) {
    const { clock, random, region = 'us-east-1', account = '123456789012', settings } = props;
    this.place = placeOf(region, account);
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
    this.credentials = props.credentials ?? {
      accessKeyId: `ASIA${secret(16, random).toUpperCase()}`,
      secretAccessKey: secret(40, random),
      sessionToken: secret(200, random),
    };
    const credentials = this.settings.signaturesMatter ? this.credentials : undefined;
    this.dynamoDb = new DynamoDb({ clock, random, place: this.place, credentials });
    this.exchange = new CustomResourceExchange({
      clock,
      random,
      place: this.place,
      delivery: this.settings.delivery,
      isFunction: (functionArn) => this.functions.has(functionArn),
      deliver: (request) => void this.deliver(request),
      onRequestSent: props.onRequestSent,
      onAnswered: props.onAnswered,
    });
    this.stackContext = {
      clock,
      random,
      place: this.place,
      exchange: this.exchange,
      exports: new ExportRegistry(),
      outputsOf: (stackName) => this.stack(stackName)?.outputs,
      services: {
        put: (resource, assembly) => this.put(resource, assembly),
        remove: (resource) => this.remove(resource),
      },
      failedUpdate: this.settings.failedUpdate,
      onEvent: props.onEvent,
    };
  }

  /**
   * Deploys one stack as the CDK CLI does. An existing stack is updated. A stack that is left from a failed creation is deleted
   * first.
   */
  async deploy(
    assembly: string | CloudAssembly,
    stackName: string,
    { parameters = {}, failing = {} }: DeployOptions = {},
  ): Promise<Deployment> {
    const loaded = typeof assembly === 'string' ? CloudAssembly.load(assembly) : assembly;
    const synthesized = loaded.stack(stackName);
    const name = synthesized.stackName;
    const existing = this.stack(name);
    if (existing?.status === 'ROLLBACK_COMPLETE' || existing?.status === 'ROLLBACK_FAILED') {
      const status = await this.destroy(name);
      if (status !== 'DELETE_COMPLETE') {
        throw new Error(
          `The stack named ${name} is in ${status} state, and has to be deleted before it can be deployed`,
        );
      }
    }
    return this.deployTemplate(name, { template: synthesized.template, parameters, assembly: loaded }, failing);
  }

  /** Creates or updates one stack from a template, which need not be of a stack in the assembly. */
  deployTemplate(stackName: string, desired: DesiredStack, failing: PlannedFailures = {}): Promise<Deployment> {
    const stack = this.stack(stackName) ?? new Stack(stackName, this.stackContext);
    this.stacks.set(stackName, stack);
    return stack.deploy(desired, failing);
  }

  /** Deletes a stack. Succeeds if it does not exist. */
  async destroy(stackName: string): Promise<StackStatus> {
    return (await this.stack(stackName)?.destroy()) ?? 'DELETE_COMPLETE';
  }

  /** Undefined if the stack does not exist, or is deleted. */
  stack(stackName: string): Stack | undefined {
    const stack = this.stacks.get(stackName);
    return stack?.status === 'DELETE_COMPLETE' ? undefined : stack;
  }

  /** Undefined if no function has that ARN. */
  function(functionArn: string): LambdaFunction | undefined {
    return this.functions.get(functionArn);
  }

  /** The ARNs of the managed policies of a function's role. */
  managedPoliciesOf(functionArn: string): readonly string[] {
    const role = this.roles.get(this.rolesOfFunctions.get(functionArn) ?? '');
    const policies = role?.properties['ManagedPolicyArns'];
    return Array.isArray(policies) ? policies.map(String) : [];
  }

  private put(resource: PlainResource, assembly: CloudAssembly): void {
    if (resource.type === 'AWS::Lambda::Function') {
      const created = this.createFunction(resource, assembly);
      this.functions.set(created.arn, created);
      const { Role: role } = resource.properties;
      if (typeof role === 'string') this.rolesOfFunctions.set(created.arn, role);
    }
    if (resource.type === 'AWS::StepFunctions::StateMachine') {
      const definition = resource.properties['DefinitionString'];
      if (typeof definition !== 'string') throw new Error(`${resource.physicalId} has no DefinitionString`);
      this.stateMachines.set(resource.physicalId, parseStateMachine(definition));
    }
    if (resource.type === 'AWS::DynamoDB::Table') this.dynamoDb.putTable(tableDefinition(resource));
    if (resource.type === 'AWS::IAM::Role') this.roles.set(plainAttribute(resource, 'Arn', this.place), resource);
  }

  private remove(resource: PlainResource): void {
    if (resource.type === 'AWS::Lambda::Function') {
      this.functions.delete(plainAttribute(resource, 'Arn', this.place));
    }
    if (resource.type === 'AWS::DynamoDB::Table') this.dynamoDb.deleteTable(resource.physicalId);
    if (resource.type === 'AWS::IAM::Role') this.roles.delete(plainAttribute(resource, 'Arn', this.place));
    this.stateMachines.delete(resource.physicalId);
  }

  private createFunction(resource: PlainResource, assembly: CloudAssembly): LambdaFunction {
    const { clock, random, log, onInvocation, onInvocationEnded, runtimePackages } = this.props;
    const definition = functionDefinition(resource, assembly, this.place, this.credentials);
    return new LambdaFunction({
      ...definition,
      clock,
      random,
      network: (request, invocation) => this.send(request, invocation),
      log: log ?? (() => {}),
      onInvocation,
      onInvocationEnded,
      runtimePackages,
      ...(isProviderFramework(definition.code, definition.handler) && {
        modules: INERT_SDK_CLIENTS,
        prepare: replaceOutbound({
          invokeFunction: (functionArn, payload) => this.invoke(functionArn, payload),
          startExecution: (machineArn, input) => this.startExecution(machineArn, input),
          respond: (method, path, body) => this.exchange.receive(method, path, body),
        }),
      }),
    });
  }

  /** The Region receives answers to CloudFormation and calls of DynamoDB. All other requests go to the network. */
  private async send(request: WireRequest, invocation: Invocation): Promise<NetworkReply> {
    const { network, aroundCall } = this.props;
    const { method, path, headers, body } = request;
    const host = headers['host'] ?? '';
    if (this.exchange.isResponseHost(host)) {
      return { kind: 'response', statusCode: this.exchange.receive(method, path, body), headers: {}, body: '' };
    }
    const proceed = async (): Promise<NetworkReply> =>
      this.dynamoDb.isEndpoint(host) ? this.dynamoDb.answer(request) : network(request, invocation);
    return aroundCall === undefined ? proceed() : aroundCall(request, invocation, proceed);
  }

  private invoke(functionArn: string, payload: string): Promise<InvocationResult> {
    const found = this.functions.get(functionArn);
    if (found === undefined) return Promise.reject(new Error(`Function not found: ${functionArn}`));
    return found.invokeWithPayload(payload, { coldStart: this.settings.coldStart(found.name, this.props.random) });
  }

  /** Invokes a function asynchronously: the result is not awaited, and a failure is retried. */
  private async deliver(request: CustomResourceRequest): Promise<void> {
    const payload = JSON.stringify(request);
    for (const delay of [...this.settings.asynchronousRetries, undefined]) {
      // The function may have been deleted meanwhile.
      if (!this.functions.has(request.ServiceToken)) return;
      const { functionError } = await this.invoke(request.ServiceToken, payload);
      if (functionError === undefined || delay === undefined) return;
      await new Promise<void>((resolve) => {
        this.props.clock.schedule(resolve, delay);
      });
    }
  }

  private async startExecution(machineArn: string, input: string): Promise<{ readonly executionArn: string }> {
    const machine = this.stateMachines.get(machineArn);
    if (machine === undefined) throw new Error(`State Machine Does Not Exist: '${machineArn}'`);
    const { clock, random, onExecutionEnded } = this.props;
    const name = machineArn.slice(machineArn.lastIndexOf(':') + 1);
    const executionArn = arn(this.place, 'states', `execution:${name}:${secret(32, random)}`);
    void execute(machine, input, clock, async (functionArn, payload) =>
      this.functions.has(functionArn) ? this.invoke(functionArn, payload) : functionNotFound(functionArn),
    ).then((result) => onExecutionEnded?.(executionArn, result));
    return { executionArn };
  }
}

function functionNotFound(functionArn: string): InvocationResult {
  const errorMessage = `Function not found: ${functionArn}`;
  return {
    functionError: 'Unhandled',
    payload: JSON.stringify({ errorType: 'Lambda.ResourceNotFoundException', errorMessage }),
  };
}
