import type { Outcome } from '../../simulator/amplify-backend/app-state';
import { answerOfStacks, isOfStacks } from '../../simulator/amplify-backend/backend-stacks';
import { Faults } from '../../simulator/amplify-backend/faults';
import { AmplifyBackend, type EnvironmentTruth } from '../../simulator/amplify-backend/model';
import type { Call, Operation } from '../../simulator/amplify-backend/operations';
import type { CallerRights } from '../../simulator/amplify-backend/permissions';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import { parseCall, type WireReply, type WireRequest } from '../../simulator/amplify-backend/wire';
import { sleep, VirtualClock } from '../../simulator/clock';
import type { Reception } from '../../simulator/cloudformation/custom-resource-exchange';
import type {
  CustomResourceAnswer,
  CustomResourceRequest,
} from '../../simulator/cloudformation/custom-resource-protocol';
import type { Deployment } from '../../simulator/cloudformation/deployment';
import { parseJsonObject } from '../../simulator/cloudformation/json';
import type { PlannedFailures } from '../../simulator/cloudformation/planned-failure';
import { Region, type RegionSettings } from '../../simulator/cloudformation/region';
import type { StackEvent, StackStatus } from '../../simulator/cloudformation/stack-event';
import { type Fault as LedgerFault, replyWithFault } from '../../simulator/dynamodb/faults';
import { operationOf } from '../../simulator/dynamodb/wire';
import type { Invocation, NetworkReply } from '../../simulator/lambda/lambda-function';
import type { LogEntry } from '../../simulator/lambda/log';
import { type Random, seededRandom } from '../../simulator/random';
import { type StackKind, stacksOfClones } from './stacks-of-clones';

export const APP = 'd1a2b3c4d5e6f7';
export const OTHER_APP = 'd9z8y7x6w5v4u3';
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const CLONE_MINUTES = 5;
export const DELETION_MINUTES = 1;

/** The properties of a stack. Each stack has one clone, by default of `dev` to `preview`. */
export interface Properties {
  readonly kind?: StackKind;
  readonly app?: string;
  readonly source?: string;
  readonly target?: string;
  readonly timeoutMinutes?: number;
}

/** One call of the handler, to the service or to the ledger. */
export interface HandlerCall {
  readonly at: number;
  readonly operation: Operation | LedgerOperation;
  readonly requestType: string;
  readonly entryPoint: string;
}

export interface ServiceCall extends HandlerCall {
  readonly operation: Operation;
  readonly parameters: Call;
}

export interface LedgerCall extends HandlerCall {
  readonly operation: LedgerOperation;
}

type LedgerOperation = 'GetItem' | 'PutItem';

/** An interruption of an invocation at one of its calls: its process is killed, or no answer arrives. */
export type Interruption = 'killed before the call' | 'killed after the call' | 'the call hangs' | undefined;

export interface AccountProps {
  readonly variants?: Partial<Variants>;
  readonly settings?: Partial<RegionSettings>;
  /** @default CLONE_MINUTES */
  readonly cloneMinutes?: number;
  /** Whether the service checks the signature of each call. @default - it does not */
  readonly signaturesMatter?: boolean;
  readonly seed?: number;
  /** @default 'us-east-1' */
  readonly region?: string;
}

const CREDENTIALS = {
  accessKeyId: 'ASIAHANDLERHANDLER00',
  secretAccessKey: 'theSecretKeyOfTheHandler0000000000000000',
  sessionToken: 'theSessionTokenOfTheHandler',
};

