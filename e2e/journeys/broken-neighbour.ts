import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { SOURCE } from '../emulator';
import { deploy, type Journey } from '../journey';

export const brokenNeighbour: Journey = {
  name: 'broken neighbour',
  title:
    'another resource fails after the clone: the new environment is deleted, even if clones are retained, and the old one remains',

  async run(stage) {
    const { emulator, cloudFormation, cdk, cdkFails } = stage;
    const wanted = { stack: 'BrokenNeighbour', clones: ['mine'], keep: true };

    await cdkFails(deploy(stage, { ...wanted, brokenNeighbour: true }));
    assert.equal(await cloudFormation.status('BrokenNeighbour'), 'ROLLBACK_COMPLETE');
    assert.ok((await emulator.journal()).some(({ kind }) => kind === 'clone-accepted'));
    assert.deepEqual(await emulator.environments(), [SOURCE]);

    await cdk(deploy(stage, wanted));
    const physicalIds = await cloudFormation.physicalIds('BrokenNeighbour', CLONE);
    await cdkFails(deploy(stage, { ...wanted, clones: ['renamed'], brokenNeighbour: true }));
    assert.equal(await cloudFormation.status('BrokenNeighbour'), 'UPDATE_ROLLBACK_COMPLETE');
    assert.equal((await cloudFormation.outputs('BrokenNeighbour'))['Name0'], 'mine');
    assert.deepEqual(await cloudFormation.physicalIds('BrokenNeighbour', CLONE), physicalIds);
    assert.deepEqual(await emulator.environments(), [SOURCE, 'mine']);
  },
};
