/** The guarantees, by their numbers in docs/guarantees.md. */
export const GUARANTEES = {
  1: 'An environment that this resource did not create is never deleted.',
  2: 'One request leads to at most one accepted CloneBackend.',
  3: 'Every request is answered once, within CloudFormation’s hour.',
  4: 'SUCCESS means that the environment exists, its clone completed, and the reported name is its name.',
  5: 'After a rollback, or a deletion with DESTROY, nothing that the resource created remains or runs.',
  6: 'A failure carries the service’s own words.',
  7: 'What is to be retained remains.',
} as const;

export type GuaranteeNumber = keyof typeof GUARANTEES;

export interface Violation {
  readonly guarantee: GuaranteeNumber;
  readonly at: number;
  readonly what: string;
}

/** What no handler can prevent: the rows of "What can remain" in docs/guarantees.md. */
export const EXCEPTIONS = {
  cleanupKilled: 'a function was killed in a cleanup or rollback, so an environment remains',
  cleanupFailed: 'a cleanup failed, and CloudFormation did not request another deletion',
  rollbackFailed: 'a rollback failed, and the stack was deleted before a resource got its rollback request',
  keptSilently: 'a function was killed just before it reported that it keeps a clone',
  returnKilled: 'a function was killed in an update back to a retained environment, which was deleted',
  forgotten: 'the service forgot the job of a clone whose answer was lost, before the handler saw how it ended',
  takenForAnother: 'another owner’s clone of the same minute was mistaken for the one whose answer was lost',
  replacedUnseen: 'another owner replaced an environment, and no read showed that before its deletion',
} as const;

export type ExceptionName = keyof typeof EXCEPTIONS;
