import * as path from 'node:path';
import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { Construct, DependencyGroup, type IConstruct, type IDependable } from 'constructs';
import { appArns, appBackendArns } from './amplify-arns';
import { rejectProblems } from './construct-problems';
import { providerPlaceProblem, regionProblem } from './environment-rules';
import { appIdProblem, quoted } from './naming-rules';
import { addStatement, warnOfMissingPermissions } from './role-statements';
import { importStrongly } from './strong-reference';

/** The only actions of AmplifyBackend that the handler calls. */
const HANDLER_ACTIONS = [
  'amplifybackend:CloneBackend',
  'amplifybackend:DeleteBackend',
  'amplifybackend:GetBackend',
  'amplifybackend:GetBackendJob',
  'amplifybackend:ListBackendJobs',
];

/** The only actions of DynamoDB that the handler calls. */
const LEDGER_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem'];

/** The actions that write logs into an existing log group. */
const LOG_ACTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Longer than the longest step: calls of at most ten seconds each, and up to a minute until new permissions take effect. */
const HANDLER_TIMEOUT = Duration.minutes(2);

const DEFAULT_POLL_INTERVAL = Duration.seconds(10);
const SHORTEST_POLL_INTERVAL = Duration.seconds(1);
const LONGEST_POLL_INTERVAL = Duration.seconds(60);

/** CloudFormation waits for one hour (aws-cdk issue 24974); the rest is for the calls themselves and the last answer. */
const LONGEST_WAIT = Duration.minutes(57);

const SINGLETON_ID = 'BackendCloneProvider';
const CLONE_PROVIDER = Symbol.for('cdk-amplify-backend-clone.CloneProvider');
const FUNCTION_ARN =
  /^arn:[a-z0-9-]+:lambda:(?<region>[a-z0-9-]+):(?<account>\d{12}):function:[A-Za-z0-9_-]+(:[A-Za-z0-9$_-]+)?$/;

/**
 * The functions that clone, wait and clean up.
 */
export interface ICloneProvider extends IConstruct {
  /**
   * The ARN of the function to which CloudFormation sends its requests.
   *
   * @attribute
   */
  readonly serviceToken: string;
}

/**
 * Properties of a `CloneProvider`.
 */
export interface CloneProviderProps {
  /**
   * The time between two polls of a job, from 1 to 60 whole seconds. Not a token.
   *
   * @default Duration.seconds(10)
   */
  readonly pollInterval?: Duration;

  /**
   * How long the provider's log group keeps the logs. The log group is deleted with the provider. An error with `logGroup`.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The log group of all functions of the provider, with its own retention, encryption and removal policy.
   *
   * @default - a new log group, which is deleted with the provider
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The VPC to run all functions of the provider in.
   *
   * They need a way to the public endpoints of AmplifyBackend, CloudFormation's response bucket in S3, DynamoDB, Lambda
   * and Step Functions: a NAT gateway, or endpoints (for DynamoDB a gateway endpoint) and a NAT gateway, since
   * AmplifyBackend has no VPC endpoint.
   *
   * @default - not in a VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * Which subnets of `vpc` to use. An error without `vpc`.
   *
   * @default - the VPC's default strategy: private subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * Security groups for all functions of the provider. An error without `vpc`.
   *
   * @default - one for each function
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The role of both handler functions. Lambda (`lambda.amazonaws.com`) must be able to assume it.
   *
   * The statements for AmplifyBackend, the ledger and the logs are added to it. If the role cannot be changed, a warning
   * (`cdk-amplify-backend-clone:roleCannotBeChanged`) lists what its owner has to add.
   *
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * The managed policies that allow what Amplify does when it creates and deletes backends.
   *
   * Amplify acts with the permissions of its caller (amplify-studio issues 355, 698 and 852): it creates stacks, roles,
   * functions, user pools, tables and buckets as `role`. Without these permissions, Amplify accepts a clone, and then the
   * clone fails.
   *
   * The default is the policy that AWS names for this. With it, the role can create other roles with any permission, so AWS
   * considers it as powerful as `AdministratorAccess`. Policies of your own can allow less. An empty list attaches none.
   *
   * @default - AWS's managed policy `AdministratorAccess-Amplify`; none if `role` is set, with a warning
   * (`cdk-amplify-backend-clone:roleWithoutBackendPolicies`)
   */
  readonly backendPolicies?: iam.IManagedPolicy[];

  /**
   * Whether the failure of a clone says which resource failed first, and why, from the events of the clone's CloudFormation
   * stacks: the service itself often gives no reason (amplify-hosting issues 1836, 2016 and 3022).
   *
   * Adds two permissions to `role`: `amplify:GetBackendEnvironment` of the apps in use, which names the stack of an environment, and
   * `cloudformation:DescribeStackEvents` of stacks `amplify-*`. In a VPC, the functions need a route to AWS Amplify and
   * CloudFormation, too. If the events cannot be read, the failure does not have them.
   *
   * @default true
   */
  readonly readStackEvents?: boolean;
}

