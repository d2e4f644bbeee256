import { setTimeout as sleep } from 'node:timers/promises';
import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import type { CdkCustomResourceHandler, CdkCustomResourceIsCompleteHandler, Context } from 'aws-lambda';
import { amplifyBackendService } from './amplify-backend-service';
import { assignPhysicalId, reconcile } from './clone-lifecycle';
import type { HandlerClock, LifecycleContext } from './context';
import { type FailureCause, failureCause } from './failure-cause';
import type { OwnedClone } from './ledger';
import { ledgerTable } from './ledger-table';
import { consoleLog } from './log';
import { parseRequest } from './request-parsing';
import { signedCalls } from './signed-calls';

/* The two entry points that the provider framework calls, and their wiring. */

/** The lifecycle retries by its own rules, so the SDK does not. A call that hangs must leave time for what follows. */
const client = new AmplifyBackendClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});
const {
  AWS_REGION: region = '',
  LEDGER_TABLE: tableName = '',
  LEDGER_ENDPOINT: endpointOfRegion = '',
  AWS_ENDPOINT_URL: endpointOfAll,
  AWS_ENDPOINT_URL_DYNAMODB: endpoint = endpointOfAll ?? endpointOfRegion,
  // AmplifyBackend is in the partition aws alone.
  AWS_ENDPOINT_URL_AMPLIFY: amplify = endpointOfAll ?? `https://amplify.${region}.amazonaws.com`,
  AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation = endpointOfAll ?? `https://cloudformation.${region}.amazonaws.com`,
  READ_STACK_EVENTS: readsStackEvents,
} = process.env;
const service = amplifyBackendService(client, consoleLog);
const ledger = ledgerTable(client.config, tableName, endpoint);
const clock: HandlerClock = { now: Date.now, sleep, random: Math.random };

/** Left of an invocation's time for the calls of one step and the answer. */
const TIME_FOR_A_STEP = 30_000;

export const onEvent: CdkCustomResourceHandler = async (event, lambdaContext) => {
  const request = parseRequest(event);
  const physicalId = await assignPhysicalId(request, contextOf(lambdaContext));
  consoleLog('begun', { request: request.type, ...request.resource, physicalId });
  // The framework hands on what is returned here, in the place of what came.
  return { PhysicalResourceId: physicalId, ...(request.type === 'Update' && { OldPhysicalId: request.physicalId }) };
};

export const isComplete: CdkCustomResourceIsCompleteHandler = async (event, lambdaContext) => {
  const request = parseRequest(event);
  const complete = await reconcile(request, event.PhysicalResourceId ?? '', contextOf(lambdaContext));
  if (complete === undefined) return { IsComplete: false };
  const { physicalId, attributes } = complete;
  consoleLog('complete', { request: request.type, ...request.resource, physicalId });
  // The framework puts what is returned here over what `onEvent` returned.
  return { IsComplete: true, PhysicalResourceId: physicalId, Data: { ...attributes } };
};

async function causeOf(clone: OwnedClone): Promise<FailureCause | undefined> {
  if (readsStackEvents !== 'true') return undefined;
  try {
    // The calls are created here, since few invocations need them, and a start should not wait for that.
    return await failureCause(
      clone,
      signedCalls(client.config, 'amplify', amplify),
      signedCalls(client.config, 'cloudformation', cloudFormation),
    );
  } catch (error) {
    const words = error instanceof Error ? error.message : 'unknown error';
    consoleLog("the events of the clone's stack cannot be read", { environmentName: clone.environmentName, words });
    return undefined;
  }
}

function contextOf(lambdaContext: Context): LifecycleContext {
  return {
    service,
    ledger,
    clock,
    log: consoleLog,
    failureCause: causeOf,
    deadline: clock.now() + lambdaContext.getRemainingTimeInMillis() - TIME_FOR_A_STEP,
    role: `The role of Lambda function ${lambdaContext.functionName}`,
  };
}
