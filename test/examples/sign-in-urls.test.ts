import { SignInStack } from '../../examples/sign-in-urls/app';
import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { JsonObject } from '../../simulator/cloudformation/json';
import { LambdaCode } from '../../simulator/lambda/code';
import { APP, ExampleAccount, synthesized } from './example-account';
import { runtimeSdk } from './runtime-sdk';
import { refused, texts, UserPools } from './user-pools';

jest.setTimeout(120_000);

const STACK = 'SignIn';
const URL = `https://feature-login.${APP}.amplifyapp.com/`;
const OTHER_URL = `https://feature-logout.${APP}.amplifyapp.com/`;

/** The settings of a client from Amplify's own definition, and settings that somebody may have added. */
const SETTINGS: JsonObject = {
  ClientName: 'myapp_app_clientWeb',
  CallbackURLs: ['https://example.com/', 'http://localhost:3000/'],
  LogoutURLs: ['https://example.com/'],
  SupportedIdentityProviders: ['COGNITO', 'Google'],
  AllowedOAuthFlows: ['code'],
  AllowedOAuthScopes: ['openid', 'email'],
  AllowedOAuthFlowsUserPoolClient: true,
  RefreshTokenValidity: 7,
  TokenValidityUnits: { RefreshToken: 'days' },
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'],
  ReadAttributes: ['email', 'custom:team'],
  PreventUserExistenceErrors: 'ENABLED',
  CreationDate: 1_767_225_600,
  LastModifiedDate: 1_767_225_600,
  ClientSecret: 'the-secret-of-the-client',
};

let runtimePackages: ReadonlyMap<string, LambdaCode>;
let preview: CloudAssembly;
let movedUrl: CloudAssembly;
let renamed: CloudAssembly;

beforeAll(async () => {
  runtimePackages = await runtimeSdk('@aws-sdk/client-cognito-identity-provider');
  const stack = (target: string, url: string) =>
    synthesized({ appId: APP, source: 'dev', target, url }, (app) => new SignInStack(app, STACK));
  preview = await stack('preview', URL);
  movedUrl = await stack('preview', OTHER_URL);
  renamed = await stack('qa', URL);
});

/** The user pool client of each environment has the settings above. */
class SignInAccount extends ExampleAccount {
  readonly userPools: UserPools;

  constructor({ denials = 0, sdk = runtimePackages } = {}) {
    const userPools = new UserPools();
    let denied = 0;
    super({
      runtimePackages: sdk,
      services: (call) => {
        if (call.service !== 'cognito-idp') return undefined;
        denied += 1;
        if (denied <= denials) return refused('AccessDeniedException', 'not yet');
        for (const { name, populated } of this.backend.environments(APP)) {
          if (populated && !userPools.clients.has(this.clientOf(name))) this.addClient(name);
        }
        return userPools.answer(call);
      },
    });
    this.userPools = userPools;
  }

  clientOf(environment: string): string {
    return `${this.output(environment, 'UserPoolId')}/${this.output(environment, 'AppClientIDWeb')}`;
  }

  settings(environment: string): JsonObject | undefined {
    return this.userPools.clients.get(this.clientOf(environment));
  }

  updates(): number[] {
    return this.calls.filter(({ operation }) => operation === 'UpdateUserPoolClient').map(({ at }) => at);
  }

  private addClient(environment: string): void {
    const ids = {
      UserPoolId: this.output(environment, 'UserPoolId'),
      ClientId: this.output(environment, 'AppClientIDWeb'),
    };
    this.userPools.clients.set(this.clientOf(environment), { ...SETTINGS, ...ids });
  }

  private output(environment: string, name: string): string {
    return this.metaOutput(environment, 'auth', name);
  }
}

