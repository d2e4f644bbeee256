import * as path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { slimSdk } from './slim-sdk';

const root = path.join(__dirname, '..');

export interface HandlerFiles {
  readonly entry: string;
  readonly outfile: string;
  readonly plugins?: readonly Plugin[];
}

export const HANDLER: HandlerFiles = {
  entry: path.join(root, 'lambda', 'index.ts'),
  outfile: path.join(root, 'assets', 'handler', 'index.js'),
};

/**
 * Bundles the handler into the one file that is deployed, so that users of the construct need no bundler.
 * Returns the file's size in bytes.
 */
export async function buildHandler(files: HandlerFiles = HANDLER): Promise<number> {
  const { outputs } = await bundle(files);
  return Object.values(outputs).reduce((total, output) => total + output.bytes, 0);
}

/** The files in the bundle, relative to the checkout. */
export async function bundledFiles(): Promise<readonly string[]> {
  const { inputs } = await bundle(HANDLER);
  return Object.keys(inputs);
}

async function bundle({ entry, outfile, plugins = [slimSdk()] }: HandlerFiles): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    plugins: [...plugins],
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
    // The SDK loads node:http by `import()`, for which Node would start its loader of ES modules in a CommonJS bundle:
    // some milliseconds of each cold start, and a way around the simulator's own `require`.
    supported: { 'dynamic-import': false },
    // The SDK asks of each body whether it is a web stream, and Node loads its web streams when the name is first
    // used. The bodies here come from node:http, which has no web streams. So `typeof ReadableStream` is a constant here.
    define: { ReadableStream: 'undefined' },
  });
  return metafile;
}

if (require.main === module) {
  buildHandler().then(
    (bytes) => console.log(`assets/handler/index.js: ${(bytes / 1000).toFixed(1)} kB`),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
