import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Language } from './package-language';
import { installedVersion, onlyFile, ROOT } from './package-manifest';
import { lowestPeers } from './package-peers';
import { virtualEnvironment, whyNoPython } from './python-index';

const ENVIRONMENT = '.venv';

/** The Python of the project in this folder. */
export function interpreterIn(folder: string): string {
  return path.join(folder, ENVIRONMENT, 'bin', 'python');
}

export const python: Language = {
  name: 'Python',
  target: 'python',
  extension: 'py',
  packArguments: [],

  // Each use of the wheel needs it, in the same version as the compiler's tools.
  whyNot: () => whyNoPython(`jsii==${installedVersion('jsii-pacmak')}`),

  makeProject(folder) {
    const wheel = onlyFile(path.join(ROOT, 'dist', 'python'), '.whl');
    const peers = [...lowestPeers()].map(([name, version]) => `${name}==${version}`);
    virtualEnvironment(path.join(folder, ENVIRONMENT), [wheel, ...peers]);
    return {
      build(program) {
        writeFileSync(path.join(folder, 'app.py'), program);
        return { command: interpreterIn(folder), args: ['app.py'] };
      },
    };
  },
};
