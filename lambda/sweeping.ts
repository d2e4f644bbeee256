import type { CloneEntry, Page } from './ledger';
import { change, toBeSweptUp, visitEntry, withStage, withVisit } from './ledger-entries';
import { remove } from './removal';
import { STRAGGLER } from './service-timing';
import type { Visit } from './visits';
import type { World } from './world';

/*
 * CloudFormation cancels a Create when another resource fails, and then sends a Delete with an id that it made up
 * (cloudformation-coverage-roadmap 1814, aws-cdk pull 36951). It cancels an Update alike, and then sends one back to the
 * old properties, with the old id. Neither says what the handler had begun; and the handler may still be at work, or may
 * not even have begun (aws-cdk 26139). The ledger says what it did, and a request that comes later than the one which
 * sweeps up after it finds that there, and begins nothing.
 */

/**
 * @returns whether nothing of the cancelled request is left, and nothing can come of it any more
 * @throws DeploymentError when what is left cannot be deleted
 */
export async function sweep(visitId: string, { entry: visit, page }: Visit, world: World): Promise<boolean> {
  const { begunAt, sweeps } = visit;
  if (sweeps === undefined) return true;
  if (sweeps.found !== undefined) return remove(sweeps.found, begunAt, page, world);
  const { replaces } = sweeps;
  const isLate = world.clock.now() > begunAt + STRAGGLER;
  const cancelled = cancelledRequest(page, replaces, isLate);
  if (cancelled === undefined) return isLate;
  const taken = await change(page, world, (entries) => {
    const marked = withVisit(entries, visitId, (own) =>
      own.sweeps?.found === undefined ? { ...own, sweeps: { replaces, found: cancelled } } : own,
    );
    return marked === entries ? entries : withStage(marked, cancelled, toBeSweptUp);
  });
  const found = visitEntry(taken, visitId)?.sweeps?.found;
  return found === undefined || remove(found, begunAt, taken, world);
}

/** The request of which something is there, or may be. */
function cancelledRequest(page: Page, replaces: string | undefined, isLate: boolean): string | undefined {
  const unknown = Object.entries(page.entries)
    .flatMap(([id, entry]) =>
      entry.kind === 'clone' && entry.replaces === replaces && !entry.known ? [{ id, entry }] : [],
    )
    .sort((one, other) => other.entry.begunAt - one.entry.begunAt);
  // What a cancelled request has adopted stays, but must not pass on to its resource later.
  const adopted = isLate ? unknown.find(({ entry }) => entry.stage.at === 'adopted')?.id : undefined;
  if (replaces !== undefined) return unknown.find(({ entry }) => isAlive(entry))?.id ?? adopted;
  // An earlier Create of the same resource may have made what was to be retained: only the last can be the cancelled one,
  // and the last may be still to come.
  const [last] = unknown;
  if (last === undefined || !isAlive(last.entry)) return last?.id === adopted ? adopted : undefined;
  return last.entry.stage.at === 'made' && !isLate ? undefined : last.id;
}

function isAlive({ stage }: CloneEntry): boolean {
  return stage.at !== 'nothing' && stage.at !== 'adopted';
}
