import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './package-manifest';

/** A block of code in a document, as a complete program. */
export interface Snippet {
  /** The document and the block's line in it: `README-42`. */
  readonly name: string;
  readonly program: string;
}

const LIBRARY = 'cdk-amplify-backend-clone';

/** Names that a piece of a program can use without an import, as in CDK's own documentation. */
const IMPORTS: ReadonlyArray<readonly [module: string, names: readonly string[]]> = [
  [
    LIBRARY,
    ['BackendEnvironment', 'ClonedBackendEnvironment', 'CloneProvider', 'EnvironmentName', 'ExistingEnvironment'],
  ],
  ['aws-cdk-lib', ['App', 'CfnOutput', 'Duration', 'RemovalPolicy', 'Stack', 'Stage']],
  ['constructs', ['Construct']],
];
const NAMESPACES: ReadonlyArray<readonly [module: string, name: string]> = [
  ['aws-cdk-lib', 'cdk'],
  ['aws-cdk-lib/aws-cloudwatch', 'cloudwatch'],
  ['aws-cdk-lib/aws-ec2', 'ec2'],
  ['aws-cdk-lib/aws-iam', 'iam'],
  ['aws-cdk-lib/aws-lambda', 'lambda'],
  ['aws-cdk-lib/aws-logs', 'logs'],
];

/** The declarations around a piece of a program, except for names that it declares itself. */
const SCENE: ReadonlyArray<readonly [name: string, value: string]> = [
  [
    'preview',
    "new ClonedBackendEnvironment(scene, 'Preview', { appId: 'd1a2b3c4d5e6f7', sourceEnvironmentName: 'dev', targetEnvironmentName: 'scene' })",
  ],
  ['provider', "new CloneProvider(scene, 'Provider')"],
  ['role', "new iam.Role(scene, 'Role', { assumedBy: new iam.AccountRootPrincipal() })"],
  ['vpc', "new ec2.Vpc(scene, 'Vpc')"],
];

/** Every block of the document with the language `ts`. */
export function snippetsOf(markdown: string, document: string): Snippet[] {
  return codeBlocks(markdown, 'ts', document).map(({ line, code }) => ({
    name: `${document}-${line}`,
    program: programOf(code),
  }));
}

/** A block of code in a document, unchanged. */
export interface CodeBlock {
  readonly line: number;
  readonly code: string;
}

/** Every block of the document with that language. */
export function codeBlocks(markdown: string, language: string, document: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let block: { readonly line: number; readonly code: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (block === undefined) {
      if (line.trimEnd() === `\`\`\`${language}`) {
        block = { line: index + 1, code: [] };
      }
    } else if (line.startsWith('```')) {
      blocks.push({ line: block.line, code: block.code.join('\n') });
      block = undefined;
    } else {
      block.code.push(line);
    }
  }
  if (block !== undefined) {
    throw new Error(`the block of code in line ${block.line} of ${document} has no end`);
  }
  return blocks;
}

/**
 * A block that creates an `App` is a program already. A block that only declares a stack class is added to an app. Any other
 * block becomes the body of a stack's constructor.
 */
export function programOf(code: string): string {
  if (/\bnew (cdk\.)?App\(/.test(code)) {
    return `${code}\n`;
  }
  const declared = /\bclass (\w+) extends (?:cdk\.)?Stack\b/.exec(code)?.[1];
  if (declared !== undefined) {
    return withImports(`${code}\n\nnew ${declared}(new App(), 'Snippet');\n`);
  }

  const imports = /^import [^;]*;$/gm;
  const body = code.replaceAll(imports, '');
  const scene = SCENE.filter(([name]) => uses(body, name) && !declares(body, name));
  return withImports(
    [
      ...(code.match(imports) ?? []),
      'const app = new App();',
      ...(scene.length > 0 ? ["const scene = new Stack(app, 'Scene');"] : []),
      ...scene.map(([name, value]) => `const ${name} = ${value};`),
      'class Snippet extends Stack {',
      '  constructor(scope: Construct, id: string) {',
      '    super(scope, id);',
      body,
      '  }',
      '}',
      "new Snippet(app, 'Snippet');",
      '',
    ].join('\n'),
  );
}

/**
 * The fixture in which jsii-rosetta compiles a piece of a program, to translate it into other languages. It has the same names
 * as in `programOf`.
 */
export function rosettaFixture(): string {
  return [
    ...IMPORTS.map(([module, names]) => `import { ${names.join(', ')} } from '${module}';`),
    ...NAMESPACES.map(([module, name]) => `import * as ${name} from '${module}';`),
    "const scene = new Stack(new App(), 'Scene');",
    ...SCENE.map(([name, value]) => `const ${name} = ${value};`),
    'class Fixture extends Stack {',
    '  constructor(scope: Construct, id: string) {',
    '    super(scope, id);',
    '/// here',
    '  }',
    '}',
    '',
  ].join('\n');
}

/**
 * The document with each program that has imports marked as one without a fixture, since the fixture would import the same
 * names again.
 */
export function markPrograms(markdown: string): string {
  return markdown.replace(/^```ts\n(?=(?:(?!^```)[^\n]*\n)*?import )/gm, '```ts nofixture\n');
}

/**
 * Writes the snippets of README.md and of docs/, and the app in package-test/, as programs, with what compiles them: a tsconfig.json.
 *
 * @param library what the programs are to import in place of the package: its own name, or where its sources are
 * @returns the programs' names, without `.ts`
 */
export function writePrograms(folder: string, library = LIBRARY): string[] {
  const app = readFileSync(path.join(ROOT, 'package-test', 'app.ts'), 'utf8');
  const readme = snippetsIn('README.md');
  if (readme.length === 0) {
    throw new Error('README.md has no code');
  }
  const pages = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const docs = pages.flatMap((name) => snippetsIn(path.join('docs', name)));
  const programs = [...readme, ...docs, { name: 'app', program: app }];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, program } of programs) {
    writeFileSync(path.join(folder, `${name}.ts`), program.replaceAll(`from '${LIBRARY}'`, `from '${library}'`));
  }
  // The library's sources are code for Node.js; its declarations need no types of Node.js.
  const types = library === LIBRARY ? [] : ['node'];
  const config = { compilerOptions: { ...COMPILER_OPTIONS, types } };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
  return programs.map(({ name }) => name);
}

function snippetsIn(file: string): Snippet[] {
  return snippetsOf(readFileSync(path.join(ROOT, file), 'utf8'), path.basename(file, '.md'));
}

/** As a project of a user's that is strict, but lets a name be declared for the reader alone. */
const COMPILER_OPTIONS = {
  target: 'ES2022',
  module: 'node16',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
};

function withImports(code: string): string {
  const missing = (name: string): boolean => uses(code, name) && !declares(code, name) && !importsName(code, name);
  return [
    ...IMPORTS.map(([module, names]) => [module, names.filter(missing)] as const)
      .filter(([, names]) => names.length > 0)
      .map(([module, names]) => `import { ${names.join(', ')} } from '${module}';`),
    ...NAMESPACES.filter(([, name]) => missing(name)).map(([module, name]) => `import * as ${name} from '${module}';`),
    code,
  ].join('\n');
}

function uses(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w.'-])${name}\\b(?!:|'|-)`).test(code);
}

function declares(code: string, name: string): boolean {
  return new RegExp(`\\b(const|let|class|function) ${name}\\b`).test(code);
}

function importsName(code: string, name: string): boolean {
  return (code.match(/^import [^;]*;$/gm) ?? []).some((line) => new RegExp(`\\b${name}\\b[^']*from`).test(line));
}
