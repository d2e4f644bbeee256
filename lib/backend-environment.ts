import { type IResource, Resource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { backendEnvironmentArn, parseBackendEnvironmentArn } from './amplify-arns';
import { BackendEnvironmentGrants } from './backend-environment-grants';
import { rejectProblems } from './construct-problems';
import { appIdProblem, existingNameProblem, quoted } from './naming-rules';

/**
 * An Amplify (Gen 1) backend environment: a clone that this app makes, or one that exists already.
 */
export interface IBackendEnvironment extends IResource {
  /**
   * The id of the Amplify app that the environment belongs to, e.g. `d1a2b3c4d5e6f7`.
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
 * What identifies an environment that exists already.
 */
export interface BackendEnvironmentAttributes {
  /**
   * The id of the Amplify app: `d`, then lowercase letters and digits, at most 20 characters.
   */
  readonly appId: string;

  /**
   * The environment's name. Names of older environments (`NONE`, capitals, digits) are accepted.
   */
  readonly environmentName: string;
}

/**
 * Backend environments that this app does not make.
 */
export class BackendEnvironment {
  /**
   * An environment that exists already, in the account and region of the stack of `scope`.
   *
   * Nothing is created, and whether the environment exists is not checked.
   *
   * Throws an error that lists every problem, if the app id or the name cannot be one. Tokens are not checked.
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
   * An environment that exists already, in the account and region that its ARN names.
   *
   * Nothing is created, and whether the environment exists is not checked.
   *
   * Throws an error if the ARN is neither a token nor
   * `arn:PARTITION:amplify:REGION:ACCOUNT:apps/APPID/backendenvironments/NAME`, or if its app id or name cannot be one.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param backendEnvironmentArn what `environmentArn` of an environment is
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
