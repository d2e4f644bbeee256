import type { AmplifyBackend } from '../amplify-backend/model';
import { answer } from '../amplify-backend/request-handler';
import { parseCall, type WireRequest } from '../amplify-backend/wire';
import { sleep, type VirtualClock } from '../clock';
import type { AroundCall } from '../cloudformation/region';
import { FAULTS as LEDGER_FAULTS, replyWithFault } from '../dynamodb/faults';
import { operationOf } from '../dynamodb/wire';
import type { Invocation, Network, NetworkReply } from '../lambda/lambda-function';
import { type Random, seededRandom } from '../random';
import type { History } from './history';
import type { Moments } from './moments';
import { callerOf, senderOf, targetOf } from './sender';

/** If two kills come close together, the request that cleans up after the first is killed, too, and nothing tells of it. */
const BETWEEN_KILLS = 60 * 60 * 1000;

/** More calls than any invocation makes that returns. Further ones hang, until the function times out. */
const MOST_CALLS = 1000;

const LOST_ANSWERS = [
  '500 before acceptance',
  '504 after acceptance',
  '504 after acceptance',
  'reset before acceptance',
  'reset after acceptance',
  'reset after acceptance',
  'HTML body',
] as const;

interface Surroundings {
  readonly clock: VirtualClock;
  readonly service: AmplifyBackend;
  readonly moments: Moments;
  /** How DynamoDB answers a role that is not allowed to call it. */
  readonly denyLedgerAccess: (request: WireRequest) => NetworkReply;
}

/** The calls that the handler makes, and what goes wrong with them. */
export class HandlerCalls {
  private readonly random: Random;
  private readonly ledgerRandom: Random;
  private readonly countOf = new Map<Invocation, number>();
  private noKillBefore = 0;

  constructor(
    private readonly history: History,
    private readonly surroundings: Surroundings,
  ) {
    this.random = seededRandom(history.seed);
    this.ledgerRandom = seededRandom(history.seed + 3);
  }

  /** Answers the calls of AmplifyBackend. */
  readonly network: Network = (request, invocation) => {
    const { service } = this.surroundings;
    const { cloneAnswerLost, deletionAnswerLost, callerRights } = this.history.service;
    const call = parseCall(request);
    const operation = call.kind === 'answered' ? call.answer.operation : undefined;
    if (operation === 'CloneBackend' && this.random.chance(cloneAnswerLost)) this.loseAnswer(operation);
    if (operation === 'DeleteBackend' && this.random.chance(deletionAnswerLost)) this.loseAnswer(operation);
    return answer(service, request, callerOf(invocation), { callerRights, role: roleOf(invocation) });
  };

  private loseAnswer(operation: 'CloneBackend' | 'DeleteBackend'): void {
    this.surroundings.service.faults.next(operation, this.random.pick(LOST_ANSWERS));
  }

  /** What happens to a call of AmplifyBackend or DynamoDB on its way: it takes time, hangs, fails, or the function is killed. */
  readonly around: AroundCall = (request, invocation, proceed) => {
    const count = (this.countOf.get(invocation) ?? 0) + 1;
    this.countOf.set(invocation, count);
    if (count > MOST_CALLS) return never();
    const ledgerOperation = operationOf(request);
    const changes = ledgerOperation === undefined ? isChange(request) : ledgerOperation === 'PutItem';
    return this.disturb(changes, async () => {
      if (ledgerOperation === undefined) return proceed();
      const reply = await this.callLedger(request, invocation, proceed);
      if (ledgerOperation === 'PutItem' && isDone(reply)) {
        this.surroundings.moments.happens('the ledger is written', targetOf(invocation));
      }
      return reply;
    });
  };

  private async disturb(changes: boolean, proceed: () => Promise<NetworkReply>): Promise<NetworkReply> {
    const { killedBeforeCall, killedAfterCall, killedAroundChange, callHangs } = this.history.lambda;
    const isAroundChange = changes ? killedAroundChange / 2 : 0;
    if (this.isKilled(killedBeforeCall + isAroundChange)) return this.kill();
    const hangs = this.random.chance(callHangs);
    if (hangs && this.random.chance(0.5)) return never();
    await this.delay();
    const reply = await proceed();
    if (hangs) return never();
    if (this.isKilled(killedAfterCall + isAroundChange)) return this.kill();
    await this.delay();
    return reply;
  }

  private async delay(): Promise<void> {
    const { longestWayMilliseconds } = this.history.lambda;
    if (longestWayMilliseconds === 0) return;
    await sleep(this.surroundings.clock, this.random.integer(0, longestWayMilliseconds));
  }

  private isKilled(probability: number): boolean {
    return this.surroundings.clock.now() >= this.noKillBefore && this.random.chance(probability);
  }

  private kill(): NetworkReply {
    this.noKillBefore = this.surroundings.clock.now() + BETWEEN_KILLS;
    return { kind: 'killed' };
  }

  private async callLedger(
    request: WireRequest,
    invocation: Invocation,
    proceed: () => Promise<NetworkReply>,
  ): Promise<NetworkReply> {
    const { service, denyLedgerAccess } = this.surroundings;
    // IAM is one system: while a new role is denied one service, it is denied the other.
    if (service.permissions.isAccessDenied(roleOf(invocation))) return denyLedgerAccess(request);
    const fault = LEDGER_FAULTS.find((each) => this.ledgerRandom.chance(this.history.ledger[each]));
    return fault === undefined ? proceed() : replyWithFault(fault, proceed, this.ledgerRandom);
  }
}

/** Each stack has a provider, and so a role, of its own. */
function roleOf(invocation: Invocation): string {
  return senderOf(callerOf(invocation))?.stackName ?? '';
}

function isChange({ path }: WireRequest): boolean {
  return path.endsWith('/clone') || path.endsWith('/remove');
}

function isDone(reply: NetworkReply): boolean {
  return reply.kind === 'response' && reply.statusCode === 200;
}

function never(): Promise<NetworkReply> {
  return new Promise(() => {});
}
