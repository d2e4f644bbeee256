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

/** Everything that the handler asks of the service, and nothing else. */
const HANDLER_ACTIONS = [
  'amplifybackend:CloneBackend',
  'amplifybackend:DeleteBackend',
  'amplifybackend:GetBackend',
  'amplifybackend:GetBackendJob',
  'amplifybackend:ListBackendJobs',
];

/** Everything that the handler asks of the ledger. */
const LEDGER_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem'];

/** What it takes to write logs into a log group that is there. */
const LOG_ACTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Longer than the longest step: calls of at most ten seconds each, and up to a minute until new permissions are known. */
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
 * What stands behind clones: the functions that call the service and wait for it.
 */
export interface ICloneProvider extends IConstruct {
  /**
   * The ARN of the function that CloudFormation sends its requests to.
   *
   * @attribute
   */
  readonly serviceToken: string;
}

/**
 * How a `CloneProvider` polls, logs and is connected.
 */
export interface CloneProviderProps {
  /**
   * Time between two looks at a job that is running. From 1 to 60 whole seconds, not a token.
   *
   * @default Duration.seconds(10)
   */
  readonly pollInterval?: Duration;

  /**
   * How long the logs of all functions of the provider are kept, in a log group of the provider's own, which is deleted with
   * the provider. An error with `logGroup`.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * Where all functions of the provider log. It has its own retention, encryption and removal policy.
   *
   * @default - a log group of the provider's own, which is deleted with the provider
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
   * The statements for AmplifyBackend, the ledger and the logs are added to it. Where it cannot be changed, a warning
   * (`cdk-amplify-backend-clone:roleCannotBeChanged`) lists what its owner has to add.
   *
   * @default - a new role
   */
  readonly role?: iam.IRole;

  /**
   * The managed policies that allow what Amplify itself does when it creates and deletes backends.
   *
   * Amplify acts with the permissions of whoever calls it (amplify-studio issues 355, 698 and 852): it makes stacks, roles,
   * functions, user pools, tables and buckets as `role`. Without these permissions Amplify accepts a clone, and then the
   * clone fails.
   *
   * The default is the policy that AWS names for this. With it, the role can make other roles with any permission, so AWS
   * considers it as powerful as `AdministratorAccess`. Policies of your own can allow less. An empty list attaches none.
   *
   * @default - AWS's managed policy `AdministratorAccess-Amplify`; none where `role` is given, with a warning
   * (`cdk-amplify-backend-clone:roleWithoutBackendPolicies`)
   */
  readonly backendPolicies?: iam.IManagedPolicy[];

  /**
   * Whether the failure of a clone says which resource failed first, and why, from the events of the clone's CloudFormation
   * stacks: the service itself often gives no reason (amplify-hosting issues 1836, 2016 and 3022).
   *
   * Adds two rights to `role`: `amplify:GetBackendEnvironment` of the apps in use, which names the stack of an environment, and
   * `cloudformation:DescribeStackEvents` of stacks `amplify-*`. In a VPC the functions need a way to AWS Amplify and
   * CloudFormation, too. Where the events cannot be read, the failure goes without them.
   *
   * @default true
   */
  readonly readStackEvents?: boolean;
}

/**
 * Clones, waits and cleans up for every `ClonedBackendEnvironment` that uses it. It is made of five functions (two of this
 * library, and three of CDK's provider framework in front of them), the framework's state machine, a log group, and a
 * DynamoDB table that costs nothing when idle. Their number does not depend on the number of clones.
 *
 * The table is a ledger: which request made, or is about to make, which environment. It is there so that an environment
 * is never deleted by a resource that did not make it, and so that no request clones twice. It comes before the first
 * clone, and is deleted with the provider.
 *
 * What it calls itself is allowed for the apps in use alone: five actions on `/backend/APPID` and `/backend/APPID/*` of
 * each; and `GetItem` and `PutItem` on its own table. What Amplify does on its behalf is allowed by `backendPolicies`.
 *
 * By default each stack with clones has one of its own. To let many stacks share one, put it in a stack of its own, and
 * hand it to the clones as `provider`. The other stacks then import its `serviceToken`, which settles the order:
 * it is deployed before the first clone, and has to be deleted after the last. CloudFormation refuses to delete its
 * stack while a clone's stack is there, and `cdk destroy --all` keeps to that order. The import is a strong reference,
 * whatever `@aws-cdk/core:defaultCrossStackReferences` says.
 *
 * A clone whose stack is there, but is no longer part of the CDK app, keeps needing the permissions for its app: see
 * `allowApp`.
 */
