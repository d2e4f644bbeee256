import type { SurveySettings } from './settings';

/** Printed before the first call to the service. */
export function planOf(
  { appId, source, watchMinutes, makeRole, studioOffAppId, endpoint, out }: SurveySettings,
  region: string,
): string {
  const clones = makeRole ? 'up to three clones' : 'up to two clones';
  return [
    `This survey asks AmplifyBackend ${endpoint === undefined ? `in ${region}` : `at ${endpoint}`} how it behaves, on app ${appId}.`,
    '',
    'It reads',
    `  the list of the app's environments, the details and the jobs of ${source}${studioOffAppId === undefined ? '' : `, and the list of app ${studioOffAppId}`}.`,
    'It creates, and deletes,',
    `  ${clones} of ${source} under random names of ten letters: one is watched for ${watchMinutes} minutes once it exists,`,
    '  one is deleted while it is cloned, and for a moment both are cloned at once.',
    ...(makeRole
      ? [
          '  An IAM role that can use only AmplifyBackend in this app. The third clone starts with it, and is expected to fail',
          '  because it lacks permissions.',
        ]
      : []),
    'It makes calls that are expected to fail:',
    '  a clone of a source that does not exist, a clone with a name that is not allowed, a clone whose target is its own clone,',
    '  and the deletion of an environment that does not exist.',
    'It never changes',
    `  ${source}, or any other environment that it did not create.`,
    '',
    `It takes ${watchMinutes + 20} to ${watchMinutes + 50} minutes, and about ${200 + watchMinutes * 12} calls, which are free. A clone costs what its resources cost for`,
    'that time: nothing, or cents, for user pools, functions, on-demand tables and buckets; more for resources that are billed',
    'by the hour, such as a search domain or provisioned capacity. A clone of a source with imported resources shares those.',
    '',
    'Whether AmplifyBackend deletes all resources of a clone, above all of one that is deleted while it is cloned, is not known.',
    'At the end, the survey prints the names by which to search for remaining stacks and buckets.',
    '',
    `The survey writes what it will create to ${out}/record.json before it creates it. Ctrl-C deletes it. After a crash,`,
    '`npm run survey -- --clean-up` does. The report names no account, app, role or pool.',
  ].join('\n');
}
