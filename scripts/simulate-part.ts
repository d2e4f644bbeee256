import * as fc from 'fast-check';
import { CloudAssembly } from '../simulator/cloudformation/cloud-assembly';
import { history } from '../simulator/histories/drawn-history';
import { enact } from '../simulator/histories/enact';

/*
 * Plays a part of the histories of a seed, in a process of its own, and tells its parent of each:
 *
 *     simulate-part.ts ASSEMBLY SCHEDULES SEED SHARE PLAYERS
 */

/** Of one history. */
export interface Played {
  readonly index: number;
  readonly isViolated: boolean;
  readonly virtualSeconds: number;
  /** How often something was left that no handler could have removed. */
  readonly left: number;
  /** How often somebody else's clone was taken for ours. */
  readonly taken: number;
  /** What the process needs by now. */
  readonly megabytes: number;
}

/** @throws Error when it is not what a part sends */
export function parsePlayed(message: unknown): Played {
  if (typeof message !== 'object' || message === null) throw new Error('a process that plays histories sent no object');
  const number = (member: string): number => Number(Reflect.get(message, member));
  return {
    index: number('index'),
    isViolated: Reflect.get(message, 'isViolated') === true,
    virtualSeconds: number('virtualSeconds'),
    left: number('left'),
    taken: number('taken'),
    megabytes: number('megabytes'),
  };
}

async function main(): Promise<void> {
  const [directory = '', ...numbers] = process.argv.slice(2);
  const [numRuns = 0, seed = 0, share = 0, players = 1] = numbers.map(Number);
  const assembly = CloudAssembly.load(directory);
  let index = -1;
  const property = fc.asyncProperty(history, async (drawn) => {
    index += 1;
    if (index % players !== share) return true;
    const {
      violations,
      virtualSeconds,
      leftByFailedCleanups: left,
      takenForOurs: taken,
    } = await enact(drawn, assembly);
    const isViolated = violations.length > 0;
    const played: Played = {
      index,
      isViolated,
      virtualSeconds,
      left,
      taken,
      megabytes: process.memoryUsage.rss() / 1e6,
    };
    process.send?.(played);
    return !isViolated;
  });
  // What it finds is shrunk and told by the parent.
  await fc.check(property, { numRuns, seed, endOnFailure: true });
  process.disconnect();
}

if (require.main === module) void main();
