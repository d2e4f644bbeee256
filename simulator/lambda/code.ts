import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vm from 'node:vm';

/** The replacements of Node's globals, by name. */
export const SHADOWED_GLOBALS = [
  'process',
  'console',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'Date',
  'Math',
  'fetch',
  'performance',
  'crypto',
  'globalThis',
  'global',
] as const;

export type ShadowedGlobals = Readonly<Record<(typeof SHADOWED_GLOBALS)[number], unknown>>;

/** The parameters of a CommonJS module. */
export interface ModuleScope {
  readonly exports: unknown;
  readonly require: (request: string) => unknown;
  readonly module: { exports: unknown };
  readonly importModule: (request: string) => Promise<unknown>;
}

export type LoadedFile =
  | { readonly kind: 'module'; readonly run: (globals: ShadowedGlobals, scope: ModuleScope) => void }
  | { readonly kind: 'json'; readonly text: string };

interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/**
 * The code of a Lambda function: an unzipped asset, or the text of an inline function. A file is compiled once for all
 * execution environments.
 */
export class LambdaCode {
  private readonly loaded = new Map<string, LoadedFile>();
  private readonly resolved = new Map<string, string | undefined>();

  private constructor(
    readonly description: string,
    private readonly find: (name: string) => SourceFile | undefined,
  ) {}

  static fromDirectory(directory: string): LambdaCode {
    if (!fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      throw new Error(`the code of a Lambda function should be in the directory ${directory}, which does not exist`);
    }
    return new LambdaCode(directory, (name) => {
      const file = path.join(directory, name);
      const inside = file.startsWith(directory + path.sep);
      if (!inside || !fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
      return { name, text: fs.readFileSync(file, 'utf8') };
    });
  }

  /** The code of an inline function: as with CloudFormation's `ZipFile`, one file named `index.js`. */
  static fromInline(text: string): LambdaCode {
    return new LambdaCode('inline code', (name) => (name === 'index.js' ? { name, text } : undefined));
  }

  /** The file that a `require` of `name` (relative to the asset) loads. Undefined if it does not exist. */
  resolve(name: string): string | undefined {
    if (!this.resolved.has(name)) this.resolved.set(name, this.lookUp(name));
    return this.resolved.get(name);
  }

  private lookUp(name: string): string | undefined {
    const candidates = [name, `${name}.js`, `${name}.cjs`, `${name}.json`, `${name}/index.js`].map((candidate) =>
      path.posix.normalize(candidate),
    );
    return candidates.find((candidate) => this.find(candidate) !== undefined);
  }

  load(name: string): LoadedFile {
    const known = this.loaded.get(name);
    if (known !== undefined) return known;
    const file = this.find(name);
    if (file === undefined) throw new Error(`${this.description} has no file ${name}`);
    const loaded: LoadedFile = name.endsWith('.json') ? { kind: 'json', text: file.text } : compile(file);
    this.loaded.set(name, loaded);
    return loaded;
  }
}

/**
 * Two nested functions. The inner one has the parameters of a CommonJS module. The globals are parameters of the outer one,
 * since a module may declare a `const crypto` of its own.
 */
function compile({ name, text }: SourceFile): LoadedFile {
  const prefix = `(function(${SHADOWED_GLOBALS.join(',')},__importModule){return function(exports,require,module,__filename,__dirname){`;
  const script = new vm.Script(`${prefix}${withoutDynamicImport(text)}\n}})`, {
    filename: `/var/task/${name}`,
    columnOffset: -prefix.length,
  });
  const outer: (...globals: unknown[]) => (this: unknown, ...scope: unknown[]) => void = script.runInThisContext();
  return {
    kind: 'module',
    run: (globals, { exports, require, module, importModule }) => {
      const inner = outer(...SHADOWED_GLOBALS.map((key) => globals[key]), importModule);
      inner.call(exports, exports, require, module, `/var/task/${name}`, `/var/task`);
    },
  };
}

/** The SDK loads `node:http` with `import()`, which in a vm.Script needs a command-line flag of Node.js. */
function withoutDynamicImport(text: string): string {
  return text.replace(/(?<![\w$.])import\s*\(/g, '__importModule(');
}
