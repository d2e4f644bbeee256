import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import type {
  CdkCustomResourceHandler,
  CdkCustomResourceIsCompleteHandler,
  CdkCustomResourceIsCompleteResponse,
  CdkCustomResourceResponse,
  Context,
} from 'aws-lambda';
import { amplifyBackendService } from './amplify-backend-service';
import { begin, poll } from './clone-lifecycle';
import { consoleLog } from './log';
import { parseProgress } from './progress';
import { parseRequest } from './request';
import type { HandlerClock, World } from './world';

/*
 * The two entry points that the provider framework calls, and all of the wiring: the SDK's client, the clock, the log.
 */

/**
 * The lifecycle repeats by its own rules, so the SDK does not; and a call that hangs must leave time for what follows.
 */
const client = new AmplifyBackendClient({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});
const service = amplifyBackendService(client, consoleLog);
const clock: HandlerClock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
};

/** Left of an invocation's time for the last call and the answer. */
const TIME_TO_ANSWER = 12_000;

export const onEvent: CdkCustomResourceHandler = async (event, context): Promise<CdkCustomResourceResponse> => {
  const request = parseRequest(event);
  const { physicalId, progress } = await begin(request, worldOf(context));
  consoleLog('begun', { request: request.type, ...request.resource, physicalId, step: progress.step });
  return { PhysicalResourceId: physicalId, Progress: progress };
};

export const isComplete: CdkCustomResourceIsCompleteHandler = async (
  event,
  context,
): Promise<CdkCustomResourceIsCompleteResponse> => {
  const request = parseRequest(event);
  const progress = parseProgress(event['Progress']);
  const data = await poll(request, event.PhysicalResourceId ?? '', progress, worldOf(context));
  if (data === undefined) return { IsComplete: false };
  consoleLog('complete', { request: request.type, ...request.resource });
  return { IsComplete: true, Data: { ...data } };
};

function worldOf(context: Context): World {
  return {
    service,
    clock,
    log: consoleLog,
    deadline: clock.now() + context.getRemainingTimeInMillis() - TIME_TO_ANSWER,
    roleHint: `The role of the Lambda function ${context.functionName}`,
  };
}
