import { parseArgs } from 'node:util';
import { APP_ID, ENVIRONMENT_NAME } from '../lib/name-patterns';
import { matching, UsageError } from '../scripts/options';

export const USAGE = `npm run e2e -- [NAME]
npm run e2e -- --aws --app-id ID --source NAME [options] [NAME]
npm run e2e -- --aws --take-down PREFIX

  NAME              run only the journeys with NAME in their names
  --aws             run the journeys that do not need the emulator, in the AWS account of your credentials
  --app-id ID       the Amplify app
  --source NAME     the environment to clone, which is not changed
  --qualifier Q     the qualifier of the bootstrap stack (default: CDK's own)
  --yes             deploy without asking
  --take-down P     delete the stacks that a killed run left: those whose names begin with P, the prefix that it printed
  --service-endpoint URL
                    call this endpoint instead of AmplifyBackend, also from the deployed handler
  --help            print this help`;

export type Wanted =
  | { readonly kind: 'help' }
  | { readonly kind: 'here'; readonly part: string }
  | AwsRun
  | { readonly kind: 'take down'; readonly prefix: string };

export interface AwsRun {
  readonly kind: 'at AWS';
  readonly part: string;
  readonly appId: string;
  readonly source: string;
  readonly qualifier: string | undefined;
  readonly yes: boolean;
  readonly serviceEndpoint: string | undefined;
}

/** The names of all stacks of a run begin with this and six letters. */
export const STACK_PREFIX = 'AmplifyCloneE2e-';
const PREFIX = new RegExp(`^${STACK_PREFIX}[a-z]{6}-$`);

/** @throws UsageError if the options are invalid */
export function readRunSettings(args: readonly string[]): Wanted {
  const { values, positionals } = parsed(args);
  const [part = '', ...rest] = positionals;
  if (values.help) return { kind: 'help' };
  if (rest.length > 0) throw new UsageError(`at most one NAME is allowed, not ${positionals.join(' ')}`);
  const { aws, help: _, yes: __, ...ofAws } = values;
  if (!aws) {
    const [option] = Object.keys(ofAws);
    if (option !== undefined) throw new UsageError(`--${option} needs --aws`);
    return { kind: 'here', part };
  }
  const prefix = values['take-down'];
  if (prefix !== undefined) {
    if (!PREFIX.test(prefix))
      throw new UsageError(
        `--take-down "${prefix}" is not a prefix that a run printed, such as ${STACK_PREFIX}abcdef-`,
      );
    return { kind: 'take down', prefix };
  }
  return {
    kind: 'at AWS',
    part,
    appId: matching('app-id', values['app-id'], APP_ID, 'a d and 1 to 19 lowercase letters and digits'),
    source: matching('source', values.source, ENVIRONMENT_NAME, "an environment's name, such as dev"),
    qualifier: values.qualifier,
    yes: values.yes,
    serviceEndpoint: values['service-endpoint'],
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        aws: { type: 'boolean', default: false },
        'app-id': { type: 'string' },
        source: { type: 'string' },
        qualifier: { type: 'string' },
        yes: { type: 'boolean', default: false },
        'take-down': { type: 'string' },
        'service-endpoint': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
