import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { cloneApp } from '../../bin/clone-app';

const APP_ID = 'd1a2b3c4d5e6f7';
const PROVIDER = 'BackendCloneProvider/Provider';

/** The findings of the rules, and the reason to accept each. Each is about one resource and one wildcard. */
const ACCEPTED: ReadonlyArray<readonly [finding: string, reason: string]> = [
  [
    `${PROVIDER}/Role/Resource: AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AdministratorAccess-Amplify]`,
    'What Amplify does on behalf of its caller is not documented in full, and differs from backend to backend. It is the policy that AWS names for it; backendPolicies takes one of your own in its place',
  ],
  [
    `${PROVIDER}/Role/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:amplifybackend:<AWS::Region>:<AWS::AccountId>:/backend/${APP_ID}/*]`,
    'What is within one app. CloneBackend makes an environment whose name no policy can know, and its jobs have made-up ids',
  ],
  ...['FrameworkOnEventRole', 'FrameworkWaitRole'].flatMap((role) =>
    ['OnEvent', 'IsComplete'].map(
      (target) =>
        [
          `${PROVIDER}/${role}/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::<Provider${target}.Arn>:*]`,
          'The versions of one function: CDK grants them with every right to invoke',
        ] as const,
    ),
  ),
  ...['isComplete', 'onTimeout'].map(
    (target) =>
      [
        `${PROVIDER}/Framework/waiter-state-machine/Role/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::<ProviderFrameworkframework${target}.Arn>:*]`,
        'The versions of one function: CDK grants them with every right to invoke',
      ] as const,
  ),
  [
    `${PROVIDER}/Role/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/amplify-*/*]`,
    'The events of the stacks of clones, whose names Amplify chooses. To read them can be switched off: `readStackEvents`',
  ],
  [
    `${PROVIDER}/Role/DefaultPolicy/Resource: AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:amplify:<AWS::Region>:<AWS::AccountId>:apps/${APP_ID}/*]`,
    'What is within one app: the environments whose stacks are asked for',
  ],
  [
    `${PROVIDER}/Ledger/Resource: AwsSolutions-DDB3`,
    'What it holds is about clones that are being made or are there now. A restored table would be another table, with what was so at another time, and worth nothing without the clones',
  ],
  [
    `${PROVIDER}/Framework/waiter-state-machine/Resource: AwsSolutions-SF1`,
    'The execution log would hold whole requests, and with them the URL that answers CloudFormation',
  ],
  [
    `${PROVIDER}/Framework/waiter-state-machine/Resource: AwsSolutions-SF2`,
    'The provider framework has no setting for it, and a trace of one function called again and again says nothing that the logs do not',
  ],
];

/** The findings as `path: rule`, without the hashes in logical IDs, which depend on paths only. */
function findings(app: App): string[] {
  return new AwsSolutionsChecks(app)
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(
        ({ constructPath }) => `${constructPath}: ${ruleName.replace(/[0-9A-F]{8}\.Arn>/, '.Arn>')}`,
      ),
    )
    .sort();
}

test('the findings of AwsSolutions are exactly the accepted ones', () => {
  expect(findings(cloneApp({ appId: APP_ID, source: 'dev', targets: 'preview,qa' }))).toEqual(
    ACCEPTED.map(([finding]) => finding).sort(),
  );
});
