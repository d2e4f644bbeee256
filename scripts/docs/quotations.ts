/** A message in a page, below a comment with the name of the scene that ends with it: `<!-- scene: target exists -->`. */
export interface Quotation {
  readonly scene: string;
  /** Whether the message is quoted with CloudFormation's frame: `<!-- scene in full: target exists -->`. */
  readonly inFull: boolean;
  /** The quotation on the page, with its line breaks. */
  readonly text: string;
}

const MARKED = /(<!-- scene( in full)?: (.+) -->\n```text\n)([^`]*)(```)/g;
const LONGEST_LINE = 100;

export function quotationsIn(page: string): Quotation[] {
  return [...page.matchAll(MARKED)].map(([, , inFull, scene = '', text = '']) => ({
    scene,
    inFull: inFull !== undefined,
    text,
  }));
}

/** The page with each quotation replaced by the result of `quote`. */
export async function withQuotations(page: string, quote: (quotation: Quotation) => Promise<string>): Promise<string> {
  const texts: string[] = [];
  for (const quotation of quotationsIn(page)) texts.push(await quote(quotation));
  return page.replaceAll(MARKED, (_, before: string, __, ___, ____, after: string) => {
    return `${before}${texts.shift() ?? ''}${after}`;
  });
}

/** The text with line breaks between words. */
export function broken(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LONGEST_LINE) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line, ''].join('\n');
}
