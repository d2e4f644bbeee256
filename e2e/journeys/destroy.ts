import { strict as assert } from 'node:assert';
import { CLONE, type CloudFormation } from '../cloudformation';
import { SOURCE } from '../emulator';
import { deploy, destroy, type Journey, type JourneyAnywhere } from '../journey';

export const destroyKeeps: Journey = {
  name: 'destroy that keeps',
  title: 'by default, a clone is retained when it is renamed, and on destroy',

  async run(stage) {
    const { emulator, cloudFormation, cdk } = stage;
    const renamed = { stack: 'Kept', clones: ['second'], keep: true };

    await cdk(deploy(stage, { ...renamed, clones: ['first'] }));
    await cdk(deploy(stage, renamed));
    assert.deepEqual(await emulator.environments(), [SOURCE, 'first', 'second']);
    assert.equal((await cloudFormation.outputs('Kept'))['Name0'], 'second');

    await cdk(destroy(stage, renamed));
    assert.equal(await cloudFormation.status('Kept'), 'DOES_NOT_EXIST');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'first', 'second']);
    assert.equal(await lastStatusOfClone(cloudFormation, 'Kept'), 'DELETE_SKIPPED');
  },
};

export const destroyDeletes: JourneyAnywhere = {
  name: 'destroy that deletes',
  title: 'with RemovalPolicy.DESTROY, a clone is deleted with its stack',

  async run(stage) {
    const { place, cloudFormation, cdk } = stage;
    const wanted = { stack: 'Deleted', clones: ['preview'] };

    await cdk(deploy(stage, wanted));
    assert.deepEqual(await stage.createdEnvironments(), ['preview']);
    await cdk(destroy(stage, wanted));
    assert.equal(await cloudFormation.status(place.stack('Deleted')), 'DOES_NOT_EXIST');
    assert.deepEqual(await stage.createdEnvironments(), []);
    assert.equal(await lastStatusOfClone(cloudFormation, place.stack('Deleted')), 'DELETE_COMPLETE');
  },
};

async function lastStatusOfClone(cloudFormation: CloudFormation, stack: string): Promise<string | undefined> {
  return (await cloudFormation.events(stack)).filter(({ type }) => type === CLONE).at(-1)?.status;
}
