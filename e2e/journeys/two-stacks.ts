import { strict as assert } from 'node:assert';
import { SOURCE } from '../emulator';
import { deploy, destroy, type Journey } from '../journey';

export const twoStacks: Journey = {
  name: 'two stacks',
  title: 'clone on one app at the same time, and the end of one is not the end of the other',

  async walk(stage) {
    const { emulator, cloudFormation, cdk } = stage;
    const left = { stack: 'Left', clones: ['left'] };
    const right = { stack: 'Right', clones: ['right'] };

    await Promise.all([cdk(deploy(stage, left)), cdk(deploy(stage, right))]);
    assert.equal((await cloudFormation.outputs('Left'))['Name0'], 'left');
    assert.equal((await cloudFormation.outputs('Right'))['Name0'], 'right');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'left', 'right']);

    await cdk(destroy(stage, left));
    assert.deepEqual(await emulator.environments(), [SOURCE, 'right']);
    assert.equal(await cloudFormation.status('Right'), 'CREATE_COMPLETE');
  },
};
