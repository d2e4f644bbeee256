import * as path from 'node:path';
import { type Node, Parser } from 'commonmark';

/** A link or a picture that points to a file of the project, or to a heading in one. */
export interface RelativeLink {
  /** The link's text in the document. */
  readonly destination: string;
  /** From the root of the project. */
  readonly file: string;
  /** Without `#`. Undefined for a link to the whole file. */
  readonly heading: string | undefined;
}

/** @param document its path from the root of the project, with `/` */
export function relativeLinks(markdown: string, document: string): RelativeLink[] {
  const links: RelativeLink[] = [];
  for (const node of nodesOf(markdown)) {
    const destinations =
      node.type === 'link' || node.type === 'image' ? [node.destination ?? ''] : destinationsInHtml(node);
    for (const destination of destinations.filter((one) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(one))) {
      const [file = '', heading] = destination.split('#');
      const base = path.posix.dirname(document);
      links.push({
        destination,
        file: file === '' ? document : path.posix.normalize(path.posix.join(base, decodeURIComponent(file))),
        heading,
      });
    }
  }
  return links;
}

/** The anchors of a document. GitHub and npm derive them from headings this way. */
export function headingAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const node of nodesOf(markdown)) {
    if (node.type !== 'heading') continue;
    const anchor = textOf(node)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let number = 0;
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number += 1;
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`);
  }
  // An explicit anchor in HTML.
  for (const [, name = ''] of markdown.matchAll(/<[a-z]+ [^>]*\b(?:id|name)="([^"]+)"/g)) anchors.add(name);
  return anchors;
}

/**
 * The dead links, each as `DOCUMENT: DESTINATION`.
 *
 * @param documents the text of each Markdown document, by its path from the root
 * @param files the paths of all existing files
 */
export function deadLinks(documents: ReadonlyMap<string, string>, files: readonly string[]): string[] {
  const isThere = (file: string): boolean =>
    file === '.' || files.some((one) => one === file || one.startsWith(`${file.replace(/\/$/, '')}/`));
  return [...documents].flatMap(([document, markdown]) =>
    relativeLinks(markdown, document)
      .filter(({ file, heading }) => {
        const target = documents.get(file);
        const isDead = !isThere(file);
        return isDead || (heading !== undefined && target !== undefined && !headingAnchors(target).has(heading));
      })
      .map(({ destination }) => `${document}: ${destination}`),
  );
}

function nodesOf(markdown: string): Node[] {
  const nodes: Node[] = [];
  const walker = new Parser().parse(markdown).walker();
  for (let event = walker.next(); event !== null; event = walker.next()) {
    if (event.entering) nodes.push(event.node);
  }
  return nodes;
}

function destinationsInHtml(node: Node): string[] {
  if (node.type !== 'html_inline' && node.type !== 'html_block') return [];
  return [...(node.literal ?? '').matchAll(/\b(?:href|src)="([^"]*)"/g)].map(([, destination = '']) => destination);
}

function textOf(heading: Node): string {
  const texts: string[] = [];
  const walker = heading.walker();
  for (let event = walker.next(); event !== null; event = walker.next()) {
    if (event.entering && event.node.literal !== null && event.node.type !== 'html_inline') {
      texts.push(event.node.literal);
    }
  }
  return texts.join('');
}
