import * as path from 'node:path';
import { builtInModule } from './built-in-modules';
import type { LambdaCode, ShadowedGlobals } from './code';
import { HostError, HostJson } from './host-realm';

export interface ModuleLoaderProps {
  readonly code: LambdaCode;
  readonly globals: ShadowedGlobals;
  /** Replacements of the runtime's modules. */
  readonly replacements: ReadonlyMap<string, unknown>;
  /** The built-in modules that each execution environment has a copy of. */
  readonly builtIn: ReadonlyMap<string, unknown>;
  /** The packages in Lambda's runtime, by name, each bundled into one file. */
  readonly runtimePackages: ReadonlyMap<string, LambdaCode>;
}

/** Loads the modules of one execution environment, each once. */
export class ModuleLoader {
  private readonly modules = new Map<string, { exports: unknown }>();

  constructor(private readonly props: ModuleLoaderProps) {}

  /** The exports of a file of the code. Its path is relative to the root. */
  require(request: string, from = ''): unknown {
    const replaced = this.props.replacements.get(request);
    if (replaced !== undefined) return replaced;
    if (request.startsWith('.') || request.startsWith('/')) {
      const wanted = request.startsWith('/')
        ? path.posix.relative('/var/task', request)
        : path.posix.join(path.posix.dirname(from), request);
      const file = this.props.code.resolve(wanted);
      if (file === undefined) throw cannotFind(request, from);
      return this.requireFile(file);
    }
    const name = request.replace(/^node:/, '');
    const builtIn = this.props.builtIn.get(name) ?? builtInModule(name);
    if (builtIn !== undefined) return builtIn;
    const file =
      this.props.code.resolve(`node_modules/${request}`) ?? this.packageMain(`node_modules/${request}/package.json`);
    if (file !== undefined) return this.requireFile(file);
    const runtimePackage = this.props.runtimePackages.get(request);
    if (runtimePackage === undefined) throw cannotFind(request, from);
    return this.requireFile('index.js', runtimePackage, request);
  }

  private packageMain(manifest: string): string | undefined {
    const file = this.props.code.resolve(manifest);
    if (file === undefined) return undefined;
    const parsed = this.requireFile(file);
    const main = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'main') : undefined;
    return typeof main === 'string'
      ? this.props.code.resolve(path.posix.join(path.posix.dirname(file), main))
      : undefined;
  }

  private requireFile(file: string, code = this.props.code, key = file): unknown {
    const known = this.modules.get(key);
    if (known !== undefined) return known.exports;
    const loaded = code.load(file);
    const module: { exports: unknown } = { exports: {} };
    this.modules.set(key, module);
    if (loaded.kind === 'json') {
      module.exports = HostJson.parse(loaded.text);
      return module.exports;
    }
    try {
      loaded.run(this.props.globals, {
        exports: module.exports,
        module,
        require: (request) => this.require(request, file),
        importModule: async (request) => namespace(this.require(request, file)),
      });
    } catch (error) {
      this.modules.delete(key);
      throw error;
    }
    return module.exports;
  }

  clear(): void {
    this.modules.clear();
  }
}

function namespace(exported: unknown): unknown {
  return typeof exported === 'object' && exported !== null ? { ...exported, default: exported } : { default: exported };
}

function cannotFind(request: string, from: string): Error {
  const error = new HostError(
    `Cannot find module '${request}' (required by ${from === '' ? 'the runtime' : from}); ` +
      'it is neither in the asset nor among the modules that the simulator provides',
  );
  error.name = 'Runtime.ImportModuleError';
  return Object.assign(error, { code: 'MODULE_NOT_FOUND' });
}
