import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { APP_ID, SOURCE } from '../emulator';
import type { Journey, Stage } from '../journey';

const FIVE = ['qa', 'demo', 'load', 'docs', 'pilot'];

export const shippedApp: Journey = {
  name: 'shipped app',
  title: 'deploys, changes nothing afterwards, creates five more at once, and retains all on destroy',

  async run(stage) {
    const { emulator, cloudFormation, cdk } = stage;
    const command = (args: readonly string[], targets: readonly string[]) => shipped(stage, args, targets);
    const deploying = ['deploy', '--all', '--require-approval', 'never', '--concurrency', '5'];

    await cdk(command(deploying, ['preview']));
    assert.equal(await cloudFormation.status('BackendClone-preview'), 'CREATE_COMPLETE');
    const outputs = await cloudFormation.outputs('BackendClone-preview');
    assert.equal(outputs['EnvironmentName'], 'preview');
    assert.match(outputs['EnvironmentArn'] ?? '', new RegExp(`:apps/${APP_ID}/backendenvironments/preview$`));
    assert.notEqual(outputs['JobId'], '');
    const physicalIds = Object.values(await cloudFormation.physicalIds('BackendClone-preview', CLONE));
    assert.equal(physicalIds.length, 1);
    assert.match(physicalIds[0] ?? '', /^amplify-clone:v1:/);
    assert.deepEqual(await emulator.environments(), [SOURCE, 'preview']);
    assert.deepEqual(
      (await emulator.journal())
        .filter(({ environment }) => environment === 'preview')
        .map(({ kind, status }) => [kind, status]),
      [
        ['clone-accepted', ''],
        ['job-ended', 'COMPLETED'],
        ['environment-created', ''],
      ],
    );

    const journal = await emulator.journal();
    const events = await cloudFormation.events('BackendClone-preview');
    assert.match(await cdk(command(['diff', '--all', '--fail'], ['preview'])), /Number of stacks with differences: 0/);
    assert.match(await cdk(command(deploying, ['preview'])), /BackendClone-preview \(no changes\)/);
    assert.deepEqual(await emulator.journal(), journal);
    assert.deepEqual(await cloudFormation.events('BackendClone-preview'), events);

    await cdk(command(deploying, ['preview', ...FIVE]));
    for (const target of FIVE) {
      assert.equal((await cloudFormation.outputs(`BackendClone-${target}`))['EnvironmentName'], target);
    }
    const all = [SOURCE, 'preview', ...FIVE].sort();
    assert.deepEqual(await emulator.environments(), all);
    assert.ok((await mostClonesAtOnce(stage)) > 1, 'the clones ran one after the other');

    await cdk(command(['destroy', '--all', '--force'], ['preview', ...FIVE]));
    for (const stack of ['BackendCloneProvider', 'BackendClone-preview', 'BackendClone-pilot']) {
      assert.equal(await cloudFormation.status(stack), 'DOES_NOT_EXIST');
    }
    assert.deepEqual(await emulator.environments(), all);
  },
};

function shipped({ emulator }: Stage, args: readonly string[], targets: readonly string[]) {
  const context = { appId: APP_ID, source: SOURCE, targets: targets.join(','), emulator: emulator.url };
  return { args, app: 'node --import tsx e2e/apps/shipped.ts', context };
}

async function mostClonesAtOnce({ emulator }: Stage): Promise<number> {
  let running = 0;
  let most = 0;
  for (const { kind } of await emulator.journal()) {
    if (kind === 'clone-accepted') running += 1;
    if (kind === 'job-ended') running -= 1;
    most = Math.max(most, running);
  }
  return most;
}
