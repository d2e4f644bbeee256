import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Plugin } from 'esbuild';

/** A file of the SDK that the bundle replaces. */
export interface Change {
  readonly package: string;
  readonly file: string;
  /** Of the file that the change was written for. Undefined if `rewrite` itself checks the file. */
  readonly sha256: string | undefined;
  /** @throws Error if it cannot rewrite this text */
  readonly rewrite: (original: string) => string;
}

/**
 * Each change removes what a Lambda function cannot reach. After an update of the SDK: read what changed in the file, check that
 * the reason given here still holds, and enter the new hash.
 */
export const CHANGES: readonly Change[] = [
  {
    // Lambda puts the role's credentials into environment variables. The rest of the chain (profiles, SSO, web
    // identities, processes, container and instance metadata) holds a client of its own for each of four services.
    package: '@aws-sdk/credential-provider-node',
    file: 'dist-es/index.js',
    sha256: 'a952aa83f0c61f1c5399518dc09fe095e793bcd0d93d5e5316e97c8a68f24e25',
    rewrite: () => `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
  },
  {
    // A Lambda function does not have ~/.aws. The original returns this if the files do not exist.
    package: '@smithy/core',
    file: 'dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js',
    sha256: '6254ceb3bfa2d608c8b279c0171e80bc10025994dfad05dc978e597aa3471876',
    rewrite: () => `
      export { CONFIG_PREFIX_SEPARATOR } from './constants';
      export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  },
  {
    // The protocol imports this if an operation streams events. None of Amplify's operations does.
    package: '@smithy/core',
    file: 'dist-es/submodules/event-streams/index.js',
    sha256: '261c2b96dec39e36f39a15e0ba77b854bece91ded16073c53f8a242998c3821c',
    rewrite: () => `throw new Error('This bundle does not have event streams (scripts/slim-sdk.ts).');`,
  },
  {
    package: '@aws-sdk/client-amplifybackend',
    file: 'dist-es/schemas/schemas_0.js',
    sha256: undefined,
    rewrite: withPlainKeys,
  },
  {
    // Only the version is read, for the user agent.
    package: '@aws-sdk/client-amplifybackend',
    file: 'package.json',
    sha256: undefined,
    rewrite: onlyVersion,
  },
];

/** Makes the changes. Fails the build if a file of the SDK is not the one that a change was written for. */
export function slimSdk(changes: readonly Change[] = CHANGES): Plugin {
  return {
    name: 'slim-sdk',
    setup(build) {
      const waiting = new Set(changes);
      build.onStart(() => {
        for (const change of changes) waiting.add(change);
      });
      build.onLoad({ filter: /[\\/]node_modules[\\/]/ }, async ({ path: file }) => {
        const change = changes.find((each) => file.endsWith(path.join('node_modules', each.package, each.file)));
        if (change === undefined) return undefined;
        waiting.delete(change);
        const original = await readFile(file, 'utf8');
        const hash = createHash('sha256').update(original).digest('hex');
        if (change.sha256 !== undefined && change.sha256 !== hash) {
          return { errors: [{ text: `${moved(change)} Its sha256 is now ${hash}.` }] };
        }
        try {
          const loader = file.endsWith('.json') ? 'json' : 'js';
          return { contents: change.rewrite(original), loader, resolveDir: path.dirname(file) };
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          return { errors: [{ text: `${moved(change)} It cannot be rewritten: ${reason}.` }] };
        }
      });
      build.onEnd(({ errors }) => {
        if (errors.length > 0) return undefined;
        return { errors: [...waiting].map((change) => ({ text: `${moved(change)} The bundle does not load it.` })) };
      });
    },
  };
}

function moved(change: Change): string {
  return `The AWS SDK has changed: scripts/slim-sdk.ts replaces ${change.package}/${change.file}, which is different now.`;
}

/**
 * The schemas of all operations are object literals with computed keys (`[_h]: ...`). esbuild has to keep them, because a computed
 * key can have side effects. With the values of the constants as keys, esbuild removes the schemas that no command uses.
 */
function withPlainKeys(schemas: string): string {
  const constants = new Map<string, string>();
  for (const [, name, value] of schemas.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)) {
    if (name !== undefined && value !== undefined) constants.set(name, value);
  }
  let replaced = 0;
  const text = schemas.replace(/\[(\w+)\]:/g, (_key, name: string) => {
    const value = constants.get(name);
    if (value === undefined || value === '"__proto__"') throw new Error(`${name} is not a constant string`);
    replaced += 1;
    return `${value}:`;
  });
  if (replaced === 0) throw new Error('it has no computed keys');
  return text;
}

function onlyVersion(packageJson: string): string {
  const parsed: unknown = JSON.parse(packageJson);
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) throw new Error('it has no version');
  return JSON.stringify({ version: parsed.version });
}
