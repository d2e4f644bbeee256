import type { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { cost } from './clone-cost';
import { distributionOf, mean } from './distribution';
import type { Figure, Finding, Measurement } from './figure';
import { inScratchFolder } from './scratch-folder';
import { CALL_MILLISECONDS, type Simulated, simulate } from './simulation';
import { POLL_SECONDS, SIMULATED_STACKS, synthesizeSimulatedStacks } from './stacks';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const TEN_MINUTES = (): number => 10 * MINUTE;

const MOST_DELAY_RATIO = 1.2;
const MOST_CALLS_RATIO = 1.1;
const CALLS_PER_SECOND = 10;
const MOST_CROWD_RATIO = 1.5;

export const simulatedClones: Measurement = {
  title: 'Clones on the virtual clock',
  run: (report) =>
    inScratchFolder(async (folder) => {
      report('synthesizing');
      const assembly = synthesizeSimulatedStacks(folder);
      report('1,000 clones');
      const delay = await answerDelay(assembly);
      report('clones of ten minutes');
      const calls = await serviceCalls(assembly);
      report('the textbook handler');
      const price = await cost(assembly, calls.simulated);
      report('100 clones at once');
      const crowd = await manyAtOnce(assembly);
      const figures = [delay, calls.figure, crowd.figure, ...price.figures];
      const notes = [
        `The stacks are those of a real synthesis, with the bundled handler and the provider framework's own code, on the simulator's virtual clock. Every call to the service takes ${CALL_MILLISECONDS.shortest} to ${CALL_MILLISECONDS.longest} ms, uniformly distributed; the latency at AWS is not known. The overhead of Lambda and Step Functions is not simulated. Job's end to answer: 1,000 clones of 2 to 6 minutes, in ten stacks of 100; the spread is that of the ten means. It does not depend on the duration of a clone, but on the time between its end and the next poll. Calls: ${SIMULATED_STACKS.tenClones.clones} clones of ten minutes without outputs, each compared with one call to clone and one for each poll. The others are one read of the app before the clone, one after it, and one of the new environment (an \`output\` adds two more).`,
        ...crowd.notes,
        ...price.notes,
      ];
      return { figures, notes } satisfies Finding;
    }),
};

async function answerDelay(assembly: CloudAssembly): Promise<Figure> {
  const stacks = 10;
  const { clones } = completed(
    await simulate({
      assembly,
      stack: SIMULATED_STACKS.hundredClones.name,
      appIds: Array.from({ length: stacks }, (_, index) => `d${index}`.padEnd(8, 'a')),
      arrivalMilliseconds: MINUTE,
      cloneMilliseconds: (random) => random.integer(2 * MINUTE, 6 * MINUTE),
      seed: 1,
    }),
  );
  const half = (POLL_SECONDS / 2) * SECOND;
  const delays = clones.map(({ answerMilliseconds }) => answerMilliseconds);
  const means = [...new Set(clones.map(({ stackName }) => stackName))].map((name) =>
    mean(clones.filter(({ stackName }) => stackName === name).map(({ answerMilliseconds }) => answerMilliseconds)),
  );
  const ratio = { ...distributionOf(means.map((each) => each / half)), median: mean(delays) / half };
  return {
    what: "from the job's end to the answer",
    measured: `${(mean(delays) / SECOND).toFixed(2)} s on average`,
    against: `${half / SECOND} s: half the poll interval`,
    ratio,
    target: `≤ ${MOST_DELAY_RATIO}`,
    reached: ratio.median <= MOST_DELAY_RATIO,
  };
}

async function serviceCalls(assembly: CloudAssembly): Promise<{ figure: Figure; simulated: Simulated }> {
  const simulated = completed(
    await simulate({
      assembly,
      stack: SIMULATED_STACKS.tenClones.name,
      appIds: ['d1a2b3c4d5e6f7'],
      arrivalMilliseconds: MINUTE,
      cloneMilliseconds: TEN_MINUTES,
      seed: 2,
    }),
  );
  const calls = simulated.clones.map((clone) => clone.calls);
  const needed = simulated.clones.map(({ invocations }) => 1 + (invocations.get('index.isComplete') ?? 0));
  const ratio = distributionOf(calls.map((count, index) => count / (needed[index] ?? Number.NaN)));
  return {
    simulated,
    figure: {
      what: 'service calls of a 10-minute clone',
      measured: mean(calls).toFixed(1),
      against: `${mean(needed).toFixed(1)}: one clone call, one per poll`,
      ratio,
      target: `≤ ${MOST_CALLS_RATIO}`,
      reached: ratio.high <= MOST_CALLS_RATIO,
    },
  };
}

async function manyAtOnce(assembly: CloudAssembly): Promise<{ figure: Figure; notes: string[] }> {
  const { name, clones } = SIMULATED_STACKS.hundredClones;
  const runs: Simulated[] = [];
  for (const seed of [3, 4, 5]) {
    const appIds = ['d1a2b3c4d5e6f7'];
    runs.push(
      await simulate({
        assembly,
        stack: name,
        appIds,
        cloneMilliseconds: TEN_MINUTES,
        callsPerSecond: CALLS_PER_SECOND,
        seed,
      }),
    );
  }
  const elapsed = runs.map(({ elapsedMilliseconds }) => elapsedMilliseconds / SECOND);
  const fastest = runs.map(({ acceptedCalls }) => acceptedCalls / CALLS_PER_SECOND);
  const ratio = distributionOf(elapsed.map((seconds, index) => seconds / (fastest[index] ?? Number.NaN)));
  const succeeded = Math.min(...runs.map((run) => run.clones.length));
  const throttled = mean(runs.map(({ throttledCalls }) => throttledCalls));
  const seconds = (values: readonly number[]): string => `${distributionOf(values).median.toFixed(0)} s`;
  return {
    figure: {
      what: `${clones} clones of 10 minutes at once, ${CALLS_PER_SECOND} calls a second`,
      measured: `${seconds(elapsed)}, ${succeeded} succeed`,
      against: `${seconds(fastest)}: accepted calls ÷ ${CALLS_PER_SECOND}`,
      ratio,
      target: `all succeed, and ≤ ${MOST_CROWD_RATIO}`,
      reached: succeeded === clones && ratio.high <= MOST_CROWD_RATIO,
    },
    notes: [
      `100 at once: one stack; the service answers 429 to the eleventh and each further call within a second. ${throttled.toFixed(0)} calls are refused on average, and ${mean(runs.map((run) => run.acceptedCalls)).toFixed(0)} are accepted. Alone, a clone takes 600 s. At the default interval, a hundred clones make ten calls a second, which is exactly what the service accepts.`,
    ],
  };
}

function completed(simulated: Simulated): Simulated {
  if (simulated.failedStacks > 0) throw new Error(`${simulated.failedStacks} stacks of clones failed in the simulator`);
  return simulated;
}
