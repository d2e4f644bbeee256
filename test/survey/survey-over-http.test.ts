import { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { startServer } from '../../simulator/amplify-backend/server';
import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import { survey } from '../../survey/survey';
import { differences, WATCH_MINUTES } from './expected-answers';
import { APP, NEW_ROLE, SOURCE, STUDIO_OFF_APP, SURVEY, SurveyedAccount } from './surveyed-account';

const ROLE_KEY = 'AKIDROLE';

/** With the real client and a real socket. The clock advances with each call, and when the survey sleeps. */
async function surveyOverHttp(variants: Variants) {
  const account = new SurveyedAccount({ variants });
  const { clock, service, store, names } = account;
  const server = await startServer(async (request) => {
    const isRole = request.headers['authorization']?.includes(`Credential=${ROLE_KEY}/`) === true;
    await clock.advance(40);
    const reply = await answer(service, request, isRole ? NEW_ROLE : SURVEY, {
      callerRights: isRole ? 'missing' : 'enough',
    });
    await clock.advance(40);
    return reply;
  });
  const client = (accessKeyId: string): AmplifyBackendClient =>
    new AmplifyBackendClient({
      endpoint: server.url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId, secretAccessKey: 'not-a-secret' },
    });
  try {
    await clock.advance(3 * 60 * 60_000);
    const { seen, left, endedEarly } = await survey({
      settings: {
        appId: APP,
        region: 'us-east-1',
        source: SOURCE,
        names,
        watchMinutes: WATCH_MINUTES,
        studioOffAppId: STUDIO_OFF_APP,
      },
      client: client('AKIDSURVEY'),
      clock: { ...account.handlerClock(), sleep: (milliseconds) => clock.advance(milliseconds) },
      store,
      roles: {
        newName: () => 'survey-role',
        make: async () => {
          service.permissions.grant(clock.now());
          return client(ROLE_KEY);
        },
        remove: async () => {},
      },
      signal: new AbortController().signal,
      say: () => {},
    });
    return { wrong: differences(seen, variants), left, endedEarly };
  } finally {
    await server.close();
  }
}

test.each<Partial<Variants>>([
  {},
  { cloneJobFiledUnder: 'source', exceptionNames: 'reported, not found with status 400', jobsListed: 'oldest first' },
  {
    environmentDetails: { answer: '504', of: 'every environment', fromAgeMilliseconds: 0 },
    missingRights: 'AccessDeniedException',
    firstMinute: 'AccessDeniedException',
  },
  { cloneOntoExisting: '200 with error', readLag: { maxMilliseconds: 60_000 }, clockSkewMilliseconds: -30_000 },
])('with the real client over HTTP, a survey finds %j', async (changed) => {
  const found = await surveyOverHttp({ ...DEFAULT_VARIANTS, ...changed });
  expect(found).toEqual({ wrong: [], left: [], endedEarly: undefined });
});
