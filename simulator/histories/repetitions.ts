/** The most lines of a repeated passage. */
const LONGEST_PASSAGE = 6;

/**
 * Replaces each passage that repeats by its first occurrence, and a line that says how often it follows. Two lines are the same
 * if they differ only in the time at the beginning and in IDs.
 */
export function withoutRepetitions(texts: readonly string[]): readonly string[] {
  const shapes = texts.map(shapeOf);
  const shortened: string[] = [];
  for (let index = 0; index < texts.length; ) {
    const { length, count } = repetitionAt(index, shapes);
    shortened.push(...texts.slice(index, index + length));
    if (count > 1) shortened.push(repeated(length, count - 1));
    index += length * count;
  }
  return shortened;
}

function repeated(length: number, times: number): string {
  const passage = length === 1 ? 'the same' : `the same ${length} lines`;
  return `  ... ${passage}, ${times === 1 ? 'once' : `${times} times`} more`;
}

function shapeOf(text: string): string {
  return text.replace(/^\d\d:\d\d:\d\d/, '').replace(/\b[0-9a-f]{8}((-[0-9a-f]{4}){3}-[0-9a-f]{12})?\b/g, 'ID');
}

/** The passage that saves the most lines. */
function repetitionAt(start: number, shapes: readonly string[]): { readonly length: number; readonly count: number } {
  let best = { length: 1, count: 1 };
  for (let length = 1; length <= LONGEST_PASSAGE; length += 1) {
    let count = 1;
    while (isSame(start, start + count * length, length, shapes)) count += 1;
    // The line that replaces a repetition is as long as one repeated line.
    const isWorthIt = (count - 1) * length > 1;
    if (isWorthIt && (count - 1) * length > (best.count - 1) * best.length) best = { length, count };
  }
  return best;
}

function isSame(one: number, other: number, length: number, shapes: readonly string[]): boolean {
  if (other + length > shapes.length) return false;
  return Array.from({ length }, (_, index) => shapes[one + index] === shapes[other + index]).every(Boolean);
}
