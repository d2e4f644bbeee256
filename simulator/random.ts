/** The only source of randomness in the simulator, so that a seed replays a whole history. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number from `minimum` to `maximum`, both included. */
  integer(minimum: number, maximum: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  /** @throws RangeError if the list is empty */
  pick<T>(list: readonly T[]): T;
}

const GOLDEN_GAMMA = 0x9e3779b9;

/** SplitMix with 32 bits of state: small and fast, and of good enough quality for choosing test cases. */
export function seededRandom(seed: number): Random {
  let state = scrambled(Math.trunc(seed) >>> 0) ^ scrambled(Math.floor(Math.abs(seed) / 2 ** 32) >>> 0);
  const next = (): number => {
    state = (state + GOLDEN_GAMMA) >>> 0;
    return scrambled(state) / 2 ** 32;
  };
  return {
    next,
    integer: (minimum, maximum) => minimum + Math.floor(next() * (maximum - minimum + 1)),
    chance: (probability) => probability > 0 && next() < probability,
    pick: (list) => {
      const index = Math.floor(next() * list.length);
      for (const item of list.slice(index, index + 1)) return item;
      throw new RangeError('cannot pick from an empty list');
    },
  };
}

/** The finaliser of MurmurHash3 (fmix32). */
function scrambled(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
