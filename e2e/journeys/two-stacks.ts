import { strict as assert } from 'node:assert';
import { deploy, destroy, type JourneyAnywhere } from '../journey';

export const twoStacks: JourneyAnywhere = {
  name: 'two stacks',
  title: 'clone on one app at the same time, and the deletion of one does not affect the other',

  async run(stage) {
    const { place, cloudFormation, cdk } = stage;
    const left = { stack: 'Left', clones: ['left'] };
    const right = { stack: 'Right', clones: ['right'] };

    await Promise.all([cdk(deploy(stage, left)), cdk(deploy(stage, right))]);
    assert.equal((await cloudFormation.outputs(place.stack('Left')))['Name0'], place.environment('left'));
    assert.equal((await cloudFormation.outputs(place.stack('Right')))['Name0'], place.environment('right'));
    assert.deepEqual(await stage.createdEnvironments(), ['left', 'right']);

    await cdk(destroy(stage, left));
    assert.deepEqual(await stage.createdEnvironments(), ['right']);
    assert.equal(await cloudFormation.status(place.stack('Right')), 'CREATE_COMPLETE');
  },
};
