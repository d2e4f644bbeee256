import type { Random } from '../random';

/** A version 4 UUID, the format of AWS's request IDs. */
export function uuid(random: Random): string {
  const digits = hex(random, 32);
  const variant = '89ab'.charAt(random.integer(0, 3));
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

function hex(random: Random, length: number): string {
  let text = '';
  while (text.length < length) {
    text += random.integer(0, 0xffffffff).toString(16).padStart(8, '0');
  }
  return text.slice(0, length);
}
