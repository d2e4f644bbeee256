import { Stack } from 'aws-cdk-lib';
import { CloneProvider } from '../lib';
import { withoutTemplateChecks } from '../scripts/without-template-checks';
import { alternating } from './alternating';
import { distributionOf, ratiosOf } from './distribution';
import type { Measurement } from './figure';
import { inScratchFolder } from './scratch-folder';
import { addBareResources, addClones, appIn, cloneProperties } from './stacks';

const ROUNDS = 15;
const MANY = 400;
const FEW = 100;
const MOST_RATIO = 1.5;
const MOST_GROWTH = 4.4;

interface Kind {
  readonly count: number;
  readonly clones: boolean;
}

const MANY_CLONES: Kind = { count: MANY, clones: true };
const FEW_CLONES: Kind = { count: FEW, clones: true };
const MANY_BARE: Kind = { count: MANY, clones: false };
const NONE: Kind = { count: 0, clones: true };

export const synthTime: Measurement = {
  title: 'Synthesis of 400 clones',
  run: async (report) => {
    const kinds = [MANY_CLONES, MANY_BARE, FEW_CLONES, NONE];
    const measured = await withoutTemplateChecks(() => alternating(ROUNDS, kinds, synthesize, report));
    const many = measured(MANY_CLONES);
    const few = measured(FEW_CLONES);
    const bare = measured(MANY_BARE);
    const none = measured(NONE);
    const withoutProvider = (values: readonly number[]): number[] =>
      values.map((value, index) => value - (none[index] ?? Number.NaN));
    const againstBare = distributionOf(ratiosOf(many, bare));
    const growth = distributionOf(ratiosOf(many, few));
    const growthOfClones = distributionOf(ratiosOf(withoutProvider(many), withoutProvider(few)));
    const milliseconds = (values: readonly number[]): string => `${distributionOf(values).median.toFixed(0)} ms`;
    return {
      figures: [
        {
          what: `synthesis of ${MANY} clones`,
          measured: milliseconds(many),
          against: `${milliseconds(bare)}: ${MANY} bare CustomResources`,
          ratio: againstBare,
          target: `≤ ${MOST_RATIO}`,
          reached: againstBare.median <= MOST_RATIO,
        },
        {
          what: `synthesis of ${MANY} clones`,
          measured: milliseconds(many),
          against: `${milliseconds(few)}: ${FEW} clones`,
          ratio: growth,
          target: `≤ ${MOST_GROWTH}`,
          reached: growth.median <= MOST_GROWTH,
        },
      ],
      notes: [
        `${ROUNDS} rounds in one process, in turns, CPU time, from \`new App\` to the end of \`app.synth()\`. Each stack has one CloneProvider. CDK's own check of the templates is switched off: it takes the same long time for both, and would only make the ratios smaller. Without the time for a stack of no clones, ${MANY} clones take ${growthOfClones.median.toFixed(2)} times as long as ${FEW} (${growthOfClones.low.toFixed(2)} to ${growthOfClones.high.toFixed(2)}); 4 would be linear to the last millisecond.`,
      ],
    };
  },
};

function synthesize({ count, clones }: Kind): Promise<number> {
  return inScratchFolder(async (outdir) => {
    const before = process.cpuUsage();
    const app = appIn(outdir);
    const stack = new Stack(app, 'Stack');
    const provider = new CloneProvider(stack, 'Provider');
    if (clones) addClones(stack, provider, cloneProperties(count));
    else addBareResources(stack, provider.serviceToken, cloneProperties(count));
    app.synth();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
}
