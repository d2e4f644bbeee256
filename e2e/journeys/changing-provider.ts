import { strict as assert } from 'node:assert';
import { CLONE } from '../cloudformation';
import { APP_ID, SOURCE } from '../emulator';
import type { Journey, Stage } from '../journey';

const BEFORE = { construct: 'Before', provider: 'First', target: 'before' };
const AFTER = { construct: 'After', provider: 'Second' };

export const changingProvider: Journey = {
  name: 'changing the provider',
  title: 'keeps an environment that is retained and then adopted, or creates a new one and deletes the old one',

  async run(stage) {
    const { emulator, cloudFormation, cdk } = stage;

    await cdk(deploy(stage, 'TwoProviders', BEFORE));
    const journal = await emulator.journal();
    await cdk(deploy(stage, 'TwoProviders', { ...BEFORE, keep: 'true' }));
    await cdk(deploy(stage, 'TwoProviders', { ...AFTER, target: 'before', adopt: 'true' }));
    assert.equal(await cloudFormation.status('TwoProviders'), 'UPDATE_COMPLETE');
    const [[id, physicalId] = ['', ''], ...others] = Object.entries(
      await cloudFormation.physicalIds('TwoProviders', CLONE),
    );
    assert.match(id, /^After/);
    assert.match(physicalId, /;adopted/);
    assert.deepEqual(others, []);
    assert.deepEqual(await emulator.journal(), journal);

    await cdk(deploy(stage, 'TwoProvidersNew', { ...BEFORE, target: 'old' }));
    await cdk(deploy(stage, 'TwoProvidersNew', { ...AFTER, target: 'new' }));
    assert.deepEqual(await emulator.environments(), ['before', SOURCE, 'new']);

    await cdk(command(stage, 'TwoProviders', ['destroy', '--force'], { ...AFTER, target: 'before', adopt: 'true' }));
    await cdk(command(stage, 'TwoProvidersNew', ['destroy', '--force'], { ...AFTER, target: 'new' }));
    assert.deepEqual(await emulator.environments(), ['before', SOURCE]);
  },
};

type Wanted = Readonly<Record<string, string>>;

function deploy(stage: Stage, stack: string, wanted: Wanted) {
  return command(stage, stack, ['deploy', '--require-approval', 'never'], wanted);
}

function command({ emulator }: Stage, stack: string, args: readonly string[], wanted: Wanted) {
  const context = { keep: 'false', adopt: 'false', appId: APP_ID, source: SOURCE, emulator: emulator.url };
  return { args, app: 'node --import tsx e2e/apps/two-providers.ts', context: { ...context, ...wanted, stack } };
}
