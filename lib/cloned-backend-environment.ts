import { CfnResource, Duration, Lazy, RemovalPolicy, Resource, Stack, Stage, Token, Tokenization } from 'aws-cdk-lib';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import type { Construct } from 'constructs';
import { backendEnvironmentArn } from './amplify-arns';
import { BackendEnvironmentGrants, type IBackendEnvironment } from './backend-environment';
import { CloneProvider, type ICloneProvider } from './clone-provider';
import { DEFAULT_TIMEOUT, timeoutProblem } from './clone-timeout';
import { rejectProblems } from './construct-problems';
import { deployedStackOf } from './deployed-stack';
import { providerPlaceProblem, regionProblem, sourcePlaceProblem } from './environment-rules';
import { appIdProblem, existingNameProblem, newNameProblem, outputPartProblem, quoted } from './naming-rules';
import { importStrongly } from './strong-reference';

/** The maximum time that CloudFormation waits for a custom resource. */
const SERVICE_TIMEOUT = Duration.hours(1);

const CLONED_BACKEND_ENVIRONMENT = Symbol.for('cdk-amplify-backend-clone.ClonedBackendEnvironment');

/**
 * What to do if the target environment exists when the clone is created.
 */
export enum ExistingEnvironment {
  /**
   * The deployment fails, and the environment is unchanged.
   */
  FAIL = 'FAIL',

  /**
   * The environment is used unchanged. This resource never deletes it, whatever the removal policy, unless another resource
   * of the same stack created it and is deleted: then ownership passes on.
   */
  ADOPT = 'ADOPT',
}

/**
 * Properties of a `ClonedBackendEnvironment`.
 */
export interface ClonedBackendEnvironmentProps {
  /**
   * The ID of the Amplify app: `d`, then lowercase letters and digits, at most 20 characters.
   *
   * A change replaces the environment: the new one is cloned, then `removalPolicy` decides what happens to the old one.
   */
  readonly appId: string;

  /**
   * The name of the environment to clone. Names of older environments (`NONE`, capitals, digits) are accepted.
   *
   * Change it together with `targetEnvironmentName`. Otherwise the deployment fails, since a clone cannot change its source.
   *
   * @default - the name of `sourceEnvironment`. Set exactly one of the two
   */
  readonly sourceEnvironmentName?: string;

  /**
   * The environment to clone, of the same app. If it is a clone itself, this one waits for it.
   *
   * @default - the one that `sourceEnvironmentName` names. Set exactly one of the two
   */
  readonly sourceEnvironment?: IBackendEnvironment;

  /**
   * The name of the new environment: 2 to 10 lowercase letters (see `EnvironmentName.fromBranch`). With
   * `existingEnvironment: ADOPT` it can be an older name of an environment that exists.
   *
   * A change replaces the environment: the new one is cloned, then `removalPolicy` decides what happens to the old one.
   */
  readonly targetEnvironmentName: string;

  /**
   * How long the clone may take, from 1 to 50 minutes in whole seconds. For a token, use `Duration.seconds`.
   *
   * @default Duration.minutes(45)
   */
  readonly timeout?: Duration;

  /**
   * What happens to the new environment when it is replaced or removed from the stack, or the stack is deleted.
   *
   * `DESTROY` deletes it. `RETAIN_ON_UPDATE_OR_DELETE` retains it, but deletes it when its creation is rolled back. `RETAIN`
   * retains it even then, and its name stays taken. `SNAPSHOT` is an error.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * The functions that do the work, in the same stage, account and Region.
   *
   * It cannot be changed later, since CloudFormation does not accept another service token for an existing resource. To change
   * it, use a construct with another ID.
   *
   * @default - `CloneProvider.getOrCreate(this)`: one for all clones of a stack
   */
  readonly provider?: ICloneProvider;

  /**
   * What to do if the target environment exists.
   *
   * @default ExistingEnvironment.FAIL
   */
  readonly existingEnvironment?: ExistingEnvironment;
}

/**
 * Options of `output`.
 */
export interface CloneOutputOptions {
  /**
   * The name of the resource within its category, e.g. `myapi`. 1 to 100 letters, digits, `_` and `-`.
   *
   * @default - the only resource of the category that has the output; the deployment fails if two or more have it
   */
  readonly resource?: string;
}

/**
 * A new Amplify (Gen 1) backend environment, cloned from another one of the same app as part of the deployment.
 *
 * A clone copies the definition of a backend. It copies no table rows, no users and no stored files (amplify-cli issue
 * 11613, amplify-hosting issue 3331).
 *
 * Whatever uses `environmentName`, `environmentArn`, `jobId` or an output waits until the clone is ready.
 *
 * @resource Custom::ClonedBackendEnvironment
 * @stateful
 */
