import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { Listr } from 'listr2';
import { buildHandler } from '../scripts/build-handler';
import { bundleSize } from './bundle-size';
import type { Measurement } from './figure';
import { handlerStart } from './handler-start';
import { idleCost } from './idle-cost';
import { pollingMemory } from './polling-memory';
import { figureTable, type Part, performanceDocument, verdict } from './report';
import { simulatedClones } from './simulated-clones';
import { simulatorSpeed } from './simulator-speed';
import { synthTime } from './synth-time';
import { templateSize } from './template-size';
import { waiting } from './waiting';

const USAGE = `npm run bench

Measures size, speed and cost, compares them with their targets, and writes docs/PERFORMANCE.md. It takes several minutes.

  --help    prints this help`;

const root = path.join(__dirname, '..');
const DOCUMENT = path.join('docs', 'PERFORMANCE.md');
const NAMED_PACKAGES = ['aws-cdk-lib', '@aws-sdk/client-amplifybackend', 'esbuild'];

const MEASUREMENTS: readonly Measurement[] = [
  bundleSize,
  handlerStart,
  pollingMemory,
  templateSize,
  synthTime,
  simulatedClones,
  simulatorSpeed,
  waiting,
  idleCost,
];

async function main(): Promise<void> {
  let help: boolean;
  try {
    ({ help } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } } }).values);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (help) console.log(USAGE);
  else await measure();
}

async function measure(): Promise<void> {
  // Synthesis takes the handler from this folder.
  await buildHandler();
  const parts: Part[] = [];
  const isWatched = process.stdout.isTTY && process.env['CI'] === undefined;
  await new Listr(
    MEASUREMENTS.map(({ title, run }) => ({
      title,
      task: async (_, task) => {
        const finding = await run((progress) => {
          if (isWatched) task.output = progress;
        });
        parts.push({ title, ...finding });
      },
    })),
    {
      // A spinner's timer would take CPU time from the measurement.
      rendererOptions: { lazy: true },
      fallbackRenderer: 'simple',
      fallbackRendererCondition: !isWatched,
    },
  ).run();

  const figures = parts.flatMap((part) => part.figures);
  console.log(`\n${figureTable(figures)}\n\n${verdict(figures)}`);
  await mkdir(path.join(root, 'docs'), { recursive: true });
  await writeFile(path.join(root, DOCUMENT), performanceDocument(parts, await versions()));
  console.log(`The figures are in ${DOCUMENT}.`);
}

async function versions(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of NAMED_PACKAGES) {
    const { version }: { version: string } = JSON.parse(
      await readFile(path.join(root, 'node_modules', name, 'package.json'), 'utf8'),
    );
    found[name] = version;
  }
  return found;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
