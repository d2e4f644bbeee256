import type { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { distributionOf, mean } from './distribution';
import type { Finding } from './figure';
import { PRICE_TABLE, PRICES, PRICES_READ } from './prices';
import {
  CALL_MILLISECONDS,
  LEDGER_CALL_MILLISECONDS,
  type Simulated,
  type SimulatedClone,
  simulate,
} from './simulation';
import { POLL_SECONDS, SIMULATED_STACKS, TEXTBOOK_POLL_SECONDS } from './stacks';
import { table } from './table';

const MINUTE = 60 * 1000;
const MOST_RATIO = 0.6;
/** All functions, including the framework's, have Lambda's smallest memory size. */
const GIGABYTES = 128 / 1024;

/** Billed milliseconds. They cannot be measured here, so they are high estimates, the same for both handlers. */
const ASSUMED = {
  /** A cold start: the code is read, loaded and compiled on a fraction of a core. */
  coldStart: 1000,
  /** The CPU time of an invocation: 128 MB come with a fourteenth of a core, on which 2 ms of a whole core take 28. */
  ownTime: 30,
  serviceCall: (CALL_MILLISECONDS.shortest + CALL_MILLISECONDS.longest) / 2,
  ledgerCall: LEDGER_CALL_MILLISECONDS,
  /** The framework's functions wait for the handler's, and are billed for that time: one invocation on top of it. */
  frameworkCall: 50,
} as const;

/** The state machine ends with one transition after the last poll. It is counted, though it may not be billed. */
const LAST_TRANSITION = 1;

export interface Bill {
  readonly lambdaRequests: number;
  readonly lambdaSeconds: number;
  readonly transitions: number;
  readonly ledgerUnits: number;
  readonly dollars: number;
}

/** @param durations factor of the assumed durations of invocations */
export function billOf({ calls, ledger, invocations }: SimulatedClone, durations = 1): Bill {
  const count = (entryPoint: string): number => invocations.get(entryPoint) ?? 0;
  const ofHandler = count('index.onEvent') + count('index.isComplete');
  const ofFramework = count('framework.onEvent') + count('framework.isComplete') + count('framework.onTimeout');
  const handlerMilliseconds =
    calls * ASSUMED.serviceCall +
    ledger.calls * ASSUMED.ledgerCall +
    ofHandler * ASSUMED.ownTime +
    2 * ASSUMED.coldStart;
  const frameworkMilliseconds =
    handlerMilliseconds + ofFramework * (ASSUMED.frameworkCall + ASSUMED.ownTime) + 2 * ASSUMED.coldStart;
  const lambdaRequests = ofHandler + ofFramework;
  const lambdaSeconds = (durations * (handlerMilliseconds + frameworkMilliseconds)) / 1000;
  const transitions = count('framework.isComplete') + LAST_TRANSITION;
  const dollars =
    lambdaRequests * PRICES.lambdaRequest +
    lambdaSeconds * GIGABYTES * PRICES.lambdaGigabyteSecond +
    transitions * PRICES.stateTransition +
    ledger.readUnits * PRICES.ledgerReadUnit +
    ledger.writeUnits * PRICES.ledgerWriteUnit;
  return { lambdaRequests, lambdaSeconds, transitions, ledgerUnits: ledger.readUnits + ledger.writeUnits, dollars };
}

/** @param simulated clones of ten minutes with this handler */
export async function cost(assembly: CloudAssembly, simulated: Simulated): Promise<Finding> {
  const textbook = await simulate({
    assembly,
    stack: SIMULATED_STACKS.tenTextbookClones.name,
    appIds: ['d1a2b3c4d5e6f7'],
    arrivalMilliseconds: MINUTE,
    cloneMilliseconds: () => 10 * MINUTE,
    seed: 2,
  });
  if (textbook.failedStacks > 0) throw new Error('the textbook handler failed');
  const ratioAt = (durations: number) => {
    const textbookDollars = mean(textbook.clones.map((clone) => billOf(clone, durations).dollars));
    return distributionOf(simulated.clones.map((clone) => billOf(clone, durations).dollars / textbookDollars));
  };
  const ratio = ratioAt(1);
  const dollars = ({ clones }: Simulated): string => `$${mean(clones.map((each) => billOf(each).dollars)).toFixed(5)}`;
  return {
    figures: [
      {
        what: 'cost of a 10-minute clone',
        measured: dollars(simulated),
        against: `${dollars(textbook)}: the textbook handler at ${TEXTBOOK_POLL_SECONDS} s`,
        ratio,
        target: `≤ ${MOST_RATIO}`,
        reached: ratio.high <= MOST_RATIO,
      },
    ],
    notes: [
      `Cost: Lambda, Step Functions and DynamoDB, from the counts of the simulation and these prices (${PRICES_READ}):`,
      table(['what', 'price', 'source'], PRICE_TABLE),
      'One clone of ten minutes uses, on average:',
      table(
        ['', 'Lambda requests', 'Lambda seconds at 128 MB', 'state transitions', 'DynamoDB units', 'US dollars'],
        [
          summary(`this handler, every ${POLL_SECONDS} s`, simulated),
          summary(`textbook handler, every ${TEXTBOOK_POLL_SECONDS} s`, textbook),
        ],
      ),
      `The billed durations are assumptions, since they cannot be measured here. They are the same for both handlers: ${ASSUMED.coldStart} ms for each of the four functions that a clone starts cold; ${ASSUMED.serviceCall} ms for each call to the service and ${ASSUMED.ledgerCall} ms for each to DynamoDB, as simulated; ${ASSUMED.ownTime} ms of CPU time in each invocation (a poll takes about 2 ms of a whole core, and Lambda gives 128 MB a fourteenth of one: 1,769 MB come with one); the framework's functions wait for the handler's and are billed for that time, and for ${ASSUMED.frameworkCall} ms more. They matter little: state transitions are most of the cost, and with durations twice as long, the ratio is ${ratioAt(2).median.toFixed(3)} instead of ${ratio.median.toFixed(3)}. The saving comes from the longer interval.`,
    ],
  };
}

function summary(name: string, { clones }: Simulated): string[] {
  const bills = clones.map((clone) => billOf(clone));
  const average = (of: (bill: Bill) => number): number => mean(bills.map(of));
  return [
    name,
    average(({ lambdaRequests }) => lambdaRequests).toFixed(1),
    average(({ lambdaSeconds }) => lambdaSeconds).toFixed(1),
    average(({ transitions }) => transitions).toFixed(1),
    average(({ ledgerUnits }) => ledgerUnits).toFixed(1),
    average(({ dollars }) => dollars).toFixed(5),
  ];
}
