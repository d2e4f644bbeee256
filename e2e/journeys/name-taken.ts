import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { APP_ID, SOURCE } from '../emulator';
import { deploy, destroy, type Journey } from '../journey';

export const nameTaken: Journey = {
  name: 'name taken',
  title: 'fails with a clear message, and the existing environment is unchanged, also on destroy',

  async run(stage) {
    const { emulator, cloudFormation, cdk, cdkFails } = stage;
    const wanted = { stack: 'NameTaken', clones: ['taken'] };
    await emulator.change({ addEnvironments: [{ appId: APP_ID, name: 'taken' }] });
    const journal = await emulator.journal();

    await cdkFails(deploy(stage, wanted));
    assert.equal(await cloudFormation.status('NameTaken'), 'ROLLBACK_COMPLETE');
    const failed = (await cloudFormation.events('NameTaken')).find(
      ({ type, status }) => type === CLONE && status === 'CREATE_FAILED',
    );
    assert.match(failed?.reason ?? '', /"taken" already exists. Nothing was changed/);

    await cdk(destroy(stage, wanted));
    assert.equal(await cloudFormation.status('NameTaken'), 'DOES_NOT_EXIST');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'taken']);
    assert.deepEqual(await emulator.journal(), journal);
  },
};