@propertyInjectable
export class ClonedBackendEnvironment extends Resource implements IBackendEnvironment {
  /**
   * The ID by which property injectors find this class.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-amplify-backend-clone.ClonedBackendEnvironment';

  /**
   * Whether `x` is a `ClonedBackendEnvironment`, also one of another copy of this library.
   *
   * @param x anything
   */
  public static isClonedBackendEnvironment(x: unknown): x is ClonedBackendEnvironment {
    return typeof x === 'object' && x !== null && CLONED_BACKEND_ENVIRONMENT in x;
  }

  /**
   * The ID of the Amplify app, as given. It does not wait for the clone.
   */
  public readonly appId: string;

  /**
   * The name of the new environment, as the service reports it. Known once the clone is ready.
   */
  public readonly environmentName: string;

  /**
   * `arn:PARTITION:amplify:REGION:ACCOUNT:apps/APPID/backendenvironments/NAME`. Known once the clone is ready.
   */
  public readonly environmentArn: string;

  /**
   * The ID of the job that created the clone. Known once the clone is ready. Empty for an adopted environment, and if the
   * service's answer with the ID was lost.
   *
   * @attribute
   */
  public readonly jobId: string;

  /**
   * Grants permissions on the environment, e.g. `grants.read(role)`.
   */
  public readonly grants = BackendEnvironmentGrants.fromBackendEnvironment(this);

  private readonly resource: CfnResource;
  private readonly targetEnvironmentName: string;
  private readonly outputs = new Set<string>();

