import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { architecture } from './docs/architecture';
import { A_CLONE, A_CLONE_THAT_FAILS, withSynthesizedApp } from './docs/observed-deployment';
import { timeline } from './docs/timeline';

/** The pictures of the README, by their file names in docs/. */
export function drawDocs(): Promise<ReadonlyMap<string, string>> {
  return withSynthesizedApp(async (deploy) => {
    const clone = await deploy(A_CLONE);
    const failure = await deploy(A_CLONE_THAT_FAILS);
    return new Map([
      ['architecture.svg', architecture(clone)],
      ['timeline.svg', timeline('A deployment that clones an environment', clone)],
      [
        'timeline-of-a-failure.svg',
        timeline('A clone that fails: what is left is removed before the failure is reported', failure),
      ],
    ]);
  });
}

async function main(): Promise<void> {
  const directory = path.join(__dirname, '..', 'docs');
  await fs.mkdir(directory, { recursive: true });
  for (const [name, svg] of await drawDocs()) {
    await fs.writeFile(path.join(directory, name), svg);
    console.log(`docs/${name}`);
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exitCode = 1;
  });
}
