const { setTimeout: sleep } = require('node:timers/promises');
const {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  UpdateUserPoolClientCommand,
} = require('@aws-sdk/client-cognito-identity-provider');

const cognito = new CognitoIdentityProviderClient();

/** Called by CDK's provider framework. */
exports.handler = async ({ RequestType, ResourceProperties }) => {
  const { UserPoolId, ClientId, Url } = ResourceProperties;
  const client = { UserPoolId, ClientId };
  if (RequestType === 'Delete') {
    await whenKnown(() => changeUrls(client, (urls) => urls.filter((url) => url !== Url))).catch((error) => {
      // The pool may be deleted before its URL.
      if (error.name !== 'ResourceNotFoundException') throw error;
    });
    return {};
  }
  await whenKnown(() => changeUrls(client, (urls) => [...new Set([...urls, Url])]));
  // Another pool, client or URL is another resource, and CloudFormation then sends a Delete for the previous one.
  return { PhysicalResourceId: `${UserPoolId}/${ClientId}/${Url}` };
};

/** Sends all settings back, since UpdateUserPoolClient resets those that the request lacks. */
async function changeUrls(client, change) {
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand(client));
  const { ClientSecret, CreationDate, LastModifiedDate, ...settings } = UserPoolClient;
  const { CallbackURLs = [], LogoutURLs = [] } = settings;
  await cognito.send(
    new UpdateUserPoolClientCommand({
      ...settings,
      CallbackURLs: change(CallbackURLs),
      LogoutURLs: change(LogoutURLs),
    }),
  );
}

/** The role's policy is seconds old at first, and takes up to a minute to become effective in IAM. */
async function whenKnown(call) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (error.name !== 'AccessDeniedException' || attempt === 12) throw error;
      await sleep(5000);
    }
  }
}