describe("the preview's URL", () => {
  it("is allowed by the clone's client for signing in and out, once the clone is complete", async () => {
    const account = new SignInAccount();
    expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');
    const settings = account.settings('preview');
    expect(texts(settings, 'CallbackURLs')).toEqual([...texts(SETTINGS, 'CallbackURLs'), URL]);
    expect(texts(settings, 'LogoutURLs')).toEqual([...texts(SETTINGS, 'LogoutURLs'), URL]);
    expect(account.updates().every((at) => at >= account.clonedAt('preview'))).toBe(true);
  });

  it('is the only change of the client', async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    expect(account.settings('preview')).toMatchObject({
      ...SETTINGS,
      CallbackURLs: expect.anything(),
      LogoutURLs: expect.anything(),
    });
  });

  it("is not added to the source's client", async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    expect(account.settings('dev')).toMatchObject(SETTINGS);
  });

  it('replaces the previous one', async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    expect((await account.deploy(movedUrl, STACK)).status).toBe('UPDATE_COMPLETE');
    expect(texts(account.settings('preview'), 'CallbackURLs')).toEqual([...texts(SETTINGS, 'CallbackURLs'), OTHER_URL]);
  });

  it('is added to the next clone', async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    expect((await account.deploy(renamed, STACK)).status).toBe('UPDATE_COMPLETE');
    expect(account.environments()).toEqual(['dev', 'test', 'qa']);
    expect(texts(account.settings('qa'), 'CallbackURLs')).toContain(URL);
  });

  it('is removed with the stack, and before the environment', async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    const client = account.clientOf('preview');
    expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
    expect(texts(account.userPools.clients.get(client), 'CallbackURLs')).toEqual(texts(SETTINGS, 'CallbackURLs'));
    const deletion = account.backend.jobs(APP).find(({ operation }) => operation === 'DeleteBackend');
    expect(deletion?.acceptedAt).toBeGreaterThanOrEqual(account.updates().at(-1) ?? Number.POSITIVE_INFINITY);
  });

  it('does not prevent the deletion of a stack whose user pool does not exist any more', async () => {
    const account = new SignInAccount();
    await account.deploy(preview, STACK);
    account.userPools.clients.clear();
    account.backend.removeEnvironment(APP, 'preview');
    expect(await account.destroy(STACK)).toBe('DELETE_COMPLETE');
  });

  it('waits while IAM does not know the role yet', async () => {
    const account = new SignInAccount({ denials: 6 });
    expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');
    expect(texts(account.settings('preview'), 'CallbackURLs')).toContain(URL);
  });
});

it('sends back neither the secret nor the dates, with any release of the SDK', async () => {
  // Older releases send all members of the input, not only those of the service's model.
  const olderSdk = LambdaCode.fromInline(`
    const command = (operation) => class { constructor(input) { Object.assign(this, { operation, input }); } };
    exports.DescribeUserPoolClientCommand = command('DescribeUserPoolClient');
    exports.UpdateUserPoolClientCommand = command('UpdateUserPoolClient');
    exports.CognitoIdentityProviderClient = class {
      async send({ operation, input }) {
        const headers = { 'x-amz-target': 'AWSCognitoIdentityProviderService.' + operation };
        const body = JSON.stringify(input);
        const reply = await fetch('https://cognito-idp.us-east-1.amazonaws.com/', { method: 'POST', headers, body });
        const answer = await reply.json();
        if (!reply.ok) throw Object.assign(new Error(answer.message), { name: answer.__type });
        return answer;
      }
    };
  `);
  const account = new SignInAccount({ sdk: new Map([['@aws-sdk/client-cognito-identity-provider', olderSdk]]) });
  expect((await account.deploy(preview, STACK)).status).toBe('CREATE_COMPLETE');
  expect(texts(account.settings('preview'), 'CallbackURLs')).toContain(URL);
});

it("the client's secret is in no log", async () => {
  const account = new SignInAccount();
  await account.deploy(preview, STACK);
  expect(account.log.length).toBeGreaterThan(0);
  expect(account.log.filter(({ message }) => message.includes('the-secret-of-the-client'))).toEqual([]);
});
