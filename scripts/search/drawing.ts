import * as fc from 'fast-check';
import { history as drawnHistory } from '../../simulator/histories/drawn-history';
import type { History, OtherAction, StackPlan, Step } from '../../simulator/histories/history';
import { type Random, seededRandom } from '../../simulator/random';
import type { CountedRun } from './history-worker';

/** The number of histories that are kept per branch that they reached. */
const MOST_KEPT = 4;

/**
 * Draws histories. Half of them are variations of histories that reached a rarely reached branch, so that the search covers
 * those branches better. The draw depends only on the seed and on the branches that earlier histories reached.
 */
export class Drawing {
  /** The number of histories that reached each branch. */
  readonly reached = new Map<number, number>();
  private readonly kept = new Map<number, History[]>();

  constructor(private readonly seed: number) {}

  learn(history: History, { reached }: Pick<CountedRun, 'reached'>): void {
    for (const [branch] of reached) {
      this.reached.set(branch, (this.reached.get(branch) ?? 0) + 1);
      const kept = this.kept.get(branch) ?? [];
      this.kept.set(branch, [history, ...kept].slice(0, MOST_KEPT));
    }
  }

  draw(index: number): History {
    const random = seededRandom(this.seed * 1_000_003 + index);
    const fresh = freshHistory(random);
    const kept = random.chance(0.5) ? this.rare(random) : undefined;
    return kept === undefined ? fresh : variation(kept, fresh, random);
  }

  /** A history that reached a rarely reached branch. The rarer the branch, the more likely it is drawn. */
  private rare(random: Random): History | undefined {
    const weights = [...this.reached].map(([branch, count]) => [branch, 1 / count] as const);
    let left = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [branch, weight] of weights) {
      left -= weight;
      const kept = this.kept.get(branch);
      if (left <= 0 && kept !== undefined) return random.pick(kept);
    }
    return undefined;
  }
}

function freshHistory(random: Random): History {
  const [drawn] = fc.sample(drawnHistory, { numRuns: 1, seed: random.integer(0, 2 ** 31 - 1) });
  if (drawn === undefined) throw new Error('fast-check drew no history');
  return drawn;
}

/** The kept history, with some parts of the other one. */
export function variation(kept: History, fresh: History, random: Random): History {
  const either = <T>(one: T, other: T): T => (random.chance(0.2) ? other : one);
  const members = <T extends object>(one: T, other: T): T => {
    const mixed = Object.entries(one).map(([name, value]) => [name, either(value, Reflect.get(other, name))]);
    return Object.assign({}, one, Object.fromEntries(mixed));
  };
  return {
    seed: fresh.seed,
    variants: members(kept.variants, fresh.variants),
    service: members(kept.service, fresh.service),
    cloudFormation: members(kept.cloudFormation, fresh.cloudFormation),
    lambda: members(kept.lambda, fresh.lambda),
    ledger: members(kept.ledger, fresh.ledger),
    pollInterval: either(kept.pollInterval, fresh.pollInterval),
    stacks: kept.stacks.map((plan, index) => variedPlan(plan, fresh.stacks[index] ?? fresh.stacks[0], random)),
    otherActions: [...kept.otherActions, ...fresh.otherActions].filter((otherAction: OtherAction) =>
      random.chance(kept.otherActions.includes(otherAction) ? 0.8 : 0.3),
    ),
  };
}

function variedPlan(kept: StackPlan, fresh: StackPlan | undefined, random: Random): StackPlan {
  if (fresh === undefined) return kept;
  const steps = kept.steps.map((step, index): Step => {
    const other = fresh.steps[index];
    if (other === undefined || random.chance(0.5)) return step;
    if (step.kind === 'destroy' || other.kind === 'destroy') return random.chance(0.2) ? other : step;
    const { waitSeconds, interruption } = other;
    return random.chance(0.5) ? { ...step, interruption } : { ...step, waitSeconds };
  });
  const more = fresh.steps.slice(steps.length);
  return { steps: random.chance(0.3) ? [...steps, ...more] : steps };
}
