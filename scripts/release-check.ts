import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { NO_REPOSITORY_YET, repositoryOf } from './package-addresses';
import { MANIFEST, type Manifest, ROOT } from './package-manifest';
import { documentFiles } from './package-staging';

/** The inputs of the release check. */
export interface ReleaseCandidate {
  readonly manifest: Manifest;
  /** The text of each document, by its path. */
  readonly documents: ReadonlyMap<string, string>;
  /** The tag that starts the release. Undefined before the tag exists. */
  readonly tag: string | undefined;
}

/** What is missing for the release, each as a sentence. Empty if nothing is missing. */
export function openItems({ manifest, documents, tag }: ReleaseCandidate): string[] {
  const { version } = manifest;
  const placeholder = /\bOWNER\b|\bio\.github\.owner\b/;
  const heading = `## [${version}]`;
  return [
    ...(repositoryOf(manifest) === undefined
      ? [`package.json: put the repository's address into \`repository\`, e.g. "${NO_REPOSITORY_YET}".`]
      : []),
    ...[...documents].flatMap(([file, text]) =>
      text
        .split('\n')
        .flatMap((line, index) =>
          placeholder.test(line) ? [`${file}:${index + 1}: replace OWNER with the owner of the repository.`] : [],
        ),
    ),
    ...(documents.get('CHANGELOG.md')?.includes(heading) === true
      ? []
      : [`CHANGELOG.md: describe the changes under the heading \`${heading}\`.`]),
    ...(tag === undefined || tag === `v${version}`
      ? []
      : [`The tag is ${tag}, but package.json has the version ${version}: use the tag v${version}.`]),
  ];
}

/** `npm run release:check`, or `npm run release:check -- TAG`. */
function main([tag]: readonly string[]): void {
  const files = ['README.md', ...documentFiles()].filter((file) => file.endsWith('.md'));
  const documents = new Map(files.map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]));
  const open = openItems({ manifest: MANIFEST, documents, tag });
  for (const item of open) console.log(item);
  if (open.length > 0) {
    console.log(`${open.length} to do before ${MANIFEST.version} can be released; docs/releasing.md has the rest.`);
    process.exitCode = 1;
  } else {
    console.log(`${MANIFEST.name} ${MANIFEST.version} can be released.`);
  }
}

if (require.main === module) main(process.argv.slice(2));
