import * as iam from 'aws-cdk-lib/aws-iam';
import { appBackendArns } from './amplify-arns';
import type { IBackendEnvironment } from './backend-environment';

const READ_ACTIONS = ['amplifybackend:GetBackend', 'amplifybackend:GetBackendJob', 'amplifybackend:ListBackendJobs'];

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
   * Lets someone read the environment's configuration and jobs: `GetBackend`, `GetBackendJob` and `ListBackendJobs` of
   * AmplifyBackend.
   *
   * The service's permissions are per app, so this covers the other environments of the same app.
   *
   * @param grantee who may read
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
