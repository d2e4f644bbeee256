import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { deploy, type JourneyAnywhere } from '../journey';

export const rename: JourneyAnywhere = {
  name: 'rename',
  title: 'a new name creates a new environment, and then the old one is deleted',

  async run(stage) {
    const { place, cloudFormation, cdk } = stage;
    const stack = place.stack('Rename');

    await cdk(deploy(stage, { stack: 'Rename', clones: ['before'] }));
    const old = await cloudFormation.physicalIds(stack, CLONE);
    await cdk(deploy(stage, { stack: 'Rename', clones: ['after'] }));

    assert.equal(await cloudFormation.status(stack), 'UPDATE_COMPLETE');
    assert.equal((await cloudFormation.outputs(stack))['Name0'], place.environment('after'));
    assert.notDeepEqual(await cloudFormation.physicalIds(stack, CLONE), old);
    assert.deepEqual(await stage.createdEnvironments(), ['after']);
    if (stage.emulator === undefined) return;
    assert.deepEqual(
      (await stage.emulator.journal())
        .filter(({ kind }) => kind.startsWith('environment-'))
        .slice(1)
        .map(({ kind, environment }) => `${kind} ${environment}`),
      ['environment-created before', 'environment-created after', 'environment-deleted before'],
    );
  },
};
