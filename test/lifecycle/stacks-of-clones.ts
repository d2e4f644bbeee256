import * as path from 'node:path';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { PlannedFailures } from '../../simulator/cloudformation/planned-failure';

/** The folder of the stacks that `prepare.ts` synthesizes. */
export const STACKS_DIRECTORY = path.join(__dirname, '..', '..', 'build', 'stacks-of-clones');

/** A resource without dependencies and dependents. */
export const SIBLING = 'Sibling';
/** The logical ID of the clone in `Renamed`, without its hash. */
export const RENAMED = 'Preview';
/** The resource that uses the name of the new environment. */
export const READER = 'Reader';

export type StackKind =
  /** One clone that is deleted with its stack. */
  | 'Disposable'
  /** One clone with the construct's own removal policy. */
  | 'Kept'
  | 'Adopting'
  | 'WithOutputs'
  | 'WithMistypedOutput'
  | 'AdoptingWithOutputs'
  /** A clone, and a clone of it named `second`. */
  | 'CloneOfClone'
  /** A clone, and another one of the same source with the name `second`. They are independent. */
  | 'TwoClones'
  /** `Disposable` with a renamed construct and ADOPT. */
  | 'Renamed'
  /** Its provider's role has only the permissions for AmplifyBackend. */
  | 'WithoutBackendPolicies'
  /** Its provider does not read the events of stacks. */
  | 'WithoutStackEvents'
  /** The stack without the clone. */
  | 'WithoutClone';

let loaded: CloudAssembly | undefined;

/** A stack of each kind, with the kind's name. */
export function stacksOfClones(): CloudAssembly {
  loaded ??= CloudAssembly.load(STACKS_DIRECTORY);
  return loaded;
}

/** Makes the sibling fail, some time after the start of the clone. */
export function siblingFails(afterSeconds: number): PlannedFailures {
  const ids = [...stacksOfClones().stack('Disposable').template.resources.keys()];
  const onceInProgress = ids.find((id) => id.startsWith('Clone'));
  if (onceInProgress === undefined) throw new Error(`no clone among ${ids.join(', ')}`);
  return { [SIBLING]: { reason: 'Topic limit exceeded', afterSeconds, onceInProgress } };
}
