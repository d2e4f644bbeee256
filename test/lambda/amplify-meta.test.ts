import type { MetaConfig } from '../../lambda/backend-service';
import { type Content, contentOf, type OutputsRead, readOutputs, rootStackId } from '../../lambda/outputs';
import type { OutputPath } from '../../lambda/request';
import { parseRequest } from '../../lambda/request-parsing';
import { isRecord } from '../../lambda/unknown-value';
import { amplifyMetaFile, amplifyMetaFiles } from '../amplify-meta';

/* What the handler makes of real backends. What they have is found here in another way than the handler does it. */

interface Found {
  readonly path: string;
  readonly value: string;
}

/** All single values under `output` of a resource, or of a provider. */
function foundIn(config: MetaConfig): readonly Found[] {
  const found: Found[] = [];
  const followUp = (keys: readonly string[], value: unknown): void => {
    if (isRecord(value)) {
      for (const [key, inner] of Object.entries(value)) followUp([...keys, key], inner);
      return;
    }
    const isOfProvider = keys.length === 3 && keys[0] === 'providers';
    const isOutput = keys.length === 4 && keys[0] !== 'providers' && keys[2] === 'output';
    if ((!isOfProvider && !isOutput) || typeof value === 'object') return;
    found.push({ path: `${keys[0]}/${keys[1]}/${keys[keys.length - 1]}`, value: String(value) });
  };
  followUp([], config);
  return found;
}

/** As the properties of the custom resource say them. */
function pathsOf(Outputs: readonly string[]): readonly OutputPath[] {
  const request = parseRequest({
    RequestType: 'Create',
    RequestId: 'create',
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/S/guid',
    LogicalResourceId: 'Clone',
    ResourceProperties: {
      AppId: 'd1a2b3c4d5e6f7',
      SourceEnvironmentName: 'dev',
      TargetEnvironmentName: 'preview',
      TimeoutSeconds: '2700',
      Outputs,
    },
  });
  return request.properties?.outputs ?? [];
}

const read = (config: MetaConfig, ...outputs: readonly string[]): OutputsRead =>
  readOutputs('preview', pathsOf(outputs), { kind: 'read', config });

const messageOf = (result: OutputsRead): string => (result.kind !== 'there' ? result.error.message : 'all is there');

const files = amplifyMetaFiles();

test('the files of real backends have many outputs', () => {
  expect(files).toHaveLength(28);
  expect(files.flatMap(([, config]) => foundIn(config)).length).toBeGreaterThan(600);
});

describe.each(files)('the backend %s', (_, config) => {
  const found = foundIn(config);

  test('has each output by category, resource and name', () => {
    for (const { path, value } of found) {
      expect(read(config, path)).toEqual({ kind: 'there', values: { [path.replaceAll('/', '.')]: value } });
    }
  });

  test('has an output without a resource name if one resource has it, else the error names those that have it', () => {
    for (const { path, value } of found) {
      const [category, , name] = path.split('/');
      const alike = found.filter((other) => other.path.startsWith(`${category}/`) && other.path.endsWith(`/${name}`));
      const first = alike[0]?.path.split('/')[1];
      const result = read(config, `${category}//${name}`);
      if (alike.length === 1) expect(result).toEqual({ kind: 'there', values: { [`${category}..${name}`]: value } });
      else expect(messageOf(result)).toContain(`name the resource of ${category}.${name}, which exists in ${first}`);
    }
  });

  test('has no text for a list or an object', () => {
    expect(messageOf(read(config, 'api//authConfig'))).toContain('api.authConfig does not exist');
  });

  test('has the root stack of its provider, if it has a provider', () => {
    const expected = found.find(({ path }) => path === 'providers/awscloudformation/StackId')?.value;
    expect(rootStackId({ kind: 'read', config })).toBe(expected);
    expect(expected === undefined).toBe(config['providers'] === undefined);
  });
});

test('a backend with only providers is an environment with only a root stack', () => {
  const byContent = (content: Content): string[] =>
    files.flatMap(([name, config]) => (contentOf(config) === content ? [name] : []));
  expect(byContent('NOTHING')).toEqual([]);
  expect(byContent('ROOT_STACK')).toEqual([
    'cloudprog-providers-only',
    'lexchatbot-cloud',
    'netvote-cloud-empty',
    'superchatbot-cloud',
  ]);
  expect(byContent('BACKEND')).toHaveLength(24);
});

describe.each([
  [
    'imported auth',
    'importauth-imported',
    'auth//UserPoolId',
    /auth\.UserPoolId does not exist, since an imported resource has no outputs/,
  ],
  [
    'imported auth, by its name',
    'importauth-imported',
    'auth/appayntniuc92f6720/UserPoolId',
    /auth\.appayntniuc92f6720\.UserPoolId does not exist, since an imported resource has no outputs/,
  ],
  ['only hosting by Amplify', 'antios-hosting-only', 'hosting//URL', /hosting\.URL does not exist\./],
  ['hosting that was never deployed', 'stardash-hosting-only', 'hosting//URL', /hosting\.URL does not exist\./],
  [
    'hosting, and a request for auth',
    'antios-hosting-only',
    'auth//UserPoolId',
    /auth\.UserPoolId does not exist, and neither does anything of category auth/,
  ],
  [
    'only providers',
    'cloudprog-providers-only',
    'auth//UserPoolId',
    /auth\.UserPoolId does not exist, and neither does anything of category auth/,
  ],
])('a backend with %s', (_, name, output, problem) => {
  const config = amplifyMetaFile(name);

  test('has only the provider’s outputs, and the error gives the reason and lists them', () => {
    const message = messageOf(read(config, output));
    expect(message).toMatch(problem);
    expect(message).toContain('providers.awscloudformation.StackName');
  });

  test('has the provider’s outputs', () => {
    expect(read(config, 'providers//StackName', 'providers/awscloudformation/DeploymentBucketName')).toEqual({
      kind: 'there',
      values: {
        'providers..StackName': expect.stringMatching(/^amplify-/),
        'providers.awscloudformation.DeploymentBucketName': expect.stringMatching(/-deployment$/),
      },
    });
  });
});
