import * as path from 'node:path';
import { CloudAssembly } from '../../simulator/cloudformation/cloud-assembly';
import type { PlannedFailures } from '../../simulator/cloudformation/deployment';

/** Where `prepare.ts` has them synthesized to. */
export const STACKS_DIRECTORY = path.join(__dirname, '..', '..', 'build', 'stacks-of-clones');

/** No other resource waits for it, and it waits for none. */
export const SIBLING = 'Sibling';
/** The logical id of the clone in `Renamed`, but for its hash. */
export const RENAMED = 'Preview';
/** Uses the name of the new environment. */
export const READER = 'Reader';

export type StackKind =
  /** One clone that goes with its stack. */
  | 'Disposable'
  /** One clone with the construct's own removal policy. */
  | 'Kept'
  | 'Adopting'
  | 'WithOutputs'
  | 'WithMistypedOutput'
  | 'AdoptingWithOutputs'
  /** A clone, and a clone of it named `second`. */
  | 'CloneOfClone'
  /** A clone, and one of the same source named `second`; neither waits for the other. */
  | 'TwoClones'
  /** What `Disposable` is after its construct was renamed, and takes what is there. */
  | 'Renamed'
  /** Its provider's role has nothing but what calls of AmplifyBackend need. */
  | 'WithoutBackendPolicies'
  /** Its provider does not read the events of stacks. */
  | 'WithoutStackEvents'
  /** What is left when the clone is taken out of the stack. */
  | 'WithoutClone';

let loaded: CloudAssembly | undefined;

/** A stack of each kind, under the kind's name. */
export function stacksOfClones(): CloudAssembly {
  loaded ??= CloudAssembly.load(STACKS_DIRECTORY);
  return loaded;
}

/** Makes the sibling fail, some time after the clone was begun. */
export function siblingFails(afterSeconds: number): PlannedFailures {
  const ids = [...stacksOfClones().stack('Disposable').template.resources.keys()];
  const onceInProgress = ids.find((id) => id.startsWith('Clone'));
  if (onceInProgress === undefined) throw new Error(`there is no clone among ${ids.join(', ')}`);
  return { [SIBLING]: { reason: 'Topic limit exceeded', afterSeconds, onceInProgress } };
}
