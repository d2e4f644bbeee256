import { randomInt } from 'node:crypto';

/*
 * The names of the survey's own environments. Eight random letters (2e11 combinations) make it practically impossible that
 * an environment of one of these names exists, or that somebody else creates one before the name is visible to them.
 */

/** The purpose of each name. */
export const PARTS = [
  /** Is cloned, polled, and deleted. */
  'watched',
  /** Is deleted while it is being cloned. */
  'cutShort',
  /** Is cloned by a role that lacks the permissions that the clone needs. */
  'byNewRole',
  /** Is never created. The survey reads and deletes it nevertheless. */
  'absent',
  /** The target of a clone whose source does not exist. */
  'unsourced',
  /** Is not a valid name for a new environment. */
  'malformed',
] as const;

export type Part = (typeof PARTS)[number];
export type Names = Readonly<Record<Part, string>>;

export function drawNames(draw: (below: number) => number = (below) => randomInt(below)): Names {
  const letters = (): string =>
    Array.from({ length: 8 }, () => String.fromCharCode('a'.charCodeAt(0) + draw(26))).join('');
  const name = (): string => `sv${letters()}`;
  return {
    watched: name(),
    cutShort: name(),
    byNewRole: name(),
    absent: name(),
    unsourced: name(),
    malformed: `Sv-${letters()}-1`,
  };
}