@propertyInjectable
export class CloneProvider extends Construct implements ICloneProvider {
  /**
   * What property injectors know this class by.
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
   * The provider of the stack of `scope` (where that is a nested stack, of the nested stack), made on first use. It has the
   * default properties; a property injector of the app can give it others.
   *
   * Throws an error if something else in that stack has its id, `BackendCloneProvider`.
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
      `${existing.node.path} is not a CloneProvider, but has its id; rename it, or hand a CloneProvider to the clones as "provider"`,
    );
  }

  /**
   * The provider of another CDK app, in the same account and region.
   *
   * Nothing is granted to it: its owner has to call `allowApp` for each app that is cloned through it. Nor is there
   * anything that keeps it from being deleted before the clones.
   *
   * Throws an error if the service token is neither a token nor the ARN of a Lambda function, or of its version or alias,
   * in the account and region of the stack, as far as these are known.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param serviceToken the `serviceToken` of that provider
   */
  public static fromServiceToken(scope: Construct, id: string, serviceToken: string): ICloneProvider {
    return new ImportedCloneProvider(scope, id, serviceToken);
  }

  /**
   * Gives each resource its physical id, at once, and leaves the work to `isCompleteHandler`. At most 2 minutes, 128 MB.
   */
  public readonly onEventHandler: lambda.Function;

  /**
   * Does what CloudFormation asks for, one short step each time it is called, until it is done. At most 2 minutes, 128 MB.
   */
  public readonly isCompleteHandler: lambda.Function;

  /**
   * The role of `onEventHandler` and `isCompleteHandler`. Amplify creates and deletes backends with its permissions: a
   * backend that needs more than `backendPolicies` allow needs them here.
   */
  public readonly role: iam.IRole;

  /**
   * The ARN of the function that CloudFormation sends its requests to.
   */
  public readonly serviceToken: string;

  private readonly allowedApps = new Set<string>();
  private readonly canChangeRole: boolean;
  private readonly readsStackEvents: boolean;

  /**
   * Throws an error that lists every problem, if AmplifyBackend is not in the region, if `pollInterval` is out of bounds, if
   * there are both `logGroup` and `logRetention`, or if there are subnets or security groups without a VPC.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param props how it polls, logs and is connected
   */
  constructor(scope: Construct, id: string, props: CloneProviderProps = {}) {
    super(scope, id);
    Object.defineProperty(this, CLONE_PROVIDER, { value: true });
    const pollInterval = props.pollInterval ?? DEFAULT_POLL_INTERVAL;
    rejectProblems(this, [
      regionProblem(this),
      pollIntervalProblem(pollInterval),
      props.logGroup !== undefined && props.logRetention !== undefined
        ? 'logRetention is of the log group that the provider makes, so it cannot be combined with logGroup'
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
    // The framework wants two roles of its own: with one for all, its state machine and its functions would depend on each other.
    const frameworkOnEventRole = this.createRole('FrameworkOnEventRole', 'Passes requests on, and starts to wait');
    const frameworkCompleteAndTimeoutRole = this.createRole('FrameworkWaitRole', 'Waits, and answers CloudFormation');
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
      // In place of the managed policy AWSLambdaBasicExecutionRole, which lets a function write to every log group there is.
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
      description: 'Names an Amplify backend environment that is to be cloned or deleted',
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
   * (`fromServiceToken`), and for an app whose clones come and go in stacks of their own: permissions that only a
   * clone asked for are gone once the provider's stack is deployed without that clone, and its environment could not
   * be deleted any more.
   *
   * Allowing an app twice is the same as allowing it once. Throws an error if the app id cannot be one. A token is not
   * checked; it must not come from a stack that uses this provider, since the two stacks would then depend on each other.
   *
   * @param appId the id of the Amplify app
   */
  public allowApp(appId: string): void {
    rejectProblems(this, [appIdProblem(appId)]);
    // CDK would leave out a statement that is there already, after it has compared each with each.
    if (this.allowedApps.has(appId)) return;
    this.allowedApps.add(appId);
    const statement = this.cloneStatement(this, appId);
    if (!addStatement(this.role, statement)) warnOfMissingPermissions(this, this.role, [statement]);
  }

  /**
   * Lets one clone have what it needs, and answers with what must be there before the clone and must go after it.
   *
   * @internal
   */
  public _allowClone(clone: Construct, appId: string): IDependable {
    if (Token.isUnresolved(appId) && Stack.of(clone) !== Stack.of(this)) {
      // The id may be that of an app in the clone's own stack. In the provider's stack, the policy would make each of the
      // two stacks depend on the other. So the policy lives with the clone.
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
      'Amplify creates and deletes backends with the permissions of "role", and this library adds none of them to a role that it is given. Without them every clone fails. Name the managed policies to attach in "backendPolicies" (AWS\'s own is AdministratorAccess-Amplify), or, where the role has the permissions already, say so with an empty list.',
    );
    return [];
  }

  private createRole(id: string, description: string): iam.Role {
    return new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description });
  }
}

/** Outside of the class, where its name stands for what the decorator made of it with every compiler. */
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

/** The framework counts its polls, so the time to wait has to be a multiple of the time between two. */
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
