import type { Clock } from '../clock';
import type { Random } from '../random';
import type { Outcome } from './app-state';
import { type Refused, refused } from './exceptions';
import { stackNameOf } from './meta-config';
import type { Operation } from './operations';
import type { Variants } from './variants';

/** Whether the caller has the permissions that a job needs: the service acts with the caller's permissions (amplify-studio 355). */
export type CallerRights = 'enough' | 'missing';

interface PermissionsProps {
  readonly clock: Clock;
  readonly random: Random;
  /** The variants now. They can change between two calls. */
  readonly variants: () => Variants;
  /** The ARN in access-denied messages. @default - the ARN of an invented role */
  readonly principalArn?: string | undefined;
}

/** The role of all callers without a role. */
const ONLY_ROLE = 'the role';

const FIRST_MINUTE_MILLISECONDS = 60 * 1000;

/** IAM, as far as it concerns the service: the permissions of roles, and what happens to a caller without them. */
export class Permissions {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly variants: () => Variants;
  private readonly principal: string;
  /** The time from which IAM knows the permissions, by role. */
  private readonly knownAt = new Map<string, number>();

  constructor({ clock, random, variants, principalArn }: PermissionsProps) {
    this.clock = clock;
    this.random = random;
    this.variants = variants;
    this.principal = principalArn ?? 'arn:aws:sts::123456789012:assumed-role/clone-handler/handler';
  }

  /** Starts the first minute of a role that is created or changed at this time. Infinity: its permissions never work. */
  grant(at: number, role = ONLY_ROLE): void {
    this.knownAt.set(role, at + FIRST_MINUTE_MILLISECONDS);
  }

  /** IAM's refusal, before the service receives the call. Undefined if IAM allows it. */
  refusal(operation: Operation, appId: string, role = ONLY_ROLE): Refused | undefined {
    return this.isAccessDenied(role) ? this.accessDenied(operation, appId) : undefined;
  }

  /**
   * Whether IAM refuses a call of the role now, to this service or to another one. In one variant, each answer is random, so
   * each call asks for itself.
   */
  isAccessDenied(role = ONLY_ROLE): boolean {
    const { firstMinute } = this.variants();
    const knownAt = this.knownAt.get(role);
    if (firstMinute === 'works' || knownAt === undefined || this.clock.now() >= knownAt) return false;
    return firstMinute === 'AccessDeniedException' || this.random.chance(0.5);
  }

  accessDenied(operation: Operation, appId: string): Refused {
    const resource = `arn:aws:amplifybackend:us-east-1:123456789012:/backend/${appId}/${RESOURCE_TYPES[operation]}`;
    const action = `amplifybackend:${operation}`;
    const message = `User: ${this.principal} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    return refused({ name: 'AccessDeniedException', message });
  }

  /** The result for a caller without the right to an action that the job needs: a refused call, or a job that fails. */
  missingRight(action: string, environment: string): Exclude<Outcome, string> | 'refused' {
    switch (this.variants().missingRights) {
      case 'AccessDeniedException':
        return 'refused';
      case 'the job FAILS without a reason':
        return { failed: undefined };
      case 'the job FAILS with the reason':
        return {
          failed: `User: "${this.principal}" is not authorized to perform: "${action}" on resource: "role ${stackNameOf(environment)}-authRole". Please contact your administrator`,
        };
    }
  }
}

/** From AWS's service authorization reference: the resource type that each action is checked against. */
const RESOURCE_TYPES: Readonly<Record<Operation, string>> = {
  CloneBackend: '*',
  GetBackend: '*',
  DeleteBackend: 'environments/*',
  GetBackendJob: 'job/*',
  ListBackendJobs: 'job/*',
};
