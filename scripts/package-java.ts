import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { addressesOf } from './package-addresses';
import { type Language, succeeds } from './package-language';
import { MANIFEST, ROOT } from './package-manifest';
import { lowestPeers } from './package-peers';
import { runCommand } from './run-command';

/** Not the user's Maven repository, so that the package comes only from the tested one. It is kept, to save time. */
const REPOSITORY = path.join(ROOT, 'build', 'maven-repository');

const GET = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get';
const NEEDED = 'software.constructs:constructs:10.0.5';
const MAVEN = ['--batch-mode', '--quiet', `-Dmaven.repo.local=${REPOSITORY}`];

export const java: Language = {
  name: 'Java',
  target: 'java',
  extension: 'java',
  packArguments: ['--maven-local-repository', REPOSITORY],

  whyNot() {
    if (!succeeds('javac', ['-version'], ROOT)) {
      return 'no JDK is installed';
    }
    if (!succeeds('mvn', ['--version'], ROOT)) {
      return 'mvn is not installed';
    }
    return succeeds('mvn', [...MAVEN, GET, `-Dartifact=${NEEDED}`, '-Dtransitive=false'], ROOT)
      ? undefined
      : `mvn finds no ${NEEDED}`;
  },

  makeProject(folder) {
    const { mavenGroup } = addressesOf(MANIFEST);
    // An earlier build of the same version.
    rmSync(path.join(REPOSITORY, ...mavenGroup.split('.')), { recursive: true, force: true });
    writeFileSync(path.join(folder, 'pom.xml'), projectFile(mavenGroup));
    const sources = path.join(folder, 'src', 'main', 'java');
    mkdirSync(sources, { recursive: true });
    return {
      build(program) {
        const main = /^public class (\w+)/m.exec(program)?.[1];
        if (main === undefined) {
          throw new Error(`the program has no public class:\n${program}`);
        }
        writeFileSync(path.join(sources, `${main}.java`), program);
        runCommand('mvn', [...MAVEN, 'compile'], { cwd: folder });
        return { command: 'mvn', args: [...MAVEN, 'exec:java', `-Dexec.mainClass=${main}`] };
      },
    };
  },
};

/** The pom.xml of `cdk init`, with the lowest version of each peer. */
function projectFile(group: string): string {
  const lowest = lowestPeers();
  const dependencies = [
    dependency(group, MANIFEST.name, MANIFEST.version),
    dependency('software.amazon.awscdk', 'aws-cdk-lib', lowest.get('aws-cdk-lib')),
    dependency('software.constructs', 'constructs', lowest.get('constructs')),
  ];
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quickstart</groupId>
  <artifactId>quickstart</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>11</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  <repositories>
    <repository><id>dist</id><url>${pathToFileURL(path.join(ROOT, 'dist', 'java'))}</url></repository>
  </repositories>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-compiler-plugin</artifactId>
        <version>3.14.0</version>
      </plugin>
      <plugin>
        <groupId>org.codehaus.mojo</groupId>
        <artifactId>exec-maven-plugin</artifactId>
        <version>3.5.1</version>
      </plugin>
    </plugins>
  </build>
  <dependencies>${dependencies.join('')}
  </dependencies>
</project>
`;
}

function dependency(group: string, artifact: string, version = ''): string {
  return `
    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
