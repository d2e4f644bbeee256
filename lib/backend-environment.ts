import { type IResource, Resource } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { backendEnvironmentArn } from './amplify-arns';
import { rejectProblems } from './construct-problems';
import { appIdProblem, existingNameProblem } from './naming-rules';

/**
 * An Amplify (Gen 1) backend environment: a clone that this app makes, or one that is there already.
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
}

/**
 * What identifies an environment that is there already.
 */
export interface BackendEnvironmentAttributes {
  /**
   * The id of the Amplify app: `d`, then lower-case letters and digits, 20 characters at the most.
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
   * An environment that is there already, in the account and region of the stack of `scope`.
   *
   * Nothing is created, and whether the environment exists is not checked.
   *
   * Throws an error that lists every problem, if the app id or the name cannot be one. Tokens are not checked.
   *
   * @param scope the construct to put it in
   * @param id its id within `scope`
   * @param attributes the app and the name
   */
  public static fromName(scope: Construct, id: string, attributes: BackendEnvironmentAttributes): IBackendEnvironment {
    return new NamedBackendEnvironment(scope, id, attributes);
  }

  private constructor() {}
}

class NamedBackendEnvironment extends Resource implements IBackendEnvironment {
  public readonly appId: string;
  public readonly environmentName: string;
  public readonly environmentArn: string;

  constructor(scope: Construct, id: string, { appId, environmentName }: BackendEnvironmentAttributes) {
    super(scope, id);
    rejectProblems(this, [appIdProblem(appId), existingNameProblem('environmentName', environmentName)]);
    this.appId = appId;
    this.environmentName = environmentName;
    this.environmentArn = backendEnvironmentArn(this, appId, environmentName);
  }
}