  /**
   * Throws one error that lists every problem: a Region without AmplifyBackend, invalid names and IDs, a target that is the
   * source, no source or two, a source of another app, account or Region, a timeout out of bounds, an unsupported removal
   * policy, a provider of another stage, account or Region, or a second clone with the same target in one stack (nested stacks
   * are part of their parent). The values of tokens are not checked.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param props the properties
   */
  constructor(scope: Construct, id: string, props: ClonedBackendEnvironmentProps) {
    super(scope, id);
    Object.defineProperty(this, CLONED_BACKEND_ENVIRONMENT, { value: true });
    this.appId = props.appId;
    this.targetEnvironmentName = props.targetEnvironmentName;
    const timeout = props.timeout ?? DEFAULT_TIMEOUT;
    rejectProblems(this, [
      regionProblem(this),
      appIdProblem(props.appId),
      ...sourceProblems(props),
      props.sourceEnvironment &&
        sourcePlaceProblem(`sourceEnvironment ${props.sourceEnvironment.node.path}`, props.sourceEnvironment.env, this),
      targetNameProblem(props),
      this.sameNameProblem(props),
      timeoutProblem(timeout),
      props.removalPolicy === RemovalPolicy.SNAPSHOT
        ? 'removalPolicy SNAPSHOT is not supported: a backend environment has no snapshots'
        : undefined,
      this.providerProblem(props.provider),
      this.secondCloneProblem(),
    ]);

    const provider = props.provider ?? CloneProvider.getOrCreate(this);
    importStrongly(this, provider.serviceToken);
    this.resource = new CfnResource(this, 'Resource', {
      type: 'Custom::ClonedBackendEnvironment',
      properties: {
        ServiceToken: provider.serviceToken,
        ServiceTimeout: inSeconds(SERVICE_TIMEOUT),
        AppId: props.appId,
        SourceEnvironmentName: props.sourceEnvironment?.environmentName ?? props.sourceEnvironmentName,
        TargetEnvironmentName: props.targetEnvironmentName,
        TimeoutSeconds: inSeconds(timeout),
        ...(props.existingEnvironment === ExistingEnvironment.ADOPT && { ExistingEnvironment: 'ADOPT' }),
        Outputs: Lazy.list({ produce: () => [...this.outputs].sort() }, { omitEmpty: true }),
      },
    });
    this.resource.applyRemovalPolicy(props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    if (CloneProvider.isCloneProvider(provider)) {
      // The permissions exist before the first request, and until after the last.
      this.resource.node.addDependency(provider._allowClone(this, props.appId));
    }

    this.environmentName = this.resource.getAtt('EnvironmentName').toString();
    this.environmentArn = backendEnvironmentArn(this, this.appId, this.environmentName);
    this.jobId = this.resource.getAtt('JobId').toString();
  }

  /**
   * An output of the new environment's resources, e.g. `output('auth', 'UserPoolId')`,
   * `output('api', 'GraphQLAPIEndpointOutput', { resource: 'myapi' })` or `output('providers', 'StackName')`.
   * It is read from the environment's `amplifyMetaConfig`, once the clone is ready.
   *
   * Throws an error that lists every problem, if a part of the address is a token, or is not 1 to 100 letters, digits,
   * `_` and `-`. The deployment fails, with a list of the outputs that exist, if the environment has no such output, if more
   * than one resource of the category has it, or if all values together are over 2,500 bytes (CloudFormation's limit for
   * a whole answer is 4,096).
   *
   * @param category the category, e.g. `auth`, `api`, `storage`, `function`, or `providers` for the root stack
   * @param name the name of the output, as in `amplify-meta.json`
   * @param options which resource of the category
   * @returns a token for the value
   */
  public output(category: string, name: string, options: CloneOutputOptions = {}): string {
    rejectProblems(this, [
      outputPartProblem('category', category),
      outputPartProblem('name', name),
      options.resource === undefined ? undefined : outputPartProblem('resource', options.resource),
    ]);
    const address = `${category}/${options.resource ?? ''}/${name}`;
    this.outputs.add(address);
    return this.resource.getAtt(address.replaceAll('/', '.')).toString();
  }

  private sameNameProblem(props: ClonedBackendEnvironmentProps): string | undefined {
    const source = props.sourceEnvironment;
    const sourceName = ClonedBackendEnvironment.isClonedBackendEnvironment(source)
      ? source.targetEnvironmentName
      : (source?.environmentName ?? props.sourceEnvironmentName);
    return sourceName === this.targetEnvironmentName
      ? `targetEnvironmentName ${quoted(this.targetEnvironmentName)} is the source itself`
      : undefined;
  }

  private providerProblem(provider: ICloneProvider | undefined): string | undefined {
    if (provider === undefined) return undefined;
    const { path } = provider.node;
    if (Stage.of(provider) !== Stage.of(this)) {
      return `provider ${path} is in another stage; use one of this stage, or CloneProvider.fromServiceToken`;
    }
    const { account, region } = Stack.of(provider);
    return providerPlaceProblem(`provider ${path}`, { account, region }, this);
  }

  private secondCloneProblem(): string | undefined {
    const stack = deployedStackOf(this);
    const clones = clonesOf(stack);
    const key = `${this.appId}/${this.targetEnvironmentName}`;
    const first = clones.get(key);
    // A construct that was removed from the tree is not deployed. A search for each clone would make synthesis quadratic.
    if (first === undefined || !stack.node.findAll().includes(first)) {
      clones.set(key, this);
      return undefined;
    }
    return `${first.node.path} already creates ${quoted(this.targetEnvironmentName)} of app ${quoted(this.appId)}`;
  }
}

/** The key of the first clone to each name. It is stored in the top-level stack, where other copies of the library find it. */
const CLONES = Symbol.for('cdk-amplify-backend-clone.clones');

interface WithClones {
  [CLONES]?: Map<string, ClonedBackendEnvironment>;
}

function clonesOf(stack: Stack & WithClones): Map<string, ClonedBackendEnvironment> {
  stack[CLONES] ??= new Map();
  return stack[CLONES];
}

/** An adopted environment can be older than the rule for new names. */
function targetNameProblem({ existingEnvironment, targetEnvironmentName }: ClonedBackendEnvironmentProps) {
  const problem = existingEnvironment === ExistingEnvironment.ADOPT ? existingNameProblem : newNameProblem;
  return problem('targetEnvironmentName', targetEnvironmentName);
}

function sourceProblems(props: ClonedBackendEnvironmentProps): Array<string | undefined> {
  const source = props.sourceEnvironment;
  if (source === undefined) {
    return [
      props.sourceEnvironmentName === undefined
        ? 'the source is missing: set sourceEnvironmentName or sourceEnvironment'
        : existingNameProblem('sourceEnvironmentName', props.sourceEnvironmentName),
    ];
  }
  return [
    props.sourceEnvironmentName === undefined
      ? undefined
      : 'the source is set twice: set sourceEnvironmentName or sourceEnvironment, not both',
    // Two different tokens can have the same value.
    source.appId === props.appId || Token.isUnresolved(source.appId) || Token.isUnresolved(props.appId)
      ? undefined
      : `sourceEnvironment ${source.node.path} is of app ${quoted(source.appId)}, not ${quoted(props.appId)}: a clone stays within its app`,
  ];
}

/** A string, since CloudFormation turns the properties of a custom resource into strings anyway. */
function inSeconds(duration: Duration): string {
  return Tokenization.stringifyNumber(duration.toSeconds());
}
