import { markPrograms, programOf, rosettaFixture, snippetsOf } from '../../scripts/docs-snippets';

test('each block with the language ts is a snippet, with its document and line', () => {
  const markdown = ['# Title', '```ts', 'new App();', '```', '```sh', 'ls', '```', '```ts', 'new App();', '```'];

  expect(snippetsOf(markdown.join('\n'), 'README')).toEqual([
    { name: 'README-2', program: 'new App();\n' },
    { name: 'README-8', program: 'new App();\n' },
  ]);
});

test('a block without an end is an error', () => {
  expect(() => snippetsOf('text\n```ts\nnew App();', 'README')).toThrow(
    'the block of code in line 2 of README has no end',
  );
});

test('a whole program is unchanged, without added imports', () => {
  expect(programOf('const app = new App();\nnew Stack(app);')).toBe('const app = new App();\nnew Stack(app);\n');
});

test('a stack class is added to an app', () => {
  const program = programOf("import { Stack } from 'aws-cdk-lib';\nclass Mine extends Stack {}");

  expect(program).toContain("new Mine(new App(), 'Snippet');");
  expect(program).toContain("import { App } from 'aws-cdk-lib';");
});

test('a piece of a program becomes the constructor of a stack, with the names that it uses', () => {
  const program = programOf("preview.grants.read(new iam.User(this, 'User'));");

  expect(program).toMatch(/super\(scope, id\);\npreview\.grants\.read/);
  expect(program).toContain("import * as iam from 'aws-cdk-lib/aws-iam';");
  expect(program).toContain('const preview = new ClonedBackendEnvironment(scene');
  expect(program).not.toContain('const provider');
});

test('names that a piece of a program imports or declares itself are not added again', () => {
  const program = programOf("import { Duration } from 'aws-cdk-lib';\nconst provider = Duration.seconds(1);");

  expect(program.match(/Duration }/g)).toHaveLength(1);
  expect(program).not.toContain('CloneProvider');
  expect(program).not.toContain('scene');
});

test('jsii-rosetta compiles a piece of a program with the same names as this project', () => {
  const fixture = rosettaFixture();

  expect(fixture).toContain("import * as iam from 'aws-cdk-lib/aws-iam';");
  expect(fixture).toContain('const preview = new ClonedBackendEnvironment(scene');
  expect(fixture).toMatch(/super\(scope, id\);\n\/\/\/ here\n/);
});

test('only a program with imports is marked as complete for jsii-rosetta', () => {
  const imports = "```ts\nimport { App } from 'aws-cdk-lib';\nnew App();\n```";
  const piece = '```ts\npreview.jobId;\n```';
  const later = "```ts\n// Here too:\nimport { Stack } from 'aws-cdk-lib';\n```";

  expect(markPrograms([piece, imports, piece, later].join('\n\n'))).toBe(
    [piece, imports.replace('ts', 'ts nofixture'), piece, later.replace('ts', 'ts nofixture')].join('\n\n'),
  );
});
