import type { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { Deployment } from '../../simulator/cloudformation/deployment';
import type { PlannedFailures } from '../../simulator/cloudformation/planned-failure';
import type { StackStatus } from '../../simulator/cloudformation/stack-event';
import { TOPIC } from './demo-app';
import type { SimulatedAccount } from './simulated-account';

/** The cloud assemblies of the demo, before and after the shop's environment is renamed. */
export interface Assemblies {
  readonly first: CloudAssembly;
  readonly renamed: CloudAssembly;
}

export interface Stage {
  readonly account: SimulatedAccount;
  readonly assemblies: Assemblies;
  /** Advances the virtual clock until `action` is done, and shows it. */
  play<T>(action: Promise<T>): Promise<T>;
  print(line: string): void;
}

export interface Scene {
  readonly title: string;
  /** @throws UnexpectedResult if a result is not the expected one */
  run(stage: Stage): Promise<void>;
}

/** The demo had an unexpected result. */
export class UnexpectedResult extends Error {
  override readonly name = 'UnexpectedResult';
}

/** The environments of the app at the end: the source, and the clone whose stack still exists. */
export const ENVIRONMENTS_AT_THE_END = ['dev', 'qa'];

export const SCENES: readonly Scene[] = [
  {
    title: 'A clone, from CREATE_IN_PROGRESS to its output',
    async run(stage) {
      await deploy(stage, 'BackendCloneProvider', 'CREATE_COMPLETE');
      await deploy(stage, 'BackendClone-preview', 'CREATE_COMPLETE');
      expectEnvironments(stage, ['dev', 'preview']);
    },
  },
  {
    title: 'A clone that fails: the reason, the rollback, and nothing remains',
    async run(stage) {
      stage.account.nextClone('qa', { failed: 'Resource limit exceeded: user pools' });
      const { events } = await deploy(stage, 'BackendClone-qa', 'ROLLBACK_COMPLETE');
      if (!events.some(({ reason }) => reason?.includes('Resource limit exceeded'))) {
        throw new UnexpectedResult("the stack's events should have the service's own words in them");
      }
      expectEnvironments(stage, ['dev', 'preview']);
    },
  },
  {
    title: 'The same name again, with success',
    async run(stage) {
      await deploy(stage, 'BackendClone-qa', 'CREATE_COMPLETE');
      expectEnvironments(stage, ['dev', 'preview', 'qa']);
    },
  },
  {
    title: 'A stack with a clone and a topic',
    async run(stage) {
      await deploy(stage, 'Shop', 'CREATE_COMPLETE');
      expectEnvironments(stage, ['dev', 'preview', 'qa', 'review']);
    },
  },
  {
    title: 'A new name for its environment: a new clone, and the old one is deleted',
    async run(stage) {
      await deploy(stage, 'Shop', 'UPDATE_COMPLETE', stage.assemblies.renamed);
      expectEnvironments(stage, ['dev', 'preview', 'qa', 'staging']);
    },
  },
  {
    title: 'A stack whose topic fails during the clone: the clone is deleted',
    async run(stage) {
      const { first } = stage.assemblies;
      const onceInProgress = [...first.stack('Trial').template.resources.keys()].find((id) => id !== TOPIC) ?? TOPIC;
      const failing = { [TOPIC]: { reason: 'Topic limit exceeded', afterSeconds: 150, onceInProgress } };
      await deploy(stage, 'Trial', 'ROLLBACK_COMPLETE', first, failing);
      expectEnvironments(stage, ['dev', 'preview', 'qa', 'staging']);
    },
  },
  {
    title: 'cdk destroy: the clones are deleted with their stacks',
    async run(stage) {
      for (const stackName of ['Shop', 'BackendClone-preview']) {
        stage.print(`$ cdk destroy ${stackName}`);
        const status = await stage.play(stage.account.cloudFormation.destroy(stackName));
        expectStatus(stackName, status, 'DELETE_COMPLETE');
      }
      expectEnvironments(stage, ENVIRONMENTS_AT_THE_END);
    },
  },
];

async function deploy(
  stage: Stage,
  stackName: string,
  expected: StackStatus,
  assembly = stage.assemblies.first,
  failing: PlannedFailures = {},
): Promise<Deployment> {
  stage.print(`$ cdk deploy ${stackName}`);
  const deployment = await stage.play(stage.account.cloudFormation.deploy(assembly, stackName, { failing }));
  expectStatus(stackName, deployment.status, expected);
  if (deployment.succeeded) {
    for (const [name, value] of Object.entries(deployment.outputs)) {
      if (!name.startsWith('ExportsOutput')) stage.print(`${stackName}.${name} = ${String(value)}`);
    }
  }
  return deployment;
}

function expectStatus(stackName: string, status: StackStatus, expected: StackStatus): void {
  if (status !== expected) throw new UnexpectedResult(`the stack ${stackName} should be ${expected}, but is ${status}`);
}

/** @throws UnexpectedResult if the app has other environments, or a job still runs */
export function expectEnvironments({ account }: Pick<Stage, 'account'>, expected: readonly string[]): void {
  const found = account.environments().sort();
  if (found.join() !== [...expected].sort().join()) {
    throw new UnexpectedResult(
      `the app should have the environments ${expected.join(', ')}, but has ${found.join(', ')}`,
    );
  }
  const running = account.runningJobs();
  if (running.length > 0)
    throw new UnexpectedResult(`nothing should be running, but these jobs are: ${running.join(', ')}`);
}
