import { randomInt } from 'node:crypto';

/*
 * The survey's own environments. Nobody can have, or make by chance, an environment of one of these names, for eight of
 * their letters are drawn from 2e11: so a name that was never shown to anybody is nobody's.
 */

/** What each name is for. */
export const PARTS = [
  /** Is cloned, watched, and deleted. */
  'watched',
  /** Is deleted while it is cloned. */
  'cutShort',
  /** Is cloned by a role that lacks the rights which the clone needs. */
  'byNewRole',
  /** Is never made: it is deleted all the same, and asked for. */
  'absent',
  /** The target of a clone whose source does not exist. */
  'unsourced',
  /** Is not a name that the service allows for a new environment. */
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
