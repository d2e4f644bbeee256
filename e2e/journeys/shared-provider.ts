import { strict as assert } from 'node:assert';
import { APP_ID, SOURCE } from '../emulator';
import type { Journey, Stage } from '../journey';

export const sharedProvider: Journey = {
  name: 'shared provider',
  title: "cannot be deleted before the clone that needs it, though the app's cross-stack references are weak",

  async walk(stage) {
    const { emulator, cloudFormation, cdk, cdkFails } = stage;
    const preview = { preview: 'preview' };

    await cdk(command(stage, ['deploy', 'Shared', '--require-approval', 'never']));
    const deployPreview = ['deploy', 'Preview', '--exclusively', '--require-approval', 'never'];
    await cdk(command(stage, deployPreview, preview));
    assert.deepEqual(await emulator.environments(), [SOURCE, 'preview']);

    // As a push to the main branch does it, whose app has no preview; then as another push to the preview's branch.
    await cdk(command(stage, ['deploy', 'Shared', '--require-approval', 'never']));
    await cdk(command(stage, deployPreview, preview));

    await cdkFails(command(stage, ['destroy', 'Shared', '--force']));
    assert.notEqual(await cloudFormation.status('Shared'), 'NOT_THERE');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'preview']);

    await cdk(command(stage, ['destroy', 'Preview', '--exclusively', '--force'], preview));
    assert.deepEqual(await emulator.environments(), [SOURCE]);
    await cdk(command(stage, ['destroy', 'Shared', '--force']));
    for (const stack of ['Shared', 'Preview']) assert.equal(await cloudFormation.status(stack), 'NOT_THERE');
  },
};

function command({ emulator }: Stage, args: readonly string[], context: Readonly<Record<string, string>> = {}) {
  return {
    args,
    app: 'node --import tsx e2e/apps/shared-provider.ts',
    context: {
      '@aws-cdk/core:defaultCrossStackReferences': 'weak',
      appId: APP_ID,
      source: SOURCE,
      emulator: emulator.url,
      ...context,
    },
  };
}
