import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { MANIFEST, ROOT } from './package-manifest';
import { runCommand } from './run-command';

/** The module's folder in dist/go, and in the commit that Go takes it from. */
const MODULE = 'cdkamplifybackendclone';

/**
 * Go reads a module from a tag of its repository (go.dev/ref/mod#vcs-version). The pushed tag is on a separate commit without a
 * parent, which contains only the module, so that no branch contains generated code.
 *
 * @param repository a checkout with write access to its `origin`
 * @param modules the folder with the module's folder in it
 * @returns the tag
 * @throws Error if the tag exists already: a version cannot be withdrawn from Go's module proxy
 */
export function publishGoModule(repository: string, modules: string, version: string): string {
  const temporary = mkdtempSync(path.join(tmpdir(), 'go-release-'));
  const tag = `${MODULE}/v${version}`;
  const gitDirectory = runCommand('git', ['rev-parse', '--absolute-git-dir'], { cwd: repository }).trim();
  const git = (...args: readonly string[]): string =>
    runCommand('git', args, {
      cwd: modules,
      env: { GIT_DIR: gitDirectory, GIT_WORK_TREE: modules, GIT_INDEX_FILE: path.join(temporary, 'index') },
    }).trim();
  try {
    // What is built is ignored, unless it is named.
    git('add', '--force', MODULE);
    const commit = git('commit-tree', git('write-tree'), '-m', `Go module of ${version}`);
    git('push', 'origin', `${commit}:refs/tags/${tag}`);
    return tag;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/** `npm run release:go`: publishes the module in dist/go in the repository of this checkout. */
if (require.main === module) {
  console.log(`pushed ${publishGoModule(ROOT, path.join(ROOT, 'dist', 'go'), MANIFEST.version)}`);
}