/** One AWS account on a virtual clock: two Amplify apps, each with the environments `dev` and `test`, and CloudFormation. */
export class AccountUnderTest {
  readonly credentials = CREDENTIALS;
  readonly clock = new VirtualClock();
  readonly service: AmplifyBackend;
  readonly faults: Faults;
  readonly region: Region;
  readonly calls: ServiceCall[] = [];
  readonly ledgerCalls: LedgerCall[] = [];
  /** The requests that CloudFormation sent. */
  readonly requests: CustomResourceRequest[] = [];
  readonly answers: {
    readonly requestType: string;
    readonly answer: CustomResourceAnswer;
    readonly reception: Reception;
  }[] = [];
  /** The types of the requests that the handler's `onEvent` received from the provider framework. */
  readonly handled: string[] = [];
  /** The handler of each invocation that ended with an error, as the metric `Errors` of a function counts them. */
  readonly failedInvocations: string[] = [];
  readonly log: LogEntry[] = [];
  readonly events: StackEvent[] = [];
  /** The duration of later clones and deletions. */
  cloneMinutes: number;
  deletionMinutes = DELETION_MINUTES;
  /** The latency of each call. */
  callSeconds = 0;
  /** Decides the interruption of each call. */
  interrupt: (call: HandlerCall) => Interruption = () => undefined;
  /** Decides the fault of each call to the ledger that is not interrupted. */
  ledgerFault: (call: LedgerCall) => LedgerFault | 'AccessDeniedException' | undefined = () => undefined;
  /** Whether the service is in the Region. Otherwise, its host does not exist. */
  hasService = true;
  /** Whether AWS Amplify and CloudFormation answer. */
  readsStacks = true;
  /** Existing environments that GetBackend does not list yet. */
  readonly unlisted = new Set<string>();
  private readonly cloneOutcomes = new Map<string, Outcome[]>();
  private readonly deletionOutcomes = new Map<string, Outcome[]>();
  private readonly begunAt: number;
  private readonly ledgerRandom: Random;
  private readonly signaturesMatter: boolean;

  constructor({
    variants,
    settings = {},
    cloneMinutes = CLONE_MINUTES,
    signaturesMatter = false,
    seed = 1,
    region = 'us-east-1',
  }: AccountProps = {}) {
    const { clock } = this;
    this.cloneMinutes = cloneMinutes;
    this.signaturesMatter = signaturesMatter;
    this.begunAt = clock.now();
    this.ledgerRandom = seededRandom(seed + 3);
    this.faults = new Faults(seededRandom(seed));
    this.service = new AmplifyBackend({
      clock,
      random: seededRandom(seed + 1),
      faults: this.faults,
      variants: { ...DEFAULT_VARIANTS, ...variants },
      jobDuration: (operation) => (operation === 'CloneBackend' ? this.cloneMinutes : this.deletionMinutes) * MINUTE,
      cloneOutcome: (target) => this.cloneOutcomes.get(target)?.shift() ?? 'COMPLETED',
      deletionOutcome: (environment) => this.deletionOutcomes.get(environment)?.shift() ?? 'COMPLETED',
    });
    for (const app of [APP, OTHER_APP]) {
      this.service.addApp(app);
      this.service.addEnvironment(app, 'dev');
      this.service.addEnvironment(app, 'test');
    }
    this.region = new Region({
      clock,
      region,
      random: seededRandom(seed + 2),
      settings,
      credentials: CREDENTIALS,
      network: (request, invocation) => this.askService(request, invocation),
      aroundCall: (request, invocation, proceed) => this.call(request, invocation, proceed),
      onRequestSent: (request) => this.requests.push(request),
      onAnswered: ({ RequestType: requestType }, answered, reception) =>
        this.answers.push({ requestType, answer: answered, reception }),
      onInvocation: (invocation) => {
        if (invocation.handler === 'index.onEvent') this.handled.push(requestTypeOf(invocation));
      },
      onInvocationEnded: ({ handler }, { functionError }) => {
        if (functionError !== undefined) this.failedInvocations.push(handler);
      },
      onEvent: (event) => {
        this.events.push(event);
        // The role's first minute begins here: IAM does not know its permissions at once.
        if (event.type === 'AWS::IAM::Policy' && event.status === 'CREATE_COMPLETE') {
          this.service.permissions.grant(event.at);
        }
      },
      log: (entry) => this.log.push(entry),
    });
  }

