import * as path from 'node:path';
import { build } from 'esbuild';
import { buildHandler } from '../scripts/build-handler';

const root = path.join(__dirname, '..');
const entry = path.join(root, 'lambda', 'index.ts');

/** The bundle that is deployed. Returns its size in bytes. */
export function bundleAsDeployed(outfile: string): Promise<number> {
  return buildHandler({ entry, outfile });
}

/** The bundle with esbuild's defaults, except for the platform and minification. Returns its size in bytes. */
export async function bundleByDefault(outfile: string): Promise<number> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    metafile: true,
  });
  return Object.values(metafile.outputs).reduce((total, output) => total + output.bytes, 0);
}

/** Without the SDK in it, which is loaded from `node_modules`. */
export async function bundleBesideSdk(outfile: string): Promise<void> {
  const options = { bundle: true, minify: true, platform: 'node', target: 'node20', packages: 'external' } as const;
  await build({ entryPoints: [entry], outfile, ...options });
}

/** A program for a process of its own that runs a handler. */
export async function buildProbe(outfile: string): Promise<void> {
  await transpile('handler-probe.ts', outfile);
}

/** Compiled in advance, so that the measurement does not include a TypeScript loader. */
async function transpile(file: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(__dirname, file)],
    outfile,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
  });
}
