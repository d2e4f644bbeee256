import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Plugin } from 'esbuild';

/** One file of the SDK that goes into the bundle as something else. */
export interface Change {
  readonly package: string;
  readonly file: string;
  /** Of the file that the change was written for; undefined when `rewrite` itself checks what it is given. */
  readonly sha256: string | undefined;
  /** Throws when it cannot rewrite this text. */
  readonly rewrite: (original: string) => string;
}

/**
 * Each change leaves out what a Lambda function cannot reach, and leaves what remains as it is. To renew one after an
 * update of the SDK: read what changed in the file, see that the reason given here still holds, and enter the new hash.
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
    // There is no ~/.aws in a Lambda function. This is what the original returns when the files are absent.
    package: '@smithy/core',
    file: 'dist-es/submodules/config/shared-ini-file-loader/loadSharedConfigFiles.js',
    sha256: '6254ceb3bfa2d608c8b279c0171e80bc10025994dfad05dc978e597aa3471876',
    rewrite: () => `
      export { CONFIG_PREFIX_SEPARATOR } from './constants';
      export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  },
  {
    // The protocol imports this when an operation streams events, which none of Amplify's does.
    package: '@smithy/core',
    file: 'dist-es/submodules/event-streams/index.js',
    sha256: '261c2b96dec39e36f39a15e0ba77b854bece91ded16073c53f8a242998c3821c',
    rewrite: () => `throw new Error('event streams are left out of this bundle (scripts/slim-sdk.ts)');`,
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

/** Makes the changes, and fails the build when the SDK is no longer what one of them was written for. */
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
          return { errors: [{ text: `${moved(change)} It is now another text, of sha256 ${hash}.` }] };
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
  return `The AWS SDK has moved: scripts/slim-sdk.ts changes ${change.package}/${change.file}, which is not what it was.`;
}

/**
 * The schemas of all operations are literals with computed keys (`[_h]: ...`), which esbuild must keep, since a
 * computed key may do anything. With the constants' values for keys, what no imported command needs goes.
 */
function withPlainKeys(schemas: string): string {
  const constants = new Map<string, string>();
  for (const [, name, value] of schemas.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)) {
    if (name !== undefined && value !== undefined) constants.set(name, value);
  }
  let replaced = 0;
  const text = schemas.replace(/\[(\w+)\]:/g, (_key, name: string) => {
    const value = constants.get(name);
    if (value === undefined || value === '"__proto__"') throw new Error(`${name} is not a constant text`);
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
