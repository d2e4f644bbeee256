const { setTimeout: sleep } = require('node:timers/promises');
const { AdminCreateUserCommand, CognitoIdentityProviderClient } = require('@aws-sdk/client-cognito-identity-provider');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient, PutCommand } = require('@aws-sdk/lib-dynamodb');
const fixture = require('./fixture.json');

const tables = DynamoDBDocumentClient.from(new DynamoDBClient());
const cognito = new CognitoIdentityProviderClient();

/** Called by CDK's provider framework. */
exports.handler = async ({ RequestType, ResourceProperties }) => {
  // The rows and users are deleted with their environment.
  if (RequestType === 'Delete') return {};
  const { JobId, EnvironmentName, ApiId, UserPoolId } = ResourceProperties;
  // Without a job, the environment existed before (ADOPT), and has its own data.
  if (JobId !== '') {
    for (const [model, rows] of Object.entries(fixture.rows)) {
      for (const row of rows) await putRow(`${model}-${ApiId}-${EnvironmentName}`, model, row);
    }
    for (const user of fixture.users) await createUser(UserPoolId, user);
  }
  return { PhysicalResourceId: `seed of ${EnvironmentName} by job ${JobId}` };
};

/** With the attributes that AppSync gives a row of a model. An existing row is unchanged. */
async function putRow(TableName, model, row) {
  const now = new Date().toISOString();
  await unless('ConditionalCheckFailedException', () =>
    tables.send(
      new PutCommand({
        TableName,
        Item: { ...row, __typename: model, createdAt: now, updatedAt: now },
        ConditionExpression: 'attribute_not_exists(#id)',
        ExpressionAttributeNames: { '#id': 'id' },
      }),
    ),
  );
}

/** Sends no invitation. An existing user is unchanged. */
async function createUser(UserPoolId, { username, attributes }) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  await unless('UsernameExistsException', () =>
    cognito.send(
      new AdminCreateUserCommand({ UserPoolId, Username: username, UserAttributes, MessageAction: 'SUPPRESS' }),
    ),
  );
}

/** CloudFormation can send a request twice. The second one changes nothing. */
async function unless(existsError, call) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (error.name === existsError) return undefined;
      // The role's policy is seconds old, and takes up to a minute to become effective in IAM.
      if (error.name !== 'AccessDeniedException' || attempt === 12) throw error;
      await sleep(5000);
    }
  }
}
