import { Stack } from 'aws-cdk-lib';
import { CloneProvider } from '../lib';
import type { Measurement } from './figure';
import { IDLE_PRICES } from './prices';
import { inScratchFolder } from './scratch-folder';
import { appIn } from './stacks';
import { table } from './table';

export const idleCost: Measurement = {
  title: 'Cost of an idle provider',
  run: () =>
    inScratchFolder(async (outdir) => {
      const app = appIn(outdir);
      const stack = new Stack(app, 'Stack');
      new CloneProvider(stack, 'Provider').allowApp('d1a2b3c4d5e6f7');
      const counts = countByType(app.synth().getStackArtifact(stack.artifactId).template.Resources);
      const rows = [...counts].sort().map(([type, count]) => {
        const price = IDLE_PRICES.get(type);
        if (price === undefined) throw new Error(`bench/prices.ts does not say what an idle ${type} costs`);
        return [type, String(count), price];
      });
      return {
        figures: [],
        notes: [
          'The cost of an unused provider, from its template: nothing.',
          table(['resource type', 'resources', 'per month, idle'], rows),
          "In addition, CDK's bootstrap bucket has the code of the functions: less than a megabyte, which costs less than a thousandth of a cent per month at $0.023 per GB-month.",
        ],
      };
    }),
};

function countByType(resources: Readonly<Record<string, { readonly Type: string }>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { Type: type } of Object.values(resources)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