  /** Creates or updates the stack, and waits for the end. */
  deploy(properties: Properties = {}, failing: PlannedFailures = {}): Promise<Deployment> {
    return this.clock.runUntil(this.startDeployment(properties, failing));
  }

  startDeployment(
    { kind = 'Disposable', app = APP, source = 'dev', target = 'preview', timeoutMinutes = 45 }: Properties,
    failing: PlannedFailures = {},
    stackName = 'Preview',
  ): Promise<Deployment> {
    const assembly = stacksOfClones();
    const { template } = assembly.stack(kind);
    const parameters = { AppId: app, Source: source, Target: target, TimeoutSeconds: String(timeoutMinutes * 60) };
    return this.region.deployTemplate(stackName, { template, parameters, assembly }, failing);
  }

  destroy(stackName = 'Preview'): Promise<StackStatus> {
    return this.clock.runUntil(this.region.destroy(stackName));
  }

  /** Waits for the end of everything that still runs. */
  async calmDown(): Promise<void> {
    await this.clock.advance(3 * 60 * MINUTE);
  }

  /** Performs an action after some time. */
  after(milliseconds: number, action: () => void): void {
    this.clock.schedule(action, milliseconds);
  }

  /** The results of the next clones to a name. Other clones complete. */
  nextClones(target: string, ...outcomes: Outcome[]): void {
    this.cloneOutcomes.set(target, outcomes);
  }

  nextDeletions(environment: string, ...outcomes: Outcome[]): void {
    this.deletionOutcomes.set(environment, outcomes);
  }

  /** The names of the existing environments, without lag. */
  environments(app = APP): string[] {
    return this.service.environments(app).map(({ name }) => name);
  }

  environment(name: string, app = APP): EnvironmentTruth | undefined {
    return this.service.environments(app).find((environment) => environment.name === name);
  }

  /** The operations that were called, without reads. */
  changes(): string[] {
    return this.callsOf('CloneBackend', 'DeleteBackend').map(({ operation }) => operation);
  }

  callsOf(...operations: readonly Operation[]): ServiceCall[] {
    return this.calls.filter(({ operation }) => operations.includes(operation));
  }

  /** Deletes an environment as another owner does. */
  deleteLedger(): void {
    for (const { definition, physicalId } of this.region.stack('Preview')?.resources.values() ?? []) {
      if (definition.type === 'AWS::DynamoDB::Table') this.region.dynamoDb.deleteTable(physicalId);
    }
  }

  /** The service's jobs that have not ended. */
  runningJobs(): string[] {
    const running = this.service.jobs(APP).filter(({ status }) => status === 'RUNNING');
    return running.map(({ operation, environment }) => `${operation} ${environment}`);
  }

  acceptedClones(app = APP): string[] {
    return this.service
      .jobs(app)
      .filter(({ operation }) => operation === 'CloneBackend')
      .map(({ environment }) => environment);
  }

  /** `CREATE_COMPLETE`, `DELETE_FAILED`, ... of a resource, in their order. */
  statuses(resource = 'Clone'): string[] {
    return this.eventsOf(resource).map(({ status }) => status);
  }

  /** The reason of the resource's last failure. */
  reason(resource = 'Clone'): string {
    const failures = this.eventsOf(resource).filter(({ status }) => status.endsWith('_FAILED'));
    return failures.at(-1)?.reason ?? '';
  }

  /** When the resource first had this status. */
  timeOf(status: StackEvent['status'], resource = 'Clone'): number {
    const first = this.eventsOf(resource).find((event) => event.status === status);
    if (first === undefined)
      throw new Error(`${resource} never was ${status}, but ${this.statuses(resource).join(', ')}`);
    return first.at;
  }

  /** Minutes since the creation of the account. */
  minutes(time = this.clock.now()): number {
    return (time - this.begunAt) / MINUTE;
  }

