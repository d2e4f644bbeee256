import * as path from 'node:path';
import type { Plugin } from 'esbuild';
import { buildHandler, HANDLER } from './build-handler';

const directory = path.join(__dirname, '..', 'simulator', 'sdk');

/** The simulator's replacements of the modules that the handler imports from the SDK. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  '@aws-sdk/client-amplifybackend': 'client-amplifybackend.ts',
  '@smithy/core/protocols': 'http-request.ts',
  '@smithy/signature-v4': 'signature-v4.ts',
};

/**
 * Bundles the handler for the simulator, with a client that passes its requests on within the process. The SDK's client would need
 * most of a history's time to sign, stream and parse them.
 */
export function plainSdk(): Plugin {
  return {
    name: 'plain-sdk',
    setup(build) {
      build.onResolve({ filter: /^@(aws-sdk|smithy)\// }, ({ path: imported }) => {
        const file = REPLACEMENTS[imported];
        if (file === undefined) return { errors: [{ text: `the simulator does not replace ${imported}` }] };
        return { path: path.join(directory, file) };
      });
      build.onResolve({ filter: /^simulator:/ }, ({ path: imported }) => ({ path: imported, external: true }));
    },
  };
}

/**
 * Builds the handler that histories run. Returns the file's size in bytes.
 *
 * @param plugins run before the SDK is replaced
 */
export function buildPlainHandler(outfile: string, plugins: readonly Plugin[] = []): Promise<number> {
  return buildHandler({ entry: HANDLER.entry, outfile, plugins: [...plugins, plainSdk()] });
}
