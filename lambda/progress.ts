import { isRecord } from './unknown-value';

/**
 * What `begin` leaves for `poll` to wait for. It travels in the answer of `onEvent`, whose fields the provider framework
 * hands to each `isComplete`, and never to CloudFormation.
 */
export type Progress = Making | Unmaking;

/** After a Create or an Update. */
export type Making =
  /** A clone of ours has begun. */
  | Started<'cloning'>
  /** The target is somebody else's; to be said once it is sure that no other delivery of this request is at work on it. */
  | (Started<'refusing'> & { readonly reason: string })
  /** The target is taken as it is, as soon as the same is sure. */
  | Started<'adopting'>
  /** Back to the environment that was held before a replacement. */
  | Started<'returning'>
  /** Nothing was changed; just what there is, is to be reported. */
  | Started<'reporting'>
  /** Back from an update to another target, which came to nothing or was cancelled. */
  | (Started<'restoring'> & { readonly targetWas: TargetState });

/** After a Delete. */
export type Unmaking =
  /** Nothing of ours was ever there. */
  | Started<'nothing'>
  | Started<'removing'>
  /** The physical id does not say what the Create made: CloudFormation cancelled it. */
  | (Started<'abandoned'> & { readonly targetWas: TargetState });

interface Started<Step extends string> {
  readonly step: Step;
  readonly begunAt: number;
}

export type TargetState = 'absent' | 'empty' | 'populated' | 'unknown';

/** @throws Error when `onEvent` and `isComplete` are not of one version */
export function parseProgress(value: unknown): Progress {
  if (isRecord(value)) {
    const { step, begunAt } = value;
    if (typeof begunAt === 'number') {
      switch (step) {
        case 'cloning':
        case 'adopting':
        case 'returning':
        case 'reporting':
        case 'nothing':
        case 'removing':
          return { step, begunAt };
        case 'refusing':
          if (typeof value['reason'] === 'string') return { step, begunAt, reason: value['reason'] };
          break;
        case 'restoring':
        case 'abandoned':
          if (isTargetState(value['targetWas'])) return { step, begunAt, targetWas: value['targetWas'] };
          break;
      }
    }
  }
  throw new Error('isComplete was called with a Progress that onEvent did not make');
}

function isTargetState(value: unknown): value is TargetState {
  return value === 'absent' || value === 'empty' || value === 'populated' || value === 'unknown';
}
