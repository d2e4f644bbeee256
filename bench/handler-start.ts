import * as path from 'node:path';
import { alternating } from './alternating';
import { type Distribution, distributionOf, ratiosOf } from './distribution';
import type { Figure, Measurement } from './figure';
import { buildHandlerWithoutSdk, buildProbe, bundleAsDeployed, bundleBesideSdk } from './handler-bundles';
import { handlerProcesses, type Observation } from './handler-process';
import { inScratchFolder } from './scratch-folder';

const ROUNDS = 21;
const MOST_RATIO = 0.5;

type Of = (observation: Observation) => number;

export const handlerStart: Measurement = {
  title: 'Start of the handler',
  run: (tell) =>
    inScratchFolder(async (folder) => {
      const probe = path.join(folder, 'probe.js');
      const bundle = path.join(folder, 'deployed.js');
      const besideSdk = path.join(folder, 'beside-sdk.js');
      const withoutSdk = path.join(folder, 'without-sdk.js');
      await Promise.all([
        buildProbe(probe),
        bundleAsDeployed(bundle),
        bundleBesideSdk(besideSdk),
        buildHandlerWithoutSdk(withoutSdk),
      ]);
      const processes = await handlerProcesses();
      const measured = await alternating(
        ROUNDS,
        [bundle, besideSdk, withoutSdk],
        (handler) => processes.run({ probe, handler }),
        tell,
      ).finally(() => processes.close());

      const wall: Of = ({ start }) => start.milliseconds;
      const cpu: Of = ({ start }) => start.cpuMilliseconds;
      const milliseconds = (handler: string, of: Of): string =>
        `${distributionOf(measured(handler).map(of)).median.toFixed(0)} ms`;
      const ratio = (handler: string, of: Of): Distribution =>
        distributionOf(ratiosOf(measured(handler).map(of), measured(besideSdk).map(of)));
      const figure = (what: string, of: Of): Figure => ({
        what,
        measured: milliseconds(bundle, of),
        against: `${milliseconds(besideSdk, of)}: the SDK from node_modules`,
        ratio: ratio(bundle, of),
        target: `≤ ${MOST_RATIO}`,
        reached: ratio(bundle, of).median <= MOST_RATIO,
      });
      return {
        figures: [figure('handler start, elapsed', wall), figure('handler start, CPU time', cpu)],
        notes: [
          `${ROUNDS} rounds of processes, in turns. Each measures from the first line of a program that has loaded nothing yet (so Node's own start is not in it) to the answer of the first \`onEvent\`, a Create: the handler is loaded, and GetBackend and CloneBackend are answered by a service on the loopback interface. The files are in the file system's cache; a cold start in Lambda reads them from a disk that is not, which favours the smaller bundle more than this shows.`,
          `How low it could go: a handler of thirty lines that makes the same two calls with \`node:http\` and no SDK takes ${milliseconds(withoutSdk, cpu)} of CPU time, ${ratio(withoutSdk, cpu).median.toFixed(2)} of what the SDK from node_modules takes. That part is Node's own: its HTTP, TLS and crypto modules are loaded, and connections are made. The rest is the SDK: about half to compile and run its modules, half for its middleware to be set up and to sign.`,
        ],
      };
    }),
};
