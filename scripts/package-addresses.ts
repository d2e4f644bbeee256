import { isRecord, type Manifest } from './package-manifest';

/**
 * The repository's address has one place, `repository` in package.json, which is missing until the project has a host. Until
 * then, the packages are built for this placeholder, and `npm run release:check` refuses a release.
 */
export const NO_REPOSITORY_YET = 'https://github.com/OWNER/cdk-amplify-backend-clone';

/** The addresses of the packages in each registry. */
export interface Addresses {
  /** The repository's address in a browser. */
  readonly repository: string;
  /** The Go module is published in the repository itself, so that the release needs no rights on another. */
  readonly goModule: string;
  /** Maven Central assigns `io.github.OWNER` to the owner of the account, without a domain (central.sonatype.org/register/namespace). */
  readonly mavenGroup: string;
  readonly javaPackage: string;
}

/** @throws Error if package.json has a repository that is not on GitHub */
export function addressesOf(manifest: Manifest): Addresses {
  const repository = repositoryOf(manifest) ?? NO_REPOSITORY_YET;
  const [, owner, name] = /^https:\/\/github\.com\/([\w-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  if (owner === undefined || name === undefined) {
    throw new Error(
      `package.json has the repository ${repository}, but it should be like ${NO_REPOSITORY_YET}: ` +
        'the module of Go and the group of Maven are named after it, and .github/workflows/release.yml is for GitHub',
    );
  }
  const mavenGroup = `io.github.${owner.toLowerCase()}`;
  return {
    repository,
    goModule: `github.com/${owner}/${name}`,
    mavenGroup,
    javaPackage: `${mavenGroup.replaceAll('-', '_')}.${manifest.name.replaceAll('-', '')}`,
  };
}

/** The repository's address without npm's prefix and suffix. Undefined if package.json has none. */
export function repositoryOf({ all }: Manifest): string | undefined {
  const { repository } = all;
  const url = isRecord(repository) ? repository['url'] : repository;
  return typeof url === 'string' ? url.replace(/^git\+/, '').replace(/\.git$/, '') : undefined;
}
