import * as path from 'node:path';
import { alternating } from './alternating';
import { type Distribution, distributionOf, ratiosOf } from './distribution';
import type { Figure, Measurement } from './figure';
import { buildProbe, bundleAsDeployed, bundleBesideSdk } from './handler-bundles';
import { handlerProcesses, type Observation } from './handler-process';
import { inScratchFolder } from './scratch-folder';

const ROUNDS = 21;
const MOST_RATIO = 0.5;

type Of = (observation: Observation) => number;

export const handlerStart: Measurement = {
  title: 'Start of the handler',
  run: (report) =>
    inScratchFolder(async (folder) => {
      const probe = path.join(folder, 'probe.js');
      const bundle = path.join(folder, 'deployed.js');
      const besideSdk = path.join(folder, 'beside-sdk.js');
      await Promise.all([buildProbe(probe), bundleAsDeployed(bundle), bundleBesideSdk(besideSdk)]);
      const processes = await handlerProcesses();
      const measured = await alternating(
        ROUNDS,
        [bundle, besideSdk],
        (handler) => processes.run({ probe, handler, polls: 1 }),
        report,
      ).finally(() => processes.close());

      const milliseconds = (handler: string, of: Of): string =>
        `${distributionOf(measured(handler).map(of)).median.toFixed(0)} ms`;
      const ratio = (handler: string, of: Of): Distribution =>
        distributionOf(ratiosOf(measured(handler).map(of), measured(besideSdk).map(of)));
      const figure = (what: string, of: Of, most: number | undefined): Figure => ({
        what,
        measured: milliseconds(bundle, of),
        against: `${milliseconds(besideSdk, of)}: the SDK from node_modules`,
        ratio: ratio(bundle, of),
        target: most === undefined ? '' : `≤ ${most}`,
        reached: most === undefined || ratio(bundle, of).median <= most,
      });
      return {
        figures: [
          figure('handler start, elapsed', ({ start }) => start.milliseconds, MOST_RATIO),
          figure('handler start, CPU time', ({ start }) => start.cpuMilliseconds, MOST_RATIO),
          figure('start and first poll, elapsed', ({ firstPoll }) => firstPoll.milliseconds, undefined),
          figure('start and first poll, CPU time', ({ firstPoll }) => firstPoll.cpuMilliseconds, undefined),
        ],
        notes: [
          `${ROUNDS} rounds of processes, in turns. Each measures from the first line of a program that has loaded nothing yet (so Node's own start is not included) to the answer of the first \`onEvent\`, a Create: the handler is loaded, and the clone gets its physical ID. \`onEvent\` makes no calls, so the second pair continues to the answer of the first \`isComplete\`, which calls the ledger, GetBackend and CloneBackend on the loopback interface. That runs the SDK's own code, which is the same on both sides. Here, the files are in the file system's cache. A cold start in Lambda reads them from a disk, so a smaller bundle is a larger advantage there.`,
        ],
      };
    }),
};
