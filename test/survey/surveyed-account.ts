import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import type { HandlerClock } from '../../lambda/context';
import { type FaultRates, Faults } from '../../simulator/amplify-backend/faults';
import { AmplifyBackend } from '../../simulator/amplify-backend/model';
import type { CallerRights } from '../../simulator/amplify-backend/permissions';
import { answer } from '../../simulator/amplify-backend/request-handler';
import { DEFAULT_VARIANTS, type Variants } from '../../simulator/amplify-backend/variants';
import type { WireReply } from '../../simulator/amplify-backend/wire';
import { sleep, VirtualClock } from '../../simulator/clock';
import { type Random, seededRandom } from '../../simulator/random';
import { drawNames, type Names } from '../../survey/names';
import type { RecordStore } from '../../survey/record';
import { type Roles, type Surveyed, survey } from '../../survey/survey';
import { quickClient } from './quick-client';

export const APP = 'd1a2b3c4d5e6f7';
export const STUDIO_OFF_APP = 'd9z8y7x6w5v4u3';
export const SOURCE = 'dev';
export const SURVEY = 'the survey';
export const NEW_ROLE = 'the role of the survey';
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** The latency of a request, or of an answer, in milliseconds. */
const WAY = 40;
export const ROUND_TRIP = 2 * WAY;

export interface AccountProps {
  readonly variants?: Partial<Variants>;
  readonly seed?: number;
  readonly faults?: FaultRates;
  readonly jobDuration?: (operation: string, random: Random) => number;
  /** Decides what a call does. The caller gets its error instead of an answer. */
  readonly network?: (proceed: () => Promise<WireReply>) => Promise<WireReply>;
}

/** One app with the environment `dev`, a few hours old, and another app whose Amplify Studio is off. */
export class SurveyedAccount {
  readonly clock = new VirtualClock();
  readonly service: AmplifyBackend;
  readonly store = new StoreUnderTest();
  readonly names: Names;
  readonly roles = new Set<string>();
  private readonly random: Random;
  private readonly network: NonNullable<AccountProps['network']>;

  constructor({ variants, seed = 1, faults, jobDuration, network }: AccountProps = {}) {
    this.random = seededRandom(seed);
    const { random } = this;
    this.names = drawNames((below) => random.integer(0, below - 1));
    this.network = network ?? ((proceed) => proceed());
    this.service = new AmplifyBackend({
      clock: this.clock,
      random,
      variants: { ...DEFAULT_VARIANTS, ...variants },
      faults: new Faults(random, faults),
      ...(jobDuration !== undefined && { jobDuration }),
    });
    this.service.addApp(APP);
    this.service.addEnvironment(APP, SOURCE);
    this.service.addApp(STUDIO_OFF_APP, { studio: false });
  }

  /** The virtual clock, with the interface that the survey uses. */
  handlerClock(): HandlerClock {
    return {
      now: () => this.clock.now(),
      sleep: (milliseconds) => sleep(this.clock, milliseconds),
      random: () => this.random.next(),
    };
  }

  client(caller: string, callerRights: CallerRights = 'enough'): AmplifyBackendClient {
    return quickClient(async (request) => {
      await sleep(this.clock, WAY);
      const reply = await this.network(() => answer(this.service, request, caller, { callerRights }));
      await sleep(this.clock, WAY);
      return reply;
    });
  }

  rolesOf(): Roles {
    return {
      newName: () => 'survey-role',
      make: async (name) => {
        this.roles.add(name);
        this.service.permissions.grant(this.clock.now());
        return this.client(NEW_ROLE, 'missing');
      },
      remove: async (name) => {
        this.roles.delete(name);
      },
    };
  }

  async survey(watchMinutes = 40): Promise<Surveyed> {
    await this.clock.advance(3 * 60 * MINUTE);
    return this.clock.runUntil(
      survey({
        settings: {
          appId: APP,
          region: 'us-east-1',
          source: SOURCE,
          names: this.names,
          watchMinutes,
          studioOffAppId: STUDIO_OFF_APP,
        },
        client: this.client(SURVEY),
        clock: this.handlerClock(),
        store: this.store,
        roles: this.rolesOf(),
        signal: new AbortController().signal,
        say: () => {},
      }),
    );
  }
}

/** The record in memory. */
export class StoreUnderTest implements RecordStore {
  text: string | undefined;

  async read(): Promise<string | undefined> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.text = text;
  }
}
