import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type Language, succeeds } from './package-language';
import { ROOT } from './package-manifest';
import { runCommand } from './run-command';

/** One of the modules that the package needs, and a small one. */
const NEEDED = 'github.com/aws/constructs-go/constructs/v10@v10.0.5';

export const go: Language = {
  name: 'Go',
  target: 'go',
  extension: 'go',
  packArguments: [],

  whyNot() {
    const folder = mkdtempSync(path.join(tmpdir(), 'go-modules-'));
    try {
      if (!succeeds('go', ['version'], folder)) {
        return 'go is not installed';
      }
      return succeeds('go', ['list', '-m', NEEDED], folder) ? undefined : `go finds no ${NEEDED}`;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  makeProject(folder) {
    const module = path.join(ROOT, 'dist', 'go', 'cdkamplifybackendclone');
    const goMod = readFileSync(path.join(module, 'go.mod'), 'utf8');
    const name = lineOf(goMod, 'module');
    writeFileSync(
      path.join(folder, 'go.mod'),
      [
        'module quickstart',
        `go ${lineOf(goMod, 'go')}`,
        `require ${name} v0.0.0`,
        `replace ${name} => ${module}`,
        '',
      ].join('\n'),
    );
    return {
      build(program) {
        writeFileSync(path.join(folder, 'app.go'), program);
        // The module requires the lowest version of everything, and Go uses no higher one.
        runCommand('go', ['mod', 'tidy'], { cwd: folder });
        runCommand('go', ['build', '-o', 'app', '.'], { cwd: folder });
        return { command: path.join(folder, 'app'), args: [] };
      },
    };
  },
};

/** The text after that word at the beginning of a line of a go.mod. */
function lineOf(goMod: string, word: string): string {
  const value = new RegExp(`^${word} (\\S+)$`, 'm').exec(goMod)?.[1];
  if (value === undefined) {
    throw new Error(`go.mod has no ${word}:\n${goMod}`);
  }
  return value;
}
