import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Language } from './package-language';
import { installedVersion, onlyFile, ROOT } from './package-manifest';
import { lowestPeers } from './package-peers';
import { virtualEnvironment, whyNoPython } from './python-index';

export const python: Language = {
  name: 'Python',
  target: 'python',
  extension: 'py',
  packArguments: [],

  // The wheel needs it wherever it is used, in the same version as the compiler's tools.
  whyNot: () => whyNoPython(`jsii==${installedVersion('jsii-pacmak')}`),

  makeProject(folder) {
    const wheel = onlyFile(path.join(ROOT, 'dist', 'python'), '.whl');
    const peers = [...lowestPeers()].map(([name, version]) => `${name}==${version}`);
    const bin = virtualEnvironment(path.join(folder, '.venv'), [wheel, ...peers]);
    return {
      build(program) {
        writeFileSync(path.join(folder, 'app.py'), program);
        return { command: path.join(bin, 'python'), args: ['app.py'] };
      },
    };
  },
};
