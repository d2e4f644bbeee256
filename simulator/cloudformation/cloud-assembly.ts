import * as fs from 'node:fs';
import * as path from 'node:path';
import { LambdaCode } from '../lambda/code';
import { isJsonObject, type JsonObject, parseJsonObject } from './json';
import { parseTemplate, type Template } from './template';

export interface SynthesizedStack {
  readonly stackName: string;
  /** The CDK CLI's name for the stack, with its stages. */
  readonly displayName: string;
  readonly template: Template;
  /** The names of the stacks of this assembly that have to be deployed first. */
  readonly dependencies: readonly string[];
}

/** The output directory of `app.synth()`, read once. Code is compiled when it first runs. */
export class CloudAssembly {
  private readonly code = new Map<string, LambdaCode>();
  private readonly inlineCode = new Map<string, LambdaCode>();
  private readonly templates = new Map<string, Template>();

  private constructor(
    readonly directory: string,
    private readonly stacksByName: ReadonlyMap<string, SynthesizedStack>,
    /** Absolute paths, by the asset's name in the template: its hash. */
    private readonly assets: ReadonlyMap<string, string>,
  ) {}

  static load(directory: string): CloudAssembly {
    const stacks = new Map<string, SynthesizedStack>();
    const assets = new Map<string, string>();
    readManifest(path.resolve(directory), stacks, assets);
    if (stacks.size === 0) throw new Error(`the cloud assembly ${directory} has no stacks`);
    return new CloudAssembly(directory, stacks, assets);
  }

  get stacks(): SynthesizedStack[] {
    return [...this.stacksByName.values()];
  }

  /** @param name its name, or its display name */
  stack(name: string): SynthesizedStack {
    const found = this.stacksByName.get(name) ?? this.stacks.find(({ displayName }) => displayName === name);
    if (found !== undefined) return found;
    const names = this.stacks.map(({ displayName }) => displayName).join(', ');
    throw new Error(`the cloud assembly ${this.directory} has no stack ${name}; it has ${names}`);
  }

  /** The unzipped asset that a Lambda function's `S3Key` names. */
  assetCode(key: string): LambdaCode {
    const known = this.code.get(key);
    if (known !== undefined) return known;
    const code = LambdaCode.fromDirectory(this.asset(key));
    this.code.set(key, code);
    return code;
  }

  inlineAssetCode(text: string): LambdaCode {
    const known = this.inlineCode.get(text) ?? LambdaCode.fromInline(text);
    this.inlineCode.set(text, known);
    return known;
  }

  /** The template that a nested stack's `TemplateURL` names. */
  nestedTemplate(url: string): Template {
    const key = url.slice(url.lastIndexOf('/') + 1);
    const known = this.templates.get(key);
    if (known !== undefined) return known;
    const file = this.asset(key);
    const template = parseTemplate(readJson(file), `the template ${file}`);
    this.templates.set(key, template);
    return template;
  }

  private asset(key: string): string {
    const found = this.assets.get(key);
    if (found !== undefined) return found;
    throw new Error(`the cloud assembly ${this.directory} has no asset ${key}`);
  }
}

/** Adds the stacks and assets in the manifest of a directory. A stage is a subdirectory with a manifest of its own. */
function readManifest(directory: string, stacks: Map<string, SynthesizedStack>, assets: Map<string, string>): void {
  const manifest = readJson(path.join(directory, 'manifest.json'));
  const artifacts = member(manifest, 'artifacts');
  const stackNames = new Map<string, string>();
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (isJsonObject(artifact) && artifact['type'] === 'aws:cloudformation:stack') {
      stackNames.set(id, string(member(artifact, 'properties')['stackName']) ?? id);
    }
  }
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isJsonObject(artifact)) continue;
    const { type, displayName, dependencies } = artifact;
    const properties = member(artifact, 'properties');
    if (type === 'cdk:cloud-assembly') {
      readManifest(path.join(directory, required(properties, 'directoryName', id)), stacks, assets);
    }
    if (type === 'cdk:asset-manifest') {
      readAssets(directory, required(properties, 'file', id), assets);
    }
    const stackName = stackNames.get(id);
    if (stackName !== undefined) {
      const file = path.join(directory, required(properties, 'templateFile', id));
      stacks.set(stackName, {
        stackName,
        displayName: string(displayName) ?? id,
        template: parseTemplate(readJson(file), `the template ${file}`),
        dependencies: (Array.isArray(dependencies) ? dependencies : []).flatMap((dependency: unknown) => {
          const name = typeof dependency === 'string' ? stackNames.get(dependency) : undefined;
          return name === undefined ? [] : [name];
        }),
      });
    }
  }
}

function readAssets(directory: string, file: string, assets: Map<string, string>): void {
  const files = member(readJson(path.join(directory, file)), 'files');
  for (const [hash, asset] of Object.entries(files)) {
    if (!isJsonObject(asset)) throw new Error(`${file}: the asset ${hash} should be an object`);
    const source = string(member(asset, 'source')['path']);
    if (source === undefined) throw new Error(`${file}: the asset ${hash} has no source path`);
    for (const destination of Object.values(member(asset, 'destinations'))) {
      if (!isJsonObject(destination)) continue;
      const key = string(destination['objectKey']);
      if (key !== undefined) assets.set(key.slice(key.lastIndexOf('/') + 1), path.join(directory, source));
    }
  }
}

function readJson(file: string): JsonObject {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${file} cannot be read; "cdk synth" or app.synth() creates a cloud assembly`);
  }
  return parseJsonObject(text, file);
}

function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : {};
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function required(properties: JsonObject, name: string, artifact: string): string {
  const value = string(properties[name]);
  if (value === undefined) throw new Error(`the artifact ${artifact} of the cloud assembly has no ${name}`);
  return value;
}
