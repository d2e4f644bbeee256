/**
 * Observes undocumented behavior of AmplifyBackend on AWS: `npm run survey -- --app-id ID --source dev`.
 * See docs/trying-it-on-aws.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { AmplifyBackendClient, type AmplifyBackendClientConfig } from '@aws-sdk/client-amplifybackend';
import type { HandlerClock } from '../lambda/context';
import { isAgreed, NOT_A_TERMINAL } from '../scripts/confirmation';
import { UsageError } from '../scripts/options';
import type { Left } from './clean-up';
import { markdownOf } from './markdown';
import { drawNames } from './names';
import { planOf } from './plan';
import { fileStore, type RecordStore, readRecord } from './record';
import { reportOf } from './report';
import { iamRoles } from './roles';
import { hasEndpointOfIam, readSettings, type SurveySettings, USAGE } from './settings';
import { finish, survey } from './survey';

const clock: HandlerClock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  random: () => Math.random(),
};

/** On Ctrl-C, the terminal signals npm and this process, and npm forwards its signal: two signals for one key press. */
const SAME_INTERRUPTION = 2000;

async function main(): Promise<void> {
  // Disables the SDK's warning that a later release will not support this version of Node.js.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const properties = readSettings(process.argv.slice(2), process.env);
  switch (properties.kind) {
    case 'help':
      console.log(USAGE);
      return;
    case 'clean-up':
      return cleanUpOnly(properties.out, properties.endpoint);
    case 'survey':
      return surveyAndReport(properties);
  }
}

async function surveyAndReport(settings: SurveySettings): Promise<void> {
  const { appId, source, watchMinutes, studioOffAppId, out, endpoint, makeRole } = settings;
  const config = configOf(settings.region, endpoint);
  const client = new AmplifyBackendClient(config);
  const region = await regionOf(client);
  const store = recordIn(out);
  const earlier = await readRecord(store);
  if (earlier !== undefined && !earlier.isOver) {
    throw new UsageError(
      `an earlier survey has not deleted what it created (${out}/record.json). Delete that first: npm run survey -- --clean-up${out === 'survey-results' ? '' : ` --out ${out}`}`,
    );
  }
  console.log(`${planOf(settings, region)}\n`);
  const agreed = settings.yes || (await isAgreed());
  if (agreed === undefined) throw new UsageError(NOT_A_TERMINAL);
  if (!agreed) {
    console.log('No call was made, and nothing was created.');
    process.exitCode = 2;
    return;
  }
  const interruption = new AbortController();
  onInterruption(interruption, out);
  const done = await survey({
    settings: { appId, region, source, watchMinutes, studioOffAppId, names: drawNames() },
    client,
    clock,
    store,
    roles: makeRole ? iamRoles({ appId, region, client: config, clock }) : undefined,
    signal: interruption.signal,
    say,
  });
  const report = reportOf(done, { region, isOfAws: endpoint === undefined });
  await mkdir(out, { recursive: true });
  await writeFile(path.join(out, 'survey.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(path.join(out, 'survey.md'), markdownOf(report));
  const answered = report.answers.filter(({ answer }) => answer.kind !== 'not seen').length;
  console.log(
    `\n${answered} of ${report.answers.length} questions have an answer. Paste ${out}/survey.md into an issue of the form "Survey report". The simulator can use ${out}/survey.json.`,
  );
  reportLeft(done.left, out);
  if (endpoint === undefined) {
    const { watched, cutShort, byNewRole } = done.seen.names;
    console.log(
      `Whether the service deletes all resources of a clone is not known. Search CloudFormation and S3 for stacks and buckets with ${watched}, ${cutShort} or ${byNewRole} in their names.`,
    );
  }
  if (done.endedEarly !== undefined) process.exitCode = interruption.signal.aborted ? 130 : 1;
}

async function cleanUpOnly(out: string, endpoint: string | undefined): Promise<void> {
  const store = recordIn(out);
  const record = await readRecord(store);
  if (record === undefined)
    throw new UsageError(`${out}/record.json does not exist: no survey was started with this folder`);
  if (record.isOver) {
    console.log('The last survey has deleted all that it created.');
    return;
  }
  const { appId, region } = record;
  const config = configOf(region, endpoint);
  const mayReachIam = endpoint === undefined || hasEndpointOfIam(process.env);
  const left = await finish({
    client: new AmplifyBackendClient(config),
    clock,
    store,
    roles: mayReachIam ? iamRoles({ appId, region, client: config, clock }) : undefined,
    say,
  });
  reportLeft(left, out);
}

function reportLeft(left: readonly Left[], out: string): void {
  if (left.length === 0) {
    console.log('The service lists nothing that the survey created.');
    return;
  }
  console.error('Not everything was deleted:');
  for (const { environmentName, because } of left) console.error(`  ${environmentName}: ${because}`);
  if (!left.some(({ isOwn }) => isOwn)) return;
  console.error(`To try again: npm run survey -- --clean-up${out === 'survey-results' ? '' : ` --out ${out}`}`);
  process.exitCode = 1;
}

function recordIn(out: string): RecordStore {
  return fileStore(path.join(out, 'record.json'));
}

/** The client does not retry, so that every answer is observed. */
function configOf(region: string | undefined, endpoint: string | undefined): AmplifyBackendClientConfig {
  const isHere = endpoint !== undefined && /^(127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(endpoint).hostname);
  return {
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    // An endpoint on this machine needs no real credentials.
    ...(isHere && {
      region: region ?? 'us-east-1',
      credentials: { accessKeyId: 'SURVEY', secretAccessKey: 'not-a-secret' },
    }),
  };
}

async function regionOf(client: AmplifyBackendClient): Promise<string> {
  try {
    return await client.config.region();
  } catch {
    throw new UsageError('the Region is missing: set --region or AWS_REGION');
  }
}

function onInterruption(interruption: AbortController, out: string): void {
  let first: number | undefined;
  const interrupt = (): void => {
    if (first !== undefined && Date.now() - first > SAME_INTERRUPTION) {
      console.error(`Ended at once. ${out}/record.json has what remains. To delete it: npm run survey -- --clean-up`);
      process.exit(130);
    }
    if (first !== undefined) return;
    first = Date.now();
    say('Interrupted. Deleting what the survey created; a second Ctrl-C ends at once.');
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
}

function say(line: string): void {
  console.log(`${new Date().toLocaleTimeString('en-GB')}  ${line}`);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  console.error(
    error instanceof UsageError ? `${message}. --help shows the options.` : `The survey failed: ${message}`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
