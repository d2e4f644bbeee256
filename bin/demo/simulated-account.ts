import type { Outcome } from '../../simulator/amplify-backend/app-state';
import { AmplifyBackend } from '../../simulator/amplify-backend/model';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS } from '../../simulator/amplify-backend/variants';
import { VirtualClock } from '../../simulator/clock';
import { Region } from '../../simulator/cloudformation/region';
import type { StackEvent } from '../../simulator/cloudformation/stack-event';
import { seededRandom } from '../../simulator/random';
import { APP_ID } from './demo-app';

const MINUTE = 60_000;

/** An AWS account with one Amplify app, whose only environment is `dev`. */
export class SimulatedAccount {
  readonly clock = new VirtualClock();
  readonly amplify: AmplifyBackend;
  readonly cloudFormation: Region;
  /** Receives each event of each stack. */
  onEvent: (event: StackEvent) => void = () => {};
  private readonly outcomes = new Map<string, Outcome>();

  constructor() {
    const { clock } = this;
    this.amplify = new AmplifyBackend({
      clock,
      random: seededRandom(1),
      // Users report that a target is listed at once. A failed clone then leaves an empty environment.
      variants: { ...DEFAULT_VARIANTS, targetListed: 'on acceptance', failedCloneLeaves: 'empty environment' },
      jobDuration: (operation, random) =>
        operation === 'CloneBackend' ? random.integer(6 * MINUTE, 12 * MINUTE) : random.integer(MINUTE, 3 * MINUTE),
      cloneOutcome: (target) => {
        const outcome = this.outcomes.get(target) ?? 'COMPLETED';
        this.outcomes.delete(target);
        return outcome;
      },
    });
    this.amplify.addApp(APP_ID);
    this.amplify.addEnvironment(APP_ID, 'dev');
    this.cloudFormation = new Region({
      clock,
      random: seededRandom(2),
      network: (request, invocation) => answer(this.amplify, request, invocation.functionName),
      onEvent: (event) => this.onEvent(event),
    });
  }

  /** The result of the next clone to that name. Every other clone completes. */
  nextClone(target: string, outcome: Outcome): void {
    this.outcomes.set(target, outcome);
  }

  /** The environments of the app, with empty ones in brackets. */
  environments(): string[] {
    return this.amplify.environments(APP_ID).map(({ name, populated }) => (populated ? name : `${name} (empty)`));
  }

  runningJobs(): string[] {
    const running = this.amplify.jobs(APP_ID).filter(({ status }) => status === 'RUNNING');
    return running.map(({ operation, environment }) => `${operation} of ${environment}`);
  }
}
