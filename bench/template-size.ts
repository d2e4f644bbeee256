import { CustomResource, Stack } from 'aws-cdk-lib';
import { CloneProvider } from '../lib';
import { exactly, type Measurement } from './figure';
import { inScratchFolder } from './scratch-folder';
import { addBareResources, addClones, appIn, cloneProperties, templateBytes } from './stacks';

const MOST_RATIO = 1.5;
const FURTHER = 10;

interface Size {
  readonly bytes: number;
  readonly resources: number;
}

type Fill = (stack: Stack, provider: CloneProvider, count: number) => void;

export const templateSize: Measurement = {
  title: 'Template of a further clone',
  run: async () => {
    const clone = await sizeOfOneMore((stack, provider, count) => addClones(stack, provider, cloneProperties(count)));
    const bare = await sizeOfOneMore((stack, provider, count) =>
      addBareResources(stack, provider.serviceToken, cloneProperties(count)),
    );
    const empty = await sizeOfOneMore((stack, provider, count) => {
      const { serviceToken } = provider;
      for (let index = 0; index < count; index += 1) new CustomResource(stack, `Clone${index}`, { serviceToken });
    });
    const ratio = clone.bytes / bare.bytes;
    return {
      figures: [
        {
          what: 'template bytes of a further clone',
          measured: `${clone.bytes.toFixed(0)} B`,
          against: `${bare.bytes.toFixed(0)} B: a bare CustomResource with the same three properties`,
          ratio: exactly(ratio),
          target: `≤ ${MOST_RATIO}`,
          reached: ratio <= MOST_RATIO,
        },
        {
          what: 'template resources of a further clone',
          measured: String(clone.resources),
          against: `${bare.resources}: a bare CustomResource`,
          ratio: exactly(clone.resources / bare.resources),
          target: 'exactly 1',
          reached: clone.resources === 1,
        },
      ],
      notes: [
        `The figure for one more clone is the difference that ${FURTHER} more make, divided by ${FURTHER}, in the file that CDK writes. The bare resource has what a clone needs: the app, the source, the target. A clone of this library also has how long CloudFormation and the handler wait, the removal policy, and the dependency on its permissions. A CustomResource without properties takes ${empty.bytes.toFixed(0)} B. Compared with that, a clone is ${(clone.bytes / empty.bytes).toFixed(2)} times as long.`,
      ],
    };
  },
};

async function sizeOfOneMore(fill: Fill): Promise<Size> {
  const few = await sizeOf(fill, 1);
  const many = await sizeOf(fill, 1 + FURTHER);
  return {
    bytes: (many.bytes - few.bytes) / FURTHER,
    resources: (many.resources - few.resources) / FURTHER,
  };
}

function sizeOf(fill: Fill, count: number): Promise<Size> {
  return inScratchFolder(async (outdir) => {
    const app = appIn(outdir);
    const stack = new Stack(app, 'Stack');
    fill(stack, new CloneProvider(stack, 'Provider'), count);
    const { template } = app.synth().getStackArtifact(stack.artifactId);
    return { bytes: templateBytes(outdir, stack), resources: Object.keys(template.Resources).length };
  });
}
