import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { SOURCE } from '../emulator';
import { deploy, type Journey } from '../journey';

export const rename: Journey = {
  name: 'rename',
  title: 'a new name makes a new environment, and then the old one is deleted',

  async walk(stage) {
    const { emulator, cloudFormation, cdk } = stage;

    await cdk(deploy(stage, { stack: 'Rename', clones: ['before'] }));
    const old = await cloudFormation.physicalIds('Rename', CLONE);
    await cdk(deploy(stage, { stack: 'Rename', clones: ['after'] }));

    assert.equal(await cloudFormation.status('Rename'), 'UPDATE_COMPLETE');
    assert.equal((await cloudFormation.outputs('Rename'))['Name0'], 'after');
    assert.notDeepEqual(await cloudFormation.physicalIds('Rename', CLONE), old);
    assert.deepEqual(await emulator.environments(), ['after', SOURCE]);
    assert.deepEqual(
      (await emulator.journal())
        .filter(({ kind }) => kind.startsWith('environment-'))
        .slice(1)
        .map(({ kind, environment }) => `${kind} ${environment}`),
      ['environment-created before', 'environment-created after', 'environment-deleted before'],
    );
  },
};
