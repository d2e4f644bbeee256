import * as path from 'node:path';
import { alternating } from './alternating';
import { distributionOf } from './distribution';
import type { Figure, Measurement } from './figure';
import { buildProbe, bundleAsDeployed } from './handler-bundles';
import { handlerProcesses, type Observation } from './handler-process';
import { inScratchFolder } from './scratch-folder';

const ROUNDS = 5;
/** An hour, at the default interval of ten seconds. */
const POLLS = 360;
const MOST_RATIO = 1.05;

/** What Lambda's Node.js runtime gives a function of 128 MB: a tenth for new objects, in two halves. */
const LIMITS_OF_128_MB = ['--max-semi-space-size=6', '--max-old-space-size=116'];

const COLLECTING = ['--expose-gc'];
const NOT_COMPILING = ['--expose-gc', '--jitless'];
const UNDISTURBED: readonly string[] = [];

type Memory = Observation['memories'][number];

export const pollingMemory: Measurement = {
  title: 'Memory over an hour of polling',
  run: (tell) =>
    inScratchFolder(async (folder) => {
      const probe = path.join(folder, 'probe.js');
      const handler = path.join(folder, 'deployed.js');
      await Promise.all([buildProbe(probe), bundleAsDeployed(handler)]);
      const processes = await handlerProcesses();
      const run = (options: readonly string[]): Promise<Observation> =>
        processes.run({ probe, handler, polls: POLLS, nodeOptions: [...LIMITS_OF_128_MB, ...options] });
      const measured = await alternating(ROUNDS, [COLLECTING, NOT_COMPILING, UNDISTURBED], run, tell).finally(() =>
        processes.close(),
      );
      const figure = (what: string, options: readonly string[], of: (memory: Memory) => number): Figure => {
        const observations = measured(options);
        const first = observations.map(({ memories }) => of(memoryAfterFirst(memories)));
        const peak = observations.map(({ memories }) => Math.max(...memories.map(of)));
        const ratio = distributionOf(peak.map((bytes, index) => bytes / (first[index] ?? Number.NaN)));
        const megabytes = (values: readonly number[]): string =>
          `${(distributionOf(values).median / 1e6).toFixed(1)} MB`;
        return {
          what,
          measured: megabytes(peak),
          against: `${megabytes(first)}: after the first poll`,
          ratio,
          target: `≤ ${MOST_RATIO}`,
          reached: ratio.median <= MOST_RATIO,
        };
      };
      return {
        figures: [
          figure('peak memory in use over an hour', COLLECTING, ({ liveBytes }) => liveBytes),
          figure('the same without compiled code', NOT_COMPILING, ({ liveBytes }) => liveBytes),
          figure('peak resident memory over an hour', UNDISTURBED, ({ residentBytes }) => residentBytes),
        ],
        notes: [
          `${POLLS} polls (an hour at the default interval, without the pauses) of one clone that stays RUNNING, in ${3 * ROUNDS} processes with the heap limits that Lambda's runtime sets for 128 MB. "In use" is the heap and what hangs on it after a garbage collection: what would grow if the handler kept anything. It grows by the machine code that V8 makes of functions that run often, most of it in the first fifty polls, and by nothing else: heap snapshots after 800 and after 3,800 polls differ in code and in what V8 keeps next to it alone; the second figure is taken with V8's compilers off (\`--jitless\`). "Resident" is what the operating system counts, with no collection asked for: Node lets new objects gather up to its limits before it collects them, which no handler decides. It stays far below the 128 MB that the function has.`,
        ],
      };
    }),
};

function memoryAfterFirst([first]: readonly Memory[]): Memory {
  if (first === undefined) throw new Error('the handler was not polled');
  return first;
}
