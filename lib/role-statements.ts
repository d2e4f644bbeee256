import { Annotations, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Dependable, type IConstruct } from 'constructs';

/** Adds a statement to a role. Returns whether it was added: a role that is imported with `mutable: false` cannot be changed. */
export function addStatement(role: iam.IRole, statement: iam.PolicyStatement): boolean {
  const { statementAdded, policyDependable } = role.addToPrincipalPolicy(statement);
  // A role of the app creates its policies at synthesis, so their dependables are not known yet.
  if (iam.Role.isRole(role) || role instanceof iam.LazyRole) return statementAdded;
  // A role that cannot be changed reports the statement as added, "for the purposes of consumer code", without a policy.
  const made = policyDependable === undefined ? undefined : Dependable.of(policyDependable).dependencyRoots;
  return statementAdded && made?.length !== 0;
}

/** Warns at synthesis that this app cannot change a role, and lists what the role's owner has to add. */
export function warnOfMissingPermissions(
  scope: IConstruct,
  role: iam.IRole,
  statements: readonly iam.PolicyStatement[],
  managedPolicies: readonly iam.IManagedPolicy[] = [],
): void {
  const inText = (value: unknown): unknown => asSubstitution(Stack.of(scope).resolve(value));
  const allow = `allow ${JSON.stringify(statements.map((statement) => inText(statement.toStatementJson())))}`;
  const attached = managedPolicies.map(({ managedPolicyArn }) => inText(managedPolicyArn)).join(', ');
  Annotations.of(scope).addWarningV2(
    'cdk-amplify-backend-clone:roleCannotBeChanged',
    `The role ${inText(role.roleName)} cannot be changed by this app. Its owner has to ${allow}${attached === '' ? '' : `, and to attach ${attached}`}.`,
  );
}

/** Writes the intrinsic functions of a value as in the text of `Fn::Sub`: `${AWS::Region}`. */
function asSubstitution(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asSubstitution);
  if (typeof value !== 'object' || value === null) return value;
  const inner = Object.entries(value).map(([key, member]): [string, unknown] => [key, asSubstitution(member)]);
  const [[name, argument] = ['', undefined], ...others] = inner;
  if (others.length === 0 && name === 'Ref') return `\${${argument}}`;
  if (others.length === 0 && name === 'Fn::GetAtt' && Array.isArray(argument)) return `\${${argument.join('.')}}`;
  if (others.length === 0 && name === 'Fn::Join' && Array.isArray(argument)) {
    const [separator, parts] = argument;
    if (Array.isArray(parts)) return parts.join(String(separator));
  }
  return Object.fromEntries(inner);
}
