import { type IResource, Resource } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { appBackendArns, backendEnvironmentArn, parseBackendEnvironmentArn } from './amplify-arns';
import { rejectProblems } from './construct-problems';
import { appIdProblem, existingNameProblem, quoted } from './naming-rules';

const READ_ACTIONS = ['amplifybackend:GetBackend', 'amplifybackend:GetBackendJob', 'amplifybackend:ListBackendJobs'];

/**
 * An Amplify (Gen 1) backend environment: a clone that this CDK app creates, or an environment that exists already.
 */
export interface IBackendEnvironment extends IResource {
  /**
   * The ID of the Amplify app that the environment belongs to, e.g. `d1a2b3c4d5e6f7`.
   *
   * @attribute
   */
  readonly appId: string;

  /**
   * The name of the environment within its app, e.g. `dev`.
   *
   * @attribute
   */
  readonly environmentName: string;

  /**
   * `arn:PARTITION:amplify:REGION:ACCOUNT:apps/APPID/backendenvironments/NAME`.
   *
   * @attribute
   */
  readonly environmentArn: string;

  /**
   * Grants permissions on the environment, e.g. `grants.read(role)`.
   */
  readonly grants: BackendEnvironmentGrants;
}

/**
 * Grants permissions on a backend environment.
 */
export class BackendEnvironmentGrants {
  /**
   * The grants of an environment. `environment.grants` is the same.
   *
   * @param environment the environment to grant permissions on
   */
  public static fromBackendEnvironment(environment: IBackendEnvironment): BackendEnvironmentGrants {
    return new BackendEnvironmentGrants(environment);
  }

  private constructor(private readonly environment: IBackendEnvironment) {}

  /**
   * Lets a principal read the environment's configuration and jobs: `GetBackend`, `GetBackendJob` and `ListBackendJobs` of
   * AmplifyBackend.
   *
   * The service's permissions are per app, so this covers the other environments of the same app.
   *
   * @param grantee the principal to grant the permissions to
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    const { appId, env } = this.environment;
    return iam.Grant.addToPrincipal({
      grantee,
      actions: READ_ACTIONS,
      resourceArns: appBackendArns(this.environment, appId, env),
    });
  }
}

/**
 * The app and the name of an environment that exists already.
 */
export interface BackendEnvironmentAttributes {
  /**
   * The ID of the Amplify app: `d`, then lowercase letters and digits, at most 20 characters.
   */
  readonly appId: string;

  /**
   * The environment's name. Names of older environments (`NONE`, capitals, digits) are accepted.
   */
  readonly environmentName: string;
}

/**
 * Backend environments that this CDK app does not create.
 */
export class BackendEnvironment {
  /**
   * An environment that exists already, in the account and Region of the stack that contains `scope`.
   *
   * Nothing is created, and whether the environment exists is not checked.
   *
   * Throws an error that lists every problem, if the app ID or the name is invalid. Tokens are not checked.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param attributes the app and the name
   */
  public static fromBackendEnvironmentAttributes(
    scope: Construct,
    id: string,
    attributes: BackendEnvironmentAttributes,
  ): IBackendEnvironment {
    return new ImportedBackendEnvironment(scope, id, attributes);
  }

  /**
   * An environment that exists already, in the account and Region that its ARN names.
   *
   * Nothing is created, and whether the environment exists is not checked.
   *
   * Throws an error if the ARN is neither a token nor
   * `arn:PARTITION:amplify:REGION:ACCOUNT:apps/APPID/backendenvironments/NAME`, or if its app ID or name is invalid.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param backendEnvironmentArn the ARN of the environment
   */
  public static fromBackendEnvironmentArn(
    scope: Construct,
    id: string,
    backendEnvironmentArn: string,
  ): IBackendEnvironment {
    const attributes = parseBackendEnvironmentArn(backendEnvironmentArn);
    if (attributes === undefined) {
      throw new Error(
        `${scope.node.path}/${id}: backendEnvironmentArn ${quoted(backendEnvironmentArn)} is not the ARN of a backend environment: arn:PARTITION:amplify:REGION:ACCOUNT:apps/APPID/backendenvironments/NAME`,
      );
    }
    return new ImportedBackendEnvironment(scope, id, attributes, backendEnvironmentArn);
  }

  private constructor() {}
}

class ImportedBackendEnvironment extends Resource implements IBackendEnvironment {
  public readonly appId: string;
  public readonly environmentName: string;
  public readonly environmentArn: string;
  public readonly grants = BackendEnvironmentGrants.fromBackendEnvironment(this);

  constructor(scope: Construct, id: string, { appId, environmentName }: BackendEnvironmentAttributes, arn?: string) {
    super(scope, id, arn === undefined ? {} : { environmentFromArn: arn });
    rejectProblems(this, [appIdProblem(appId), existingNameProblem('environmentName', environmentName)]);
    this.appId = appId;
    this.environmentName = environmentName;
    this.environmentArn = arn ?? backendEnvironmentArn(this, appId, environmentName);
  }
}
