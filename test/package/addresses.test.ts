import { addressesOf } from '../../scripts/package-addresses';
import { MANIFEST, type Manifest } from '../../scripts/package-manifest';

function withRepository(repository: unknown): Manifest {
  return { ...MANIFEST, all: { ...MANIFEST.all, repository } };
}

describe('the addresses of the packages', () => {
  const expected = {
    repository: 'https://github.com/Some-One/clones',
    goModule: 'github.com/Some-One/clones',
    mavenGroup: 'io.github.some-one',
    javaPackage: 'io.github.some_one.cdkamplifybackendclone',
  };

  it.each([
    'https://github.com/Some-One/clones',
    'git+https://github.com/Some-One/clones.git',
    { type: 'git', url: 'https://github.com/Some-One/clones.git' },
  ])('follow from the repository in package.json: %j', (repository) => {
    expect(addressesOf(withRepository(repository))).toEqual(expected);
  });

  it('name OWNER while the project has no repository', () => {
    expect(addressesOf(withRepository(undefined)).goModule).toBe('github.com/OWNER/cdk-amplify-backend-clone');
  });

  it('are an error if the repository is not on GitHub', () => {
    expect(() => addressesOf(withRepository('https://example.com/a/b'))).toThrow(
      'package.json has the repository https://example.com/a/b, but it should be like https://github.com/OWNER/',
    );
  });
});
