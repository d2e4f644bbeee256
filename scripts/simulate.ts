import * as fc from 'fast-check';
import { history } from '../simulator/histories/drawn-history';
import { enact } from '../simulator/histories/enact';
import { synthesizeOurs } from '../test/histories/synthesized';

async function main() {
  const { assembly, dispose } = synthesizeOurs();
  const numRuns = Number(process.argv[2] ?? 20);
  const seed = Number(process.argv[3] ?? 7);
  const t0 = Date.now();
  let n = 0,
    virtual = 0,
    calls = 0;
  const kinds: Record<string, number> = {};
  for (const h of fc.sample(history, { numRuns, seed })) {
    try {
      const r = await enact(h, assembly);
      virtual += r.virtualSeconds;
      calls += r.calls;
      n++;
      if (r.violations.length) {
        const v = r.violations[0];
        const k = `${v?.promise}`;
        kinds[k] = (kinds[k] ?? 0) + 1;
        console.log(n - 1, v?.promise, v?.what.slice(0, 200));
      }
    } catch (e) {
      console.log(n, 'CRASH', e instanceof Error ? e.stack : e);
      n++;
    }
  }
  const s = (Date.now() - t0) / 1000;
  console.log({ n, s, virtualPerSecond: virtual / s, calls, kinds });
  dispose();
}
void main();
