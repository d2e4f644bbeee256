import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { SOURCE } from '../emulator';
import { deploy, type Journey } from '../journey';

const WORDS = 'Resource limit exceeded: 100 S3 buckets in this account.';

export const failingClone: Journey = {
  name: 'failing clone',
  title: "is rolled back with the service's words, leaves nothing, and the next deploy succeeds",

  async run(stage) {
    const { emulator, cloudFormation, cdk, cdkFails } = stage;
    const wanted = { stack: 'FailingClone', clones: ['feature'] };
    await emulator.change({ nextClones: [{ environment: 'feature', outcome: { failed: WORDS } }] });

    assert.ok((await cdkFails(deploy(stage, wanted))).includes(WORDS), "the CLI does not show the service's words");
    assert.equal(await cloudFormation.status('FailingClone'), 'ROLLBACK_COMPLETE');
    const failed = (await cloudFormation.events('FailingClone')).filter(
      ({ type, status }) => type === CLONE && status === 'CREATE_FAILED',
    );
    assert.equal(failed.length, 1);
    assert.ok(failed[0]?.reason.includes(WORDS), `the event says: ${failed[0]?.reason}`);
    assert.deepEqual(await emulator.environments(), [SOURCE]);

    await cdk(deploy(stage, wanted));
    assert.equal(await cloudFormation.status('FailingClone'), 'CREATE_COMPLETE');
    assert.equal((await cloudFormation.outputs('FailingClone'))['Name0'], 'feature');
    assert.deepEqual(await emulator.environments(), [SOURCE, 'feature']);
  },
};
