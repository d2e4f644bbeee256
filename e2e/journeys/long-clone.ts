import { strict as assert } from 'node:assert';
import { SOURCE } from '../emulator';
import { deploy, type Journey } from '../journey';

export const longClone: Journey = {
  name: 'long clone',
  title: 'of a minute and a half, with about ninety polls of its job, completes',
  jobSeconds: 90,

  async run(stage) {
    const { emulator, cloudFormation, cdk } = stage;
    await cdk(deploy(stage, { stack: 'LongClone', clones: ['search'] }));
    assert.equal(await cloudFormation.status('LongClone'), 'CREATE_COMPLETE');
    assert.equal((await cloudFormation.outputs('LongClone'))['Name0'], 'search');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'search']);
  },
};
