import * as path from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as customResources from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';

/**
 * The provider in the style of the CDK documentation: clone in `onEvent`, poll the job in `isComplete`, DeleteBackend on
 * Delete. The benchmark compares this library with it.
 *
 * @param directory the folder for its bundle
 */
export function textbookProvider(
  scope: Construct,
  queryInterval: Duration,
  directory: string,
): customResources.Provider {
  buildSync({
    entryPoints: [path.join(__dirname, 'textbook-handler.ts')],
    outfile: path.join(directory, 'index.js'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
  });
  const handler = (name: string) =>
    new lambda.Function(scope, name, {
      code: lambda.Code.fromAsset(directory),
      runtime: lambda.determineLatestNodeRuntime(scope),
      handler: `index.${name}`,
      timeout: Duration.minutes(2),
    });
  return new customResources.Provider(scope, 'Textbook', {
    onEventHandler: handler('onEvent'),
    isCompleteHandler: handler('isComplete'),
    queryInterval,
    totalTimeout: Duration.minutes(57),
  });
}