/**
 * Clones, waits and cleans up for every `ClonedBackendEnvironment` that uses it. It consists of five functions (two of this
 * library, and three of CDK's provider framework in front of them), the framework's state machine, a log group, and a
 * DynamoDB table that costs nothing when idle. The number of these resources does not depend on the number of clones.
 *
 * The table is a ledger: it records which request created, or is about to create, which environment. With it, a resource
 * never deletes an environment that it did not create, and no request clones twice. It is deleted with the provider.
 *
 * The handler's own permissions cover the apps in use only: five actions on `/backend/APPID` and `/backend/APPID/*` of each,
 * and `GetItem` and `PutItem` on its own table. `backendPolicies` allow what Amplify does on its behalf.
 *
 * By default, each stack with clones has its own. To share one between stacks, put it in a stack of its own, and pass it to
 * the clones as `provider`. The other stacks then import its `serviceToken`, which determines the order: it is deployed
 * before the first clone, and deleted after the last. CloudFormation refuses to delete its stack while a stack with a clone
 * exists, and `cdk destroy --all` keeps to that order. The import is a strong reference, whatever
 * `@aws-cdk/core:defaultCrossStackReferences` says.
 *
 * A clone that is deployed, but is no longer part of the CDK app, still needs the permissions for its app: see `allowApp`.
 */
@propertyInjectable
export class CloneProvider extends Construct implements ICloneProvider {
  /**
   * The ID by which property injectors find this class.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-amplify-backend-clone.CloneProvider';

  /**
   * Whether `x` is a `CloneProvider`, also one of another copy of this library.
   *
   * @param x anything
   */
  public static isCloneProvider(x: unknown): x is CloneProvider {
    return typeof x === 'object' && x !== null && CLONE_PROVIDER in x;
  }

  /**
   * The provider of the stack that contains `scope`. The first call creates it, with the default properties; a property
   * injector of the app can set others. A nested stack has a provider of its own.
   *
   * Throws an error if another construct in that stack has its ID, `BackendCloneProvider`.
   *
   * @param scope any construct in the stack
   */
  public static getOrCreate(scope: Construct): CloneProvider {
    const stack = Stack.of(scope);
    const existing = stack.node.tryFindChild(SINGLETON_ID);
    if (existing === undefined) {
      return createSharedProvider(stack);
    }
    if (CloneProvider.isCloneProvider(existing)) {
      return existing;
    }
    throw new Error(
      `${existing.node.path} is not a CloneProvider, but has its ID. Rename it, or pass a CloneProvider to the clones as "provider"`,
    );
  }

  /**
   * The provider of another CDK app, in the same account and Region.
   *
   * This app adds no permissions to it: its owner has to call `allowApp` for each Amplify app. Nothing prevents its deletion
   * before the clones are deleted.
   *
   * Throws an error if the service token is neither a token nor the ARN of a Lambda function, or of its version or alias,
   * in the account and Region of the stack, as far as these are known.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param serviceToken the `serviceToken` of that provider
   */
  public static fromServiceToken(scope: Construct, id: string, serviceToken: string): ICloneProvider {
    return new ImportedCloneProvider(scope, id, serviceToken);
  }

  /**
   * Assigns the physical ID. `isCompleteHandler` does the work. Timeout 2 minutes, 128 MB.
   */
  public readonly onEventHandler: lambda.Function;

  /**
   * Takes the next step of a request, at each poll, until the request is complete. Timeout 2 minutes, 128 MB.
   */
  public readonly isCompleteHandler: lambda.Function;

  /**
   * The role of `onEventHandler` and `isCompleteHandler`. Amplify creates and deletes backends with its permissions. Add those
   * that a backend needs beyond `backendPolicies`.
   */
  public readonly role: iam.IRole;

  /**
   * The ARN of the function to which CloudFormation sends its requests.
   */
  public readonly serviceToken: string;

  private readonly allowedApps = new Set<string>();
  private readonly canChangeRole: boolean;
  private readonly readsStackEvents: boolean;

