import { strict as assert } from 'node:assert';
import { EnvironmentName } from '../../lib';
import { APP_ID, SOURCE } from '../emulator';
import type { Journey, Stage } from '../journey';

const OPEN = 'feature/open';
const CLOSED = 'feature/closed';
const stackOf = (branch: string): string => `Preview-${EnvironmentName.fromBranch(branch)}`;

export const abandonedPreviews: Journey = {
  name: 'abandoned previews',
  title: 'are listed, and destroyed with --destroy; previews of another app, or with a branch, remain',

  async run(stage) {
    const { emulator, cloudFormation, cdk, shell } = stage;
    const environments = [CLOSED, OPEN].map((branch) => EnvironmentName.fromBranch(branch));
    await cdk(command(stage, ['deploy', 'PreviewProvider']));
    await Promise.all(
      [OPEN, CLOSED].map((branch) => cdk(command(stage, ['deploy', 'Preview', '--exclusively'], branch))),
    );
    assert.deepEqual(await emulator.environments(), [SOURCE, ...environments].sort());

    const cleanUp = 'node --import tsx examples/pull-request/clean-up.ts';
    const openBranches = `<<< ${OPEN}`;
    const listed = await shell(`${cleanUp} --app-id ${APP_ID} --older-than 0 ${openBranches}`);
    assert.match(listed, new RegExp(`would be destroyed with --destroy: ${stackOf(CLOSED)}\n$`));
    assert.doesNotMatch(listed, new RegExp(stackOf(OPEN)));
    assert.match(
      await shell(`${cleanUp} --app-id d9z8y7x6w5v4u3 --older-than 0 --destroy ${openBranches}`),
      /; 0 previews/,
    );
    assert.match(await shell(`${cleanUp} --app-id ${APP_ID} --destroy ${openBranches}`), /; 0 previews/);
    assert.deepEqual(await emulator.environments(), [SOURCE, ...environments].sort());

    const destroyed = await shell(`${cleanUp} --app-id ${APP_ID} --older-than 0 --destroy ${openBranches}`);
    assert.match(destroyed, new RegExp(`destroyed: ${stackOf(CLOSED)}\n$`));
    assert.equal(await cloudFormation.status(stackOf(CLOSED)), 'DOES_NOT_EXIST');
    assert.equal(await cloudFormation.status(stackOf(OPEN)), 'CREATE_COMPLETE');
    assert.deepEqual(await emulator.environments(), [SOURCE, EnvironmentName.fromBranch(OPEN)]);
  },
};

function command({ emulator }: Stage, args: readonly string[], branch = '') {
  return {
    args: [...args, '--require-approval', 'never'],
    app: 'node --import tsx e2e/apps/previews.ts',
    context: { appId: APP_ID, source: SOURCE, branch, emulator: emulator.url },
  };
}
