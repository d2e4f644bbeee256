/*
 * The parts of SVG that the pictures in docs/ need. A picture has its own background, so that it is readable on any page, and
 * has each color twice: for light and for dark pages.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

interface Shades {
  readonly light: string;
  readonly dark: string;
}

interface Look {
  readonly fill?: Shades;
  readonly stroke?: Shades;
  readonly rest?: string;
}

const NONE: Shades = { light: 'none', dark: 'none' };
const INK: Shades = { light: '#1f2328', dark: '#e6edf3' };
const SOFT: Shades = { light: '#57606a', dark: '#9da7b3' };
const LINE: Shades = { light: '#6e7781', dark: '#8b949e' };

const LOOKS = {
  ground: { fill: { light: '#ffffff', dark: '#0d1117' }, stroke: { light: '#d0d7de', dark: '#30363d' } },
  frame: { fill: { light: '#f6f8fa', dark: '#161b22' }, stroke: { light: '#d0d7de', dark: '#30363d' } },
  aws: { fill: { light: '#ffffff', dark: '#0d1117' }, stroke: LINE },
  ours: { fill: { light: '#ddf4ff', dark: '#0c2d4d' }, stroke: { light: '#0969da', dark: '#4493f8' } },
  good: { fill: { light: '#dafbe1', dark: '#12331c' }, stroke: { light: '#1a7f37', dark: '#3fb950' } },
  bad: { fill: { light: '#ffebe9', dark: '#44151a' }, stroke: { light: '#cf222e', dark: '#f85149' } },
  busy: { fill: { light: '#fff8c5', dark: '#3b2e0a' }, stroke: { light: '#9a6700', dark: '#d29922' } },
  arrow: { fill: NONE, stroke: LINE, rest: 'stroke-width:1.5' },
  faint: { fill: NONE, stroke: { light: '#d8dee4', dark: '#262c36' } },
  tip: { fill: LINE },
  title: { fill: INK, rest: 'font-size:16px;font-weight:600' },
  name: { fill: INK, rest: 'font-size:13px;font-weight:600' },
  words: { fill: INK, rest: 'font-size:12px' },
  note: { fill: SOFT, rest: 'font-size:12px' },
} satisfies Record<string, Look>;

export type Style = keyof typeof LOOKS;

function rules(shade: keyof Shades): string {
  return Object.entries(LOOKS)
    .map(([name, look]: [string, Look]) => {
      const parts = [
        look.fill && `fill:${look.fill[shade]}`,
        look.stroke && `stroke:${look.stroke[shade]}`,
        shade === 'light' ? look.rest : undefined,
      ];
      return `.${name}{${parts.filter((part) => part !== undefined).join(';')}}`;
    })
    .join('\n');
}

/** @param description the alternative text of the picture */
export function picture(width: number, height: number, description: string, parts: readonly string[]): string {
  const font = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(description)}</title>`,
    `<style>\ntext{font-family:${font}}\n${rules('light')}\n@media (prefers-color-scheme:dark){\n${rules('dark')}\n}\n</style>`,
    box({ x: 0.5, y: 0.5, width: width - 1, height: height - 1 }, 'ground'),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function box({ x, y, width, height }: Area, style: Style, radius = 6): string {
  return `<rect class="${style}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;
}

export function text(
  { x, y }: Point,
  words: string,
  style: Style,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text class="${style}" x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

export function line(from: Point, to: Point, style: Style): string {
  return `<path class="${style}" d="M${round(from.x)} ${round(from.y)}L${round(to.x)} ${round(to.y)}"/>`;
}

/** An arrow through all points, with its tip at the last one. */
export function arrow(points: readonly [Point, Point, ...Point[]]): string {
  const before = points.at(-2) ?? points[0];
  const end = points.at(-1) ?? points[1];
  const path = points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return [
    `<path class="arrow" d="${path}"/>`,
    `<path class="tip" d="M0 0L-9 -4.5L-9 4.5Z" transform="translate(${round(end.x)} ${round(end.y)}) rotate(${round(angle)})"/>`,
  ].join('\n');
}

/** The approximate width of the text. */
export function widthOf(words: string): number {
  return words.length * 7;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
