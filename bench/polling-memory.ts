import * as path from 'node:path';
import { alternating } from './alternating';
import { distributionOf } from './distribution';
import type { Measurement } from './figure';
import { buildProbe, bundleAsDeployed } from './handler-bundles';
import { handlerProcesses, type Observation } from './handler-process';
import { inScratchFolder } from './scratch-folder';

const ROUNDS = 5;
/** An hour, at the default interval of ten seconds. */
const POLLS = 360;
/** The function's memory size in `CloneProvider`. Lambda's megabytes are 1,048,576 bytes. */
const FUNCTION_BYTES = 128 * 1024 * 1024;
const MOST_RATIO = 0.6;

/** The heap options of Lambda's Node.js runtime for a function of 128 MB: a tenth for new objects, in two halves. */
const LIMITS_OF_128_MB = ['--max-semi-space-size=6', '--max-old-space-size=116'];

export const pollingMemory: Measurement = {
  title: 'Memory over an hour of polling',
  run: (report) =>
    inScratchFolder(async (folder) => {
      const probe = path.join(folder, 'probe.js');
      const handler = path.join(folder, 'deployed.js');
      await Promise.all([buildProbe(probe), bundleAsDeployed(handler)]);
      const processes = await handlerProcesses();
      const run = (polls: number): Promise<Observation> =>
        processes.run({ probe, handler, polls, nodeOptions: LIMITS_OF_128_MB });
      const measured = await alternating(ROUNDS, [POLLS], run, report).finally(() => processes.close());
      const peaks = measured(POLLS).map(({ peakResidentBytes }) => peakResidentBytes);
      const ratio = distributionOf(peaks.map((bytes) => bytes / FUNCTION_BYTES));
      return {
        figures: [
          {
            what: 'peak resident memory over an hour',
            measured: `${(distributionOf(peaks).median / 1024 / 1024).toFixed(1)} MB`,
            against: '128 MB: the memory of the function',
            ratio,
            target: `≤ ${MOST_RATIO}`,
            reached: ratio.median <= MOST_RATIO,
          },
        ],
        notes: [
          `${POLLS} polls (an hour at the default interval, without the pauses) of one clone that stays RUNNING, in ${ROUNDS} processes with the heap limits that Lambda's runtime sets for 128 MB. The figure is the largest resident set of the whole process, including Node.js, as the operating system counts it. Lambda's own runtime client is not included.`,
        ],
      };
    }),
};