  eventsOf(resource: string): StackEvent[] {
    // The logical ID of a construct's resource is followed by a hash of its path.
    return this.events.filter(({ logicalId }) => logicalId.replace(/[0-9A-F]{8}$/, '') === resource);
  }

  private call(
    request: WireRequest,
    invocation: Invocation,
    proceed: () => Promise<NetworkReply>,
  ): Promise<NetworkReply> {
    const origin = { at: this.clock.now(), ...originOf(invocation) };
    const operation = operationOf(request);
    if (isOfStacks(request)) return proceed();
    if (operation === undefined) {
      const parsed = parseCall(request);
      if (parsed.kind === 'refused') throw new Error(`the handler sent ${request.method} ${request.path}`);
      const { answer: parameters } = parsed;
      const call: ServiceCall = { ...origin, operation: parameters.operation, parameters };
      this.calls.push(call);
      return this.interrupted(call, proceed);
    }
    if (operation !== 'GetItem' && operation !== 'PutItem') throw new Error(`the handler sent ${operation}`);
    const call: LedgerCall = { ...origin, operation };
    this.ledgerCalls.push(call);
    return this.interrupted(call, () => this.askLedger(call, request, proceed));
  }

  private async interrupted(call: HandlerCall, proceed: () => Promise<NetworkReply>): Promise<NetworkReply> {
    const interruption = this.interrupt(call);
    if (interruption === 'killed before the call') return { kind: 'killed' };
    if (this.callSeconds > 0) await sleep(this.clock, this.callSeconds * SECOND);
    const reply = await proceed();
    if (interruption === 'the call hangs') return new Promise(() => {});
    return interruption === 'killed after the call' ? { kind: 'killed' } : reply;
  }

  private async askLedger(
    call: LedgerCall,
    request: WireRequest,
    proceed: () => Promise<NetworkReply>,
  ): Promise<NetworkReply> {
    const fault = this.ledgerFault(call);
    // IAM is one system: permissions that it does not know yet are missing for every service.
    if (fault === 'AccessDeniedException' || this.service.permissions.isAccessDenied()) {
      return this.region.dynamoDb.denyAccess(request);
    }
    return fault === undefined ? proceed() : replyWithFault(fault, proceed, this.ledgerRandom);
  }

  private async askService(request: WireRequest, invocation: Invocation): Promise<NetworkReply> {
    const { requestType, entryPoint } = originOf(invocation);
    if (!this.hasService) return { kind: 'host not found' };
    if (this.readsStacks && isOfStacks(request)) return answerOfStacks(this.service, request);
    const callerRights = this.rightsOf(invocation);
    const options = this.signaturesMatter ? { credentials: CREDENTIALS, callerRights } : { callerRights };
    return this.withoutUnlisted(await answer(this.service, request, `${requestType} ${entryPoint}`, options));
  }

  /** Whether the function's role has the permissions that Amplify needs when it acts on its behalf. */
  private rightsOf({ functionArn }: Invocation): CallerRights {
    const policies = this.region.managedPoliciesOf(functionArn);
    return policies.some((policy) => policy.endsWith(':policy/AdministratorAccess-Amplify')) ? 'enough' : 'missing';
  }

  private withoutUnlisted(reply: WireReply): WireReply {
    if (this.unlisted.size === 0 || reply.kind !== 'response') return reply;
    const body = parseJsonObject(reply.body, 'an answer of the service');
    const { backendEnvironmentList: names } = body;
    if (!Array.isArray(names)) return reply;
    const listed = names.filter((name) => !this.unlisted.has(String(name)));
    return { ...reply, body: JSON.stringify({ ...body, backendEnvironmentList: listed }) };
  }
}

function originOf(invocation: Invocation): Pick<HandlerCall, 'requestType' | 'entryPoint'> {
  return { requestType: requestTypeOf(invocation), entryPoint: invocation.handler.replace('index.', '') };
}

function requestTypeOf({ payload }: Invocation): string {
  return String(parseJsonObject(payload, 'the payload of an invocation')['RequestType']);
}
