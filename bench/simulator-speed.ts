import * as fc from 'fast-check';
import { history } from '../simulator/histories/drawn-history';
import { runHistory } from '../simulator/histories/run-history';
import { synthesizeThisHandler } from '../test/histories/synthesized';
import { distributionOf } from './distribution';
import type { Measurement } from './figure';

const SEED = 7;
const BATCHES = 8;
const HISTORIES_OF_A_BATCH = 25;
const LEAST = 10_000;

export const simulatorSpeed: Measurement = {
  title: 'Speed of the simulator',
  run: async (report) => {
    const { assembly, dispose } = await synthesizeThisHandler();
    const elapsed: number[] = [];
    const cpu: number[] = [];
    let broken = 0;
    try {
      const drawn = fc.sample(history, { numRuns: BATCHES * HISTORIES_OF_A_BATCH, seed: SEED });
      for (let batch = 0; batch < BATCHES; batch += 1) {
        report(`batch ${batch + 1} of ${BATCHES}`);
        let virtualSeconds = 0;
        const startedAt = performance.now();
        const before = process.cpuUsage();
        for (const each of drawn.slice(batch * HISTORIES_OF_A_BATCH, (batch + 1) * HISTORIES_OF_A_BATCH)) {
          const historyRun = await runHistory(each, assembly);
          virtualSeconds += historyRun.virtualSeconds;
          broken += historyRun.violations.length;
        }
        const { user, system } = process.cpuUsage(before);
        elapsed.push((virtualSeconds * 1000) / (performance.now() - startedAt));
        cpu.push((virtualSeconds * 1e6) / (user + system));
      }
    } finally {
      dispose();
    }
    const ratio = distributionOf(elapsed);
    const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
    return {
      figures: [
        {
          what: 'simulator, invariants checked',
          measured: `${thousands(ratio.median)} virtual seconds`,
          against: '1 real second',
          ratio,
          target: `≥ ${thousands(LEAST)}`,
          reached: ratio.median >= LEAST,
        },
      ],
      notes: [
        `${BATCHES} batches of ${HISTORIES_OF_A_BATCH} random histories of seed ${SEED}, one core, with every guarantee checked after each step. The first batch includes the compilation of the code. Per second of CPU time it is ${thousands(distributionOf(cpu).median)}. ${broken === 0 ? 'No guarantee was broken.' : `${broken} violations were found. Run the simulation (\`npm run simulate\`) to find their cause.`}`,
      ],
    };
  },
};
