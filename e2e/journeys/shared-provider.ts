import { strict as assert } from 'node:assert';
import { contextOf, type JourneyAnywhere, type StageAnywhere } from '../journey';

export const sharedProvider: JourneyAnywhere = {
  name: 'shared provider',
  title: "cannot be deleted before the clone that needs it, though the app's cross-stack references are weak",

  async run(stage) {
    const { place, cloudFormation, cdk, cdkFails } = stage;
    const preview = { preview: place.environment('preview') };

    await cdk(command(stage, ['deploy', 'Shared', '--require-approval', 'never']));
    const deployPreview = ['deploy', 'Preview', '--exclusively', '--require-approval', 'never'];
    await cdk(command(stage, deployPreview, preview));
    assert.deepEqual(await stage.createdEnvironments(), ['preview']);

    // A push to the main branch deploys an app without the preview. Then another push to the preview's branch follows.
    await cdk(command(stage, ['deploy', 'Shared', '--require-approval', 'never']));
    await cdk(command(stage, deployPreview, preview));

    await cdkFails(command(stage, ['destroy', 'Shared', '--force']));
    assert.notEqual(await cloudFormation.status(place.stack('Shared')), 'DOES_NOT_EXIST');
    assert.deepEqual(await stage.createdEnvironments(), ['preview']);

    await cdk(command(stage, ['destroy', 'Preview', '--exclusively', '--force'], preview));
    assert.deepEqual(await stage.createdEnvironments(), []);
    await cdk(command(stage, ['destroy', 'Shared', '--force']));
    for (const stack of ['Shared', 'Preview'])
      assert.equal(await cloudFormation.status(place.stack(stack)), 'DOES_NOT_EXIST');
  },
};

function command({ place }: StageAnywhere, args: readonly string[], context: Readonly<Record<string, string>> = {}) {
  return {
    args,
    app: 'node --import tsx e2e/apps/shared-provider.ts',
    context: {
      '@aws-cdk/core:defaultCrossStackReferences': 'weak',
      ...contextOf(place),
      sharedStack: place.stack('Shared'),
      previewStack: place.stack('Preview'),
      ...context,
    },
  };
}