  /**
   * Throws an error that lists every problem: a Region without AmplifyBackend, `pollInterval` out of bounds, both `logGroup`
   * and `logRetention`, or subnets or security groups without a VPC.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param props the properties
   */
  constructor(scope: Construct, id: string, props: CloneProviderProps = {}) {
    super(scope, id);
    Object.defineProperty(this, CLONE_PROVIDER, { value: true });
    const pollInterval = props.pollInterval ?? DEFAULT_POLL_INTERVAL;
    rejectProblems(this, [
      regionProblem(this),
      pollIntervalProblem(pollInterval),
      props.logGroup !== undefined && props.logRetention !== undefined
        ? 'logRetention applies to the log group that the provider creates, so it cannot be combined with logGroup'
        : undefined,
      props.vpc === undefined && props.vpcSubnets !== undefined ? 'vpcSubnets needs vpc' : undefined,
      props.vpc === undefined && props.securityGroups !== undefined ? 'securityGroups needs vpc' : undefined,
    ]);

    this.readsStackEvents = props.readStackEvents ?? true;
    const logGroup =
      props.logGroup ??
      new logs.LogGroup(this, 'Logs', {
        retention: props.logRetention ?? logs.RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const network: Network = {
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: props.securityGroups }),
    };

    this.role = props.role ?? this.createRole('Role', 'Clones Amplify backend environments, and deletes the clones');
    importStrongly(this, this.role.roleArn);
    // The framework needs two other roles: with one for all, its state machine and its functions would depend on each other.
    const frameworkOnEventRole = this.createRole('FrameworkOnEventRole', 'Passes requests on, and starts the polls');
    const frameworkCompleteAndTimeoutRole = this.createRole('FrameworkWaitRole', 'Polls, and answers CloudFormation');
    const ledger = new dynamodb.Table(this, 'Ledger', {
      partitionKey: { name: 'resource', type: dynamodb.AttributeType.STRING },
      timeToLiveAttribute: 'expires',
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const networkPolicies =
      props.vpc === undefined
        ? []
        : [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaENIManagementAccess')];
    for (const role of [frameworkOnEventRole, frameworkCompleteAndTimeoutRole]) {
      // In place of the managed policy AWSLambdaBasicExecutionRole, which lets a function write to every log group.
      logGroup.grantWrite(role);
      attach(role, networkPolicies);
    }
    const statements = [
      new iam.PolicyStatement({ actions: LOG_ACTIONS, resources: [logGroup.logGroupArn] }),
      new iam.PolicyStatement({ actions: LEDGER_ACTIONS, resources: [ledger.tableArn] }),
      ...(this.readsStackEvents ? [stackEventStatement(this)] : []),
    ];
    const policies = [...networkPolicies, ...this.backendPolicies(props)];
    this.canChangeRole = statements.map((statement) => addStatement(this.role, statement)).every((taken) => taken);
    if (this.canChangeRole) attach(this.role, policies);
    else warnOfMissingPermissions(this, this.role, statements, policies);

    const { region, urlSuffix } = Stack.of(this);
    const handler = {
      code: lambda.Code.fromAsset(path.join(__dirname, '..', 'assets', 'handler')),
      runtime: lambda.determineLatestNodeRuntime(this),
      timeout: HANDLER_TIMEOUT,
      memorySize: 128,
      role: this.role,
      environment: {
        LEDGER_TABLE: ledger.tableName,
        LEDGER_ENDPOINT: `https://dynamodb.${region}.${urlSuffix}`,
        ...(this.readsStackEvents && { READ_STACK_EVENTS: 'true' }),
      },
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.INFO,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...network,
    };
    this.onEventHandler = new lambda.Function(this, 'OnEvent', {
      ...handler,
      handler: 'index.onEvent',
      description: 'Assigns the physical ID of a cloned Amplify backend environment',
    });
    this.isCompleteHandler = new lambda.Function(this, 'IsComplete', {
      ...handler,
      handler: 'index.isComplete',
      description: 'Clones or deletes an Amplify backend environment, step by step',
    });

    const framework = new customResources.Provider(this, 'Framework', {
      onEventHandler: this.onEventHandler,
      isCompleteHandler: this.isCompleteHandler,
      queryInterval: pollInterval,
      totalTimeout: longestWaitFor(pollInterval),
      frameworkOnEventRole,
      frameworkCompleteAndTimeoutRole,
      logGroup,
      // At any other level the framework logs whole requests, and with them the URL that answers CloudFormation.
      frameworkLambdaLoggingLevel: lambda.ApplicationLogLevel.FATAL,
      disableWaiterStateMachineLogging: true,
      ...network,
    });
    this.serviceToken = framework.serviceToken;
  }

  /**
   * Lets the provider clone environments of an app, and delete the clones.
   *
   * Clones of the same CDK app that use the provider do this themselves. Call it for clones of other CDK apps
   * (`fromServiceToken`), and for an Amplify app whose clones are in stacks that are added and removed over time. Otherwise, a
   * deployment of the provider's stack without a clone removes the permissions for that clone, and its environment cannot be
   * deleted any more.
   *
   * A second call for the same app changes nothing. Throws an error if the app ID is invalid. A token is not checked; it must
   * not come from a stack that uses this provider, since the two stacks would then depend on each other.
   *
   * @param appId the ID of the Amplify app
   */
  public allowApp(appId: string): void {
    rejectProblems(this, [appIdProblem(appId)]);
    // CDK would drop a duplicate statement, too, but only after it has compared each with each.
    if (this.allowedApps.has(appId)) return;
    this.allowedApps.add(appId);
    const statement = this.cloneStatement(this, appId);
    if (!addStatement(this.role, statement)) warnOfMissingPermissions(this, this.role, [statement]);
  }

  /**
   * Adds the permissions that one clone needs. Returns what has to be created before the clone and deleted after it.
   *
   * @internal
   */
  public _allowClone(clone: Construct, appId: string): IDependable {
    if (Token.isUnresolved(appId) && Stack.of(clone) !== Stack.of(this)) {
      // The ID may belong to an app in the clone's own stack. A policy in the provider's stack would make each of the two
      // stacks depend on the other, so the policy is in the clone's stack.
      importStrongly(clone, this.role.roleName);
      const statements = [this.cloneStatement(clone, appId)];
      if (!this.canChangeRole) {
        warnOfMissingPermissions(clone, this.role, statements);
        return this.role;
      }
      const policy = new iam.Policy(clone, 'Permissions', { roles: [this.role], statements });
      return new DependencyGroup(this.role, policy);
    }
    this.allowApp(appId);
    return this.role;
  }

  private cloneStatement(scope: Construct, appId: string): iam.PolicyStatement {
    const statement = new iam.PolicyStatement({ actions: HANDLER_ACTIONS, resources: appBackendArns(scope, appId) });
    if (this.readsStackEvents) {
      statement.addActions('amplify:GetBackendEnvironment');
      statement.addResources(...appArns(scope, appId));
    }
    return statement;
  }

  private backendPolicies({ role, backendPolicies }: CloneProviderProps): readonly iam.IManagedPolicy[] {
    if (backendPolicies !== undefined) return backendPolicies;
    if (role === undefined) return [iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess-Amplify')];
    Annotations.of(this).addWarningV2(
      'cdk-amplify-backend-clone:roleWithoutBackendPolicies',
      'Amplify creates and deletes backends with the permissions of "role", and this library does not add them to a role that you pass. Without them, every clone fails. List the managed policies to attach in "backendPolicies" (AWS\'s own is AdministratorAccess-Amplify). If the role has the permissions already, pass an empty list.',
    );
    return [];
  }

  private createRole(id: string, description: string): iam.Role {
    return new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description });
  }
}

/** Outside of the class: inside it, some compilers resolve the class's name to the class before its decoration. */
function createSharedProvider(stack: Stack): CloneProvider {
  return new CloneProvider(stack, SINGLETON_ID, {});
}

class ImportedCloneProvider extends Construct implements ICloneProvider {
  public readonly serviceToken: string;

  constructor(scope: Construct, id: string, serviceToken: string) {
    super(scope, id);
    rejectProblems(this, [this.serviceTokenProblem(serviceToken)]);
    this.serviceToken = serviceToken;
  }

  private serviceTokenProblem(serviceToken: string): string | undefined {
    if (Token.isUnresolved(serviceToken)) return undefined;
    const { account, region } = FUNCTION_ARN.exec(serviceToken)?.groups ?? {};
    return account === undefined || region === undefined
      ? `serviceToken ${quoted(serviceToken)} is not the ARN of a Lambda function`
      : providerPlaceProblem(`serviceToken ${quoted(serviceToken)}`, { account, region }, this);
  }
}

interface Network {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

function attach(role: iam.IRole, policies: readonly iam.IManagedPolicy[]): void {
  for (const policy of policies) {
    role.addManagedPolicy(policy);
  }
}

function pollIntervalProblem(interval: Duration): string | undefined {
  if (interval.isUnresolved()) {
    return 'pollInterval is a token, but the number of polls has to be known at synthesis';
  }
  const seconds = interval.toSeconds({ integral: false });
  const shortest = SHORTEST_POLL_INTERVAL.toSeconds();
  const longest = LONGEST_POLL_INTERVAL.toSeconds();
  return Number.isInteger(seconds) && seconds >= shortest && seconds <= longest
    ? undefined
    : `pollInterval of ${seconds} s is not a whole number of seconds from ${shortest} to ${longest}`;
}

/** The framework counts its polls, so the total timeout has to be a multiple of the poll interval. */
function longestWaitFor(pollInterval: Duration): Duration {
  const interval = pollInterval.toSeconds();
  return Duration.seconds(Math.floor(LONGEST_WAIT.toSeconds() / interval) * interval);
}

function stackEventStatement(scope: Construct): iam.PolicyStatement {
  return new iam.PolicyStatement({
    actions: ['cloudformation:DescribeStackEvents'],
    resources: [
      Stack.of(scope).formatArn({ service: 'cloudformation', resource: 'stack', resourceName: 'amplify-*/*' }),
    ],
  });
}
