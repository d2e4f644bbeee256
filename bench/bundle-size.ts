import * as path from 'node:path';
import { exactly, type Measurement } from './figure';
import { bundleAsDeployed, bundleByDefault } from './handler-bundles';
import { inScratchFolder } from './scratch-folder';

const MOST_RATIO = 0.45;

export const bundleSize: Measurement = {
  title: 'Bundle size',
  run: () =>
    inScratchFolder(async (folder) => {
      const deployed = await bundleAsDeployed(path.join(folder, 'deployed.js'));
      const byDefault = await bundleByDefault(path.join(folder, 'default.js'));
      const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
      return {
        figures: [
          {
            what: 'bundle, minified, unzipped',
            measured: kilobytes(deployed),
            against: `${kilobytes(byDefault)}: the default esbuild bundle of the same handler`,
            ratio: exactly(deployed / byDefault),
            target: `≤ ${MOST_RATIO}`,
            reached: deployed / byDefault <= MOST_RATIO,
          },
        ],
        notes: [
          'The run builds both bundles, from the same `lambda/index.ts` and the same SDK. The default one has only the options `bundle`, `minify` and `platform: node` of esbuild.',
        ],
      };
    }),
};
