import { Faults } from '../simulator/amplify-backend/faults';
import { AmplifyBackend } from '../simulator/amplify-backend/model';
import { answer } from '../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS } from '../simulator/amplify-backend/variants';
import { sleep, VirtualClock } from '../simulator/clock';
import type { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { parseJsonObject } from '../simulator/cloudformation/json';
import { Region } from '../simulator/cloudformation/region';
import { parseItem, sizeOf } from '../simulator/dynamodb/item';
import { operationOf } from '../simulator/dynamodb/wire';
import { callerOf, senderOf } from '../simulator/histories/sender';
import { type Random, seededRandom } from '../simulator/random';
import { SOURCE } from './stacks';

/** The latency of a call to the service in milliseconds, uniformly distributed. AWS publishes no figure. */
export const CALL_MILLISECONDS = { shortest: 100, longest: 300 } as const;

/** DynamoDB promises "single-digit milliseconds"; the network latency is added. */
export const LEDGER_CALL_MILLISECONDS = 10;

export interface Plan {
  readonly assembly: CloudAssembly;
  /** The stack of the assembly to deploy: once for each app, all at the same time. */
  readonly stack: string;
  readonly appIds: readonly string[];
  readonly cloneMilliseconds: (random: Random) => number;
  /** The time span in which the requests of a stack reach the provider. */
  readonly arrivalMilliseconds?: number;
  /** The service's request limit. It answers 429 beyond that. */
  readonly callsPerSecond?: number;
  readonly seed: number;
}

export interface SimulatedClone {
  readonly stackName: string;
  /** From the end of its job to the answer that CloudFormation accepts. */
  readonly answerMilliseconds: number;
  /** Of AmplifyBackend. */
  readonly calls: number;
  readonly ledger: Readonly<LedgerUse>;
  /** By entry point of the function: `framework.onEvent`, `index.isComplete`, ... */
  readonly invocations: ReadonlyMap<string, number>;
}

export interface Simulated {
  readonly clones: readonly SimulatedClone[];
  /** Stacks whose deployment failed. */
  readonly failedStacks: number;
  /** From the first request to the last answer. */
  readonly elapsedMilliseconds: number;
  readonly acceptedCalls: number;
  readonly throttledCalls: number;
}

/** The request units that DynamoDB bills. */
export interface LedgerUse {
  calls: number;
  readUnits: number;
  writeUnits: number;
}

interface Tally {
  calls: number;
  readonly ledger: LedgerUse;
  readonly invocations: Map<string, number>;
}

/** Deploys stacks of clones on a virtual clock, and counts calls. */
export async function simulate(plan: Plan): Promise<Simulated> {
  const clock = new VirtualClock();
  const { callsPerSecond } = plan;
  const service = new AmplifyBackend({
    clock,
    random: seededRandom(plan.seed),
    variants: DEFAULT_VARIANTS,
    faults: new Faults(seededRandom(plan.seed), callsPerSecond === undefined ? {} : { callsPerSecond }),
    jobDuration: (_, random) => plan.cloneMilliseconds(random),
  });
  for (const appId of plan.appIds) {
    service.addApp(appId);
    service.addEnvironment(appId, SOURCE);
  }
  const jobEnds = new Map<string, number>();
  service.journal.onEvent((event) => {
    if (event.kind === 'job-ended') jobEnds.set(event.jobId, event.at);
  });

  const tallies = new Map<string, Tally>();
  const tallyOf = (stackName: string, logicalId: string): Tally => {
    const key = `${stackName}/${logicalId}`;
    const tally = tallies.get(key) ?? {
      calls: 0,
      ledger: { calls: 0, readUnits: 0, writeUnits: 0 },
      invocations: new Map(),
    };
    tallies.set(key, tally);
    return tally;
  };
  const latency = seededRandom(plan.seed + 1);
  let acceptedCalls = 0;
  let throttledCalls = 0;
  let firstRequestAt: number | undefined;
  let lastAnswerAt = clock.now();
  const clones: SimulatedClone[] = [];

  const region = new Region({
    clock,
    random: seededRandom(plan.seed + 2),
    settings: { delivery: (_, random) => [random.integer(0, plan.arrivalMilliseconds ?? 0)] },
    network: async (request, invocation) => {
      const caller = callerOf(invocation);
      const sender = senderOf(caller);
      if (sender !== undefined) tallyOf(sender.stackName, sender.logicalId).calls += 1;
      const milliseconds = latency.integer(CALL_MILLISECONDS.shortest, CALL_MILLISECONDS.longest);
      await sleep(clock, milliseconds / 2);
      const reply = await answer(service, request, caller);
      if (reply.kind === 'response' && reply.statusCode === 429) throttledCalls += 1;
      else acceptedCalls += 1;
      await sleep(clock, milliseconds / 2);
      return reply;
    },
    aroundCall: async (request, invocation, proceed) => {
      const operation = operationOf(request);
      if (operation === undefined) return proceed();
      await sleep(clock, LEDGER_CALL_MILLISECONDS / 2);
      const reply = await proceed();
      const sender = senderOf(callerOf(invocation));
      if (sender !== undefined && reply.kind === 'response') {
        const { ledger } = tallyOf(sender.stackName, sender.logicalId);
        ledger.calls += 1;
        if (operation === 'PutItem') ledger.writeUnits += unitsOf(request.body, 1024);
        else ledger.readUnits += unitsOf(reply.body, 4096);
      }
      await sleep(clock, LEDGER_CALL_MILLISECONDS / 2);
      return reply;
    },
    onInvocation: (invocation) => {
      const sender = senderOf(callerOf(invocation));
      if (sender === undefined) return;
      const { invocations } = tallyOf(sender.stackName, sender.logicalId);
      invocations.set(invocation.handler, (invocations.get(invocation.handler) ?? 0) + 1);
    },
    onRequestSent: () => {
      firstRequestAt ??= clock.now();
    },
    onAnswered: (request, given) => {
      lastAnswerAt = clock.now();
      if (given.kind !== 'success') return;
      const endedAt = jobEnds.get(String(given.data['JobId']));
      if (endedAt === undefined) throw new Error(`${request.LogicalResourceId} succeeded before its job had ended`);
      const stackName = request.StackId.split('/')[1] ?? '';
      const answerMilliseconds = clock.now() - endedAt;
      clones.push({ stackName, answerMilliseconds, ...tallyOf(stackName, request.LogicalResourceId) });
    },
  });

  const { template } = plan.assembly.stack(plan.stack);
  const deployments = plan.appIds.map((appId, index) =>
    region.deployTemplate(`${plan.stack}${index}`, { template, parameters: { AppId: appId }, assembly: plan.assembly }),
  );
  const deployed = await clock.runUntil(Promise.all(deployments));
  return {
    clones,
    failedStacks: deployed.filter(({ succeeded }) => !succeeded).length,
    elapsedMilliseconds: lastAnswerAt - (firstRequestAt ?? lastAnswerAt),
    acceptedCalls,
    throttledCalls,
  };
}

/** A read of a missing item is one unit, and so is a write whose condition fails. */
function unitsOf(body: string, bytesOfUnit: number): number {
  const { Item: item } = parseJsonObject(body, 'the body of a call of the ledger');
  return item === undefined ? 1 : Math.ceil(sizeOf(parseItem(item, 'Item')) / bytesOfUnit);
}
