const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A valid and unique name for each whole number below 26^4. */
export function nameOfNumber(number: number): string {
  const letter = (place: number): string => LETTERS.charAt(Math.floor(number / 26 ** place) % 26);
  return `n${letter(3)}${letter(2)}${letter(1)}${letter(0)}`;
}
