import type { JournalEvent } from '../amplify-backend/journal';
import type { WireRequest } from '../amplify-backend/wire';
import { VirtualClock } from '../clock';
import type { CloudAssembly } from '../cloudformation/cloud-assembly';
import type { Reception } from '../cloudformation/custom-resource-exchange';
import type { CustomResourceAnswer, CustomResourceRequest } from '../cloudformation/custom-resource-protocol';
import { faultyDelivery } from '../cloudformation/delivery';
import { Region } from '../cloudformation/region';
import type { StackEvent } from '../cloudformation/stack-event';
import type { Invocation, NetworkReply } from '../lambda/lambda-function';
import { seededRandom } from '../random';
import { GuaranteeChecker } from './checker/guarantee-checker';
import type { ExceptionName, Violation } from './checker/guarantees';
import { HandlerCalls } from './handler-calls';
import type { History, OtherAction } from './history';
import { stackNames } from './history-stacks';
import { Moments, type Subject } from './moments';
import { actAsOthers, subjectOfAction } from './other-people';
import { createService } from './simulated-service';
import { takeSteps } from './stack-steps';
import { truthOf } from './truth';

export interface HistoryRun {
  readonly violations: readonly Violation[];
  /** How often what no handler can prevent has happened. */
  readonly exceptions: readonly (readonly [ExceptionName, number])[];
  readonly virtualSeconds: number;
  readonly calls: number;
}

/** Receives all that happens, in order. */
export interface Observer {
  stackEvent?(event: StackEvent): void;
  serviceEvent?(event: JournalEvent): void;
  request?(at: number, request: CustomResourceRequest): void;
  answer?(at: number, request: CustomResourceRequest, answer: CustomResourceAnswer, reception: Reception): void;
  /** Other people do something. */
  otherAction?(at: number, otherAction: OtherAction, subject: Subject): void;
  call?(at: number, request: WireRequest, invocation: Invocation, reply: NetworkReply): void;
  log?(at: number, message: string): void;
}

/** Longer than any request, and any job that is not stuck, can take after the last step. */
const UNTIL_QUIET = 3 * 60 * 60 * 1000;

/** Runs one history from beginning to end, on a clock of its own. */
export async function runHistory(
  history: History,
  assembly: CloudAssembly,
  observer: Observer = {},
): Promise<HistoryRun> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const moments = new Moments(clock);
  const service = createService(history, clock, moments);
  const handlerCalls = new HandlerCalls(history, {
    clock,
    service,
    moments,
    denyLedgerAccess: (request) => region.dynamoDb.denyAccess(request),
  });
  let calls = 0;

  const region: Region = new Region({
    clock,
    random: seededRandom(history.seed + 1),
    network: handlerCalls.network,
    aroundCall: async (request, invocation, proceed) => {
      calls += 1;
      const reply = await handlerCalls.around(request, invocation, proceed);
      observer.call?.(clock.now(), request, invocation, reply);
      return reply;
    },
    settings: {
      failedUpdate: history.cloudFormation.failedUpdate,
      delivery: faultyDelivery(history.cloudFormation),
      signaturesMatter: false,
      coldStart: (_, drawn) => drawn.chance(history.lambda.coldStart),
    },
    onRequestSent: (request) => {
      observer.request?.(clock.now(), request);
      checker.requestSent(request);
      moments.happens('a request is sent', subjectOf(request), clock.now());
    },
    onAnswered: (request, reply, reception) => {
      observer.answer?.(clock.now(), request, reply, reception);
      checker.answered(request, reply, reception);
      moments.happens('a request is answered', subjectOf(request), clock.now());
    },
    onEvent: (event) => {
      observer.stackEvent?.(event);
      checker.stackDid(event);
    },
    log: (entry) => observer.log?.(entry.at, entry.message),
  });
  const checker = new GuaranteeChecker(truthOf(history, { clock, service, region }));
  service.journal.onEvent((event) => {
    observer.serviceEvent?.(event);
    checker.serviceDid(event);
    if (event.kind === 'clone-accepted') {
      moments.happens('CloneBackend is accepted', { appId: event.appId, environment: event.target }, event.at);
    }
    if (event.kind === 'delete-accepted') moments.happens('DeleteBackend is accepted', event, event.at);
  });

  const { pollInterval } = history;
  const names = stackNames(history);
  const surroundings = { assembly, pollInterval, region, clock, service, moments };
  const stacks = history.stacks.map((plan, index) => takeSteps(plan, names[index] ?? '', surroundings));
  for (const otherAction of history.otherActions) {
    moments.plan(otherAction.when, (concerned) => {
      const subject = subjectOfAction(otherAction, concerned);
      if (subject === undefined) return;
      observer.otherAction?.(clock.now(), otherAction, subject);
      actAsOthers(otherAction, subject, service, clock);
    });
  }
  await clock.runUntil(Promise.all(stacks));
  await clock.advance(UNTIL_QUIET);
  checker.allIsQuiet();
  return {
    violations: checker.violations,
    exceptions: [...checker.exceptions],
    virtualSeconds: (clock.now() - startedAt) / 1000,
    calls,
  };
}

function subjectOf({ ResourceProperties: properties }: CustomResourceRequest): Subject {
  return { appId: String(properties['AppId']), environment: String(properties['TargetEnvironmentName']) };
}
