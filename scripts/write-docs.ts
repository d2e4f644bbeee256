import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { quote } from '../test/docs/failure-scenes';
import { synthesizeThisHandler } from '../test/histories/synthesized';
import prepare from '../test/lifecycle/prepare';
import { architecture } from './docs/architecture';
import { A_CLONE, A_CLONE_THAT_FAILS, withSynthesizedApp } from './docs/observed-deployment';
import { withQuotations } from './docs/quotations';
import { stageDiagram, withDiagram } from './docs/stage-diagram';
import { timeline } from './docs/timeline';
import { withoutTemplateChecks } from './without-template-checks';

const DIRECTORY = path.join(__dirname, '..', 'docs');
const TROUBLESHOOTING = 'troubleshooting.md';
const ARCHITECTURE = 'architecture.md';

/** The pictures of the documents, by file name in docs/. */
export function drawPictures(): Promise<ReadonlyMap<string, string>> {
  return withSynthesizedApp(async (deploy) => {
    const clone = await deploy(A_CLONE);
    const failure = await deploy(A_CLONE_THAT_FAILS);
    return new Map([
      ['architecture.svg', architecture(clone)],
      ['timeline.svg', timeline('A deployment that clones an environment', clone)],
      [
        'timeline-of-a-failure.svg',
        timeline('A clone that fails: the handler deletes what it left, then reports the failure', failure),
      ],
    ]);
  });
}

async function main(): Promise<void> {
  await prepare();
  const written = new Map([
    ...(await withoutTemplateChecks(drawPictures)),
    [TROUBLESHOOTING, await withQuotations(await pageOf(TROUBLESHOOTING), quote)],
    [ARCHITECTURE, withDiagram(await pageOf(ARCHITECTURE), await drawStages())],
  ]);
  for (const [name, content] of written) {
    await fs.writeFile(path.join(DIRECTORY, name), content);
    console.log(`docs/${name}`);
  }
}

function pageOf(name: string): Promise<string> {
  return fs.readFile(path.join(DIRECTORY, name), 'utf8');
}

async function drawStages(): Promise<string> {
  const { assembly, dispose } = await synthesizeThisHandler();
  try {
    return await stageDiagram(assembly);
  } finally {
    dispose();
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  });
}
