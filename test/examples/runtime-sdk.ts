import { build } from 'esbuild';
import { LambdaCode } from '../../simulator/lambda/code';

/** Packages of the AWS SDK as in Lambda's Node.js runtimes, for functions whose assets do not contain them. */
export async function runtimeSdk(...names: readonly string[]): Promise<ReadonlyMap<string, LambdaCode>> {
  const packages = names.map(async (name): Promise<[string, LambdaCode]> => {
    const { outputFiles } = await build({
      stdin: { contents: `module.exports = require('${name}');`, resolveDir: __dirname },
      bundle: true,
      write: false,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      // The simulator loads CommonJS.
      supported: { 'dynamic-import': false },
    });
    return [name, LambdaCode.fromInline(outputFiles.map(({ text }) => text).join('\n'))];
  });
  return new Map(await Promise.all(packages));
}
