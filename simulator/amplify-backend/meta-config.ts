import { createHash } from 'node:crypto';

/** The text of `amplify-meta.json` of an empty environment. */
export const EMPTY_META_CONFIG = '{}';

const REGION = 'us-east-1';
const ACCOUNT = '123456789012';

/** The identifiers of the resources of one environment, in the format of AWS. */
const IDENTIFIERS: ReadonlyMap<string, (letters: (count: number) => string, region: string) => string> = new Map([
  ['AppClientID', (letters) => letters(26)],
  ['AppClientIDWeb', (letters) => letters(26)],
  [
    'GraphQLAPIEndpointOutput',
    (letters, region) => `https://${letters(26)}.appsync-api.${region}.amazonaws.com/graphql`,
  ],
  ['GraphQLAPIIdOutput', (letters) => letters(26)],
  ['GraphQLAPIKeyOutput', (letters) => `da2-${letters(26)}`],
  ['IdentityPoolId', (letters, region) => `${region}:${uuidFrom(letters(32))}`],
  ['UserPoolId', (letters, region) => `${region}_${letters(9)}`],
]);

/** Amplify's name for the root stack of an environment, in an app with the name `myapp`. */
export function stackNameOf(environment: string): string {
  return `amplify-myapp-${environment}-142201`;
}

/**
 * The `amplify-meta.json` of an environment with sign-in, a GraphQL API and file storage, in the shape that public scripts
 * read. The number distinguishes it from earlier environments of the same name: each CloudFormation stack has a unique ID.
 */
export function typicalMetaConfig(appId: string, environment: string, number = 0): string {
  const stack = stackNameOf(environment);
  const template = {
    providers: {
      awscloudformation: {
        AuthRoleName: `${stack}-authRole`,
        UnauthRoleArn: `arn:aws:iam::${ACCOUNT}:role/${stack}-unauthRole`,
        AuthRoleArn: `arn:aws:iam::${ACCOUNT}:role/${stack}-authRole`,
        Region: REGION,
        DeploymentBucketName: `${stack}-deployment`,
        UnauthRoleName: `${stack}-unauthRole`,
        StackName: stack,
        StackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/5e5a3f70-0000-11ee-8000-${number.toString(16).padStart(12, '0')}`,
        AmplifyAppId: appId,
      },
    },
    auth: {
      myapp: {
        service: 'Cognito',
        output: {
          UserPoolId: '',
          AppClientID: '',
          AppClientIDWeb: '',
          IdentityPoolId: '',
          UserPoolName: `myapp_userpool-${environment}`,
        },
      },
    },
    api: {
      myapi: {
        service: 'AppSync',
        output: { GraphQLAPIIdOutput: '', GraphQLAPIEndpointOutput: '', GraphQLAPIKeyOutput: '' },
      },
    },
    storage: { files: { service: 'S3', output: { BucketName: `myapp-files-142201-${environment}`, Region: REGION } } },
  };
  return JSON.stringify(renamed(template, `${appId}/${environment}`, '', environment, REGION));
}

/**
 * The `amplify-meta.json` while the Amplify CLI creates the environment: the root stack exists, and no category does yet, as in
 * 5 of 35 public files.
 */
export function unfinishedMetaConfig(metaConfig: string): string {
  const { providers } = JSON.parse(metaConfig) as { readonly providers?: unknown };
  return JSON.stringify({ providers });
}

/**
 * The same definition under a new name: the same shape, with new identifiers. They follow from the app and the name alone,
 * except for the root stack's.
 */
export function clonedMetaConfig(
  metaConfig: string,
  { appId, source, target }: { readonly appId: string; readonly source: string; readonly target: string },
  stackUuid: string,
): string {
  const parsed: unknown = JSON.parse(metaConfig);
  const region = /"Region":"([a-z0-9-]+)"/.exec(metaConfig)?.[1] ?? REGION;
  const cloned = JSON.stringify(renamed(parsed, `${appId}/${target}`, source, target, region));
  return cloned.replace(/("StackId":"[^"]*\/)[^"/]*"/, `$1${stackUuid}"`);
}

function renamed(value: unknown, key: string, source: string, target: string, region: string): unknown {
  if (typeof value === 'string') {
    const identifier = IDENTIFIERS.get(key.slice(key.lastIndexOf('/') + 1));
    if (identifier !== undefined) return identifier((count) => lettersFrom(key, count), region);
    if (source === '') return value;
    const parts = value.split(/([-_/])/);
    return parts.map((part) => (part === source ? target : part)).join('');
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => renamed(item, `${key}/${index}`, source, target, region));
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, member]): [string, unknown] => [
      name,
      renamed(member, `${key}/${name}`, source, target, region),
    ]);
    return Object.fromEntries(members);
  }
  return value;
}

function lettersFrom(key: string, count: number): string {
  let letters = '';
  for (const byte of createHash('sha256').update(key).digest()) letters += (byte % 36).toString(36);
  return letters.slice(0, count);
}

function uuidFrom(letters: string): string {
  const digits = [...letters].map((letter) => (Number.parseInt(letter, 36) % 16).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
