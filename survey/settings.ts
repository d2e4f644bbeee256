import { parseArgs } from 'node:util';
import { APP_ID, ENVIRONMENT_NAME } from '../lib/name-patterns';
import { matching, UsageError } from '../scripts/options';

export const USAGE = `npm run survey -- --app-id ID --source NAME [options]

  --app-id ID              the Amplify app
  --source NAME            the environment to clone, which is not changed
  --region REGION          the Region of the app (default: the AWS SDK's)
  --watch-minutes N        how long to poll the complete clone (default: 12); 40 or more answer more questions
  --make-role              also create an IAM role that can use only AmplifyBackend, clone with it, and delete it
  --studio-off-app-id ID   another app, whose Amplify Studio is off; the survey only reads it
  --out FOLDER             the folder of the record and the report (default: survey-results)
  --endpoint URL           call this endpoint, such as the emulator's, instead of AWS
  --yes                    start without asking
  --clean-up               only delete what an earlier survey left, according to the record in the folder
  --help                   print this help`;

export interface SurveySettings {
  readonly kind: 'survey';
  readonly appId: string;
  readonly source: string;
  readonly region: string | undefined;
  readonly watchMinutes: number;
  readonly makeRole: boolean;
  readonly studioOffAppId: string | undefined;
  readonly out: string;
  readonly endpoint: string | undefined;
  readonly yes: boolean;
}

export type Properties =
  | SurveySettings
  | (Pick<SurveySettings, 'out' | 'endpoint'> & { readonly kind: 'clean-up' })
  | { readonly kind: 'help' };

/** @throws UsageError if the options are invalid */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): Properties {
  const values = parsed(args);
  if (values.help) return { kind: 'help' };
  const { out, region, yes } = values;
  const endpoint = values.endpoint === undefined ? undefined : endpointIn(values.endpoint);
  const mayReachAws = endpoint !== undefined && !hasEndpointOfIam(environment);
  if (values['clean-up']) return { kind: 'clean-up', out, endpoint };
  if (values['make-role'] && mayReachAws) {
    throw new UsageError(
      '--make-role with --endpoint needs AWS_ENDPOINT_URL: otherwise the role would be created at AWS',
    );
  }
  const studioOffAppId = values['studio-off-app-id'];
  return {
    kind: 'survey',
    appId: matching('app-id', values['app-id'], APP_ID, 'a d and 1 to 19 lowercase letters and digits'),
    source: matching('source', values.source, ENVIRONMENT_NAME, "an environment's name, such as dev"),
    region,
    watchMinutes: minutesIn(values['watch-minutes']),
    makeRole: values['make-role'],
    studioOffAppId:
      studioOffAppId === undefined ? undefined : matching('studio-off-app-id', studioOffAppId, APP_ID, 'an app id'),
    out,
    endpoint,
    yes,
  };
}

/** Whether the SDK calls another endpoint than AWS for IAM and STS. */
export function hasEndpointOfIam(environment: NodeJS.ProcessEnv): boolean {
  return environment['AWS_ENDPOINT_URL'] !== undefined;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'app-id': { type: 'string' },
        source: { type: 'string' },
        region: { type: 'string' },
        'watch-minutes': { type: 'string', default: '12' },
        'make-role': { type: 'boolean', default: false },
        'studio-off-app-id': { type: 'string' },
        out: { type: 'string', default: 'survey-results' },
        endpoint: { type: 'string' },
        yes: { type: 'boolean', default: false },
        'clean-up': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A clone is polled for an hour at most, and credentials of an assumed role often last as long. */
const MOST_MINUTES = 24 * 60;

function minutesIn(text: string): number {
  const minutes = Number(text);
  if (/^\d+$/.test(text) && minutes <= MOST_MINUTES) return minutes;
  throw new UsageError(`--watch-minutes "${text}" is not a whole number from 0 to ${MOST_MINUTES}`);
}

function endpointIn(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--endpoint "${text}" is not a URL, such as http://127.0.0.1:8017`);
}
