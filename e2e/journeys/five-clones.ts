import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { SOURCE } from '../emulator';
import { deploy, destroy, type Journey } from '../journey';

export const fiveClones: Journey = {
  name: 'five clones',
  title: 'are created in one stack, each with its own name and user pool, and all are deleted on destroy',
  jobSeconds: 2,

  async run(stage) {
    const { emulator, cloudFormation, cdk } = stage;
    const clones = ['one', 'two', 'three', 'four', 'five'];
    const wanted = { stack: 'FiveClones', clones };

    await cdk(deploy(stage, wanted));
    const outputs = await cloudFormation.outputs('FiveClones');
    assert.deepEqual(
      clones.map((_, index) => outputs[`Name${index}`]),
      clones,
    );
    assert.equal(new Set(clones.map((_, index) => outputs[`UserPool${index}`])).size, 5);
    assert.equal(new Set(Object.values(await cloudFormation.physicalIds('FiveClones', CLONE))).size, 5);
    assert.deepEqual(await emulator.environments(), [SOURCE, ...clones].sort());

    await cdk(destroy(stage, wanted));
    assert.equal(await cloudFormation.status('FiveClones'), 'DOES_NOT_EXIST');
    assert.deepEqual(await emulator.environments(), [SOURCE]);
  },
};
