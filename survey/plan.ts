import type { SurveySettings } from './settings';

/** What is said before anything is asked of the service. */
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
    'It makes, and deletes again,',
    `  ${clones} of ${source} under random names of ten letters: one is watched for ${watchMinutes} minutes once it is there,`,
    '  one is deleted while it is cloned, and for a moment both are cloned at once.',
    ...(makeRole
      ? [
          '  An IAM role that may use AmplifyBackend in this app and nothing else; a third clone is begun with it, and is',
          '  expected to fail for want of rights.',
        ]
      : []),
    'It provokes',
    '  a clone of a source that does not exist, a clone onto a name that is not allowed, a clone onto its own clone, and the',
    '  deletion of an environment that does not exist.',
    'It never changes',
    `  ${source}, or any other environment that it did not make.`,
    '',
    `It takes ${watchMinutes + 20} to ${watchMinutes + 50} minutes, and about ${200 + watchMinutes * 12} calls, which are free. A clone costs what its resources cost for`,
    'that time: nothing, or cents, for user pools, functions, on-demand tables and buckets; more for what is paid by the',
    'hour, such as a search domain or provisioned capacity. A clone of a source with imported resources shares those.',
    '',
    'Whether AmplifyBackend deletes all that a clone had, above all of one that is deleted while it is made, is not known: at the',
    'end the survey says by which names to look for stacks and buckets that are left.',
    '',
    `What it is about to make is in ${out}/record.json before it is made. Ctrl-C deletes it; after a crash,`,
    '`npm run survey -- --clean-up` does. The report names no account, app, role or pool.',
  ].join('\n');
}
