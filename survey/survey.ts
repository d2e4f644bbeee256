import type { AmplifyBackendClient } from '@aws-sdk/client-amplifybackend';
import { amplifyBackendService } from '../lambda/amplify-backend-service';
import { ServiceError } from '../lambda/backend-service';
import type { HandlerClock, LifecycleContext } from '../lambda/context';
import { cleanUp, type Left } from './clean-up';
import { type CourseSettings, runCourse, SurveyError } from './course';
import { type Caller, type Exchange, observe } from './exchange';
import { changeRecord, ledgerOf, newRecord, type RecordStore, readRecord, writeRecord } from './record';
import type { Observations } from './timeline';

export interface SurveyProps {
  readonly settings: CourseSettings & { readonly region: string };
  /** Without retries. */
  readonly client: AmplifyBackendClient;
  readonly clock: HandlerClock;
  readonly store: RecordStore;
  /** @default - no role is created */
  readonly roles?: Roles | undefined;
  /** Aborting it stops the survey, which then cleans up. */
  readonly signal: AbortSignal;
  say(line: string): void;
}

/** Roles that have permissions for AmplifyBackend in one app only. */
export interface Roles {
  newName(): string;
  /** Creates the role, and returns a client with its credentials. */
  make(name: string): Promise<AmplifyBackendClient>;
  /** Does nothing if the role does not exist. */
  remove(name: string): Promise<void>;
}

export interface Surveyed {
  readonly seen: Observations;
  readonly left: readonly Left[];
  /** Why the survey ended early, as a sentence. */
  readonly endedEarly: string | undefined;
}

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Runs a survey: writes the record, makes the calls, and deletes what was created, also after a failure. */
export async function survey(props: SurveyProps): Promise<Surveyed> {
  const { settings, client, clock, store, roles, signal, say } = props;
  const { appId, region, source, names } = settings;
  const exchanges: Exchange[] = [];
  const watch = (observed: AmplifyBackendClient, caller: Caller): void =>
    observe(observed, { caller, now: () => clock.now(), saw: (exchange) => exchanges.push(exchange) });
  watch(client, 'the user of the survey');
  await writeRecord(store, newRecord({ appId, region, source, names }));

  const context = contextOf(client, clock, store);
  const roleMaker = roles && {
    newName: () => roles.newName(),
    async make(name: string) {
      const own = await roles.make(name);
      watch(own, 'a new role');
      return amplifyBackendService(own, () => {});
    },
  };
  let endedEarly: string | undefined;
  try {
    const interruptible = { ...context, clock: interruptibleClock(clock, signal) };
    await runCourse({ settings, context: interruptible, store, roles: roleMaker, say });
  } catch (error) {
    if (error instanceof Interrupted) endedEarly = 'It was interrupted.';
    else if (error instanceof SurveyError) endedEarly = `${error.message}.`.replace(/\.\.$/, '.');
    else if (error instanceof ServiceError) endedEarly = `${error.operation} did not succeed: ${error.words}`;
    else endedEarly = `The survey failed: ${error instanceof Error ? error.message : String(error)}`;
    say(`${endedEarly} Deleting what was created.`);
  }
  const left = await finish({ client, clock, store, roles, say });
  // A list of two jobs of one environment shows their order.
  for (const name of [source, names.watched, names.cutShort]) {
    await context.service.jobs(appId, name).catch(() => undefined);
  }
  const { studioOffAppId } = settings;
  return { seen: { appId, source, names, studioOffAppId, exchanges }, left, endedEarly };
}

/** Deletes what the record has, also after an earlier process was killed. */
export async function finish({
  client,
  clock,
  store,
  roles,
  say,
}: Pick<SurveyProps, 'client' | 'clock' | 'store' | 'say'> & {
  readonly roles?: Pick<Roles, 'remove'> | undefined;
}): Promise<readonly Left[]> {
  const left = await cleanUp({ context: contextOf(client, clock, store), store, say });
  const role = (await readRecord(store))?.role;
  if (role !== undefined && roles !== undefined) await roles.remove(role);
  const isOver = left.every(({ isOwn }) => !isOwn) && (role === undefined || roles !== undefined);
  if (isOver) await changeRecord(store, (record) => ({ ...record, isOver }));
  return left;
}

function contextOf(client: AmplifyBackendClient, clock: HandlerClock, store: RecordStore): LifecycleContext {
  return {
    service: amplifyBackendService(client, () => {}),
    ledger: ledgerOf(store),
    clock,
    log: () => {},
    // Only the request of a clone uses this.
    failureCause: async () => undefined,
    deadline: Number.POSITIVE_INFINITY,
    role: 'The caller of the survey',
  };
}

function interruptibleClock(clock: HandlerClock, signal: AbortSignal): HandlerClock {
  const stopIfAborted = (): void => {
    if (signal.aborted) throw new Interrupted();
  };
  return {
    ...clock,
    async sleep(milliseconds) {
      stopIfAborted();
      let stop: () => void = () => {};
      const aborted = new Promise<void>((resolve) => {
        stop = resolve;
        signal.addEventListener('abort', stop, { once: true });
      });
      await Promise.race([clock.sleep(milliseconds), aborted]);
      signal.removeEventListener('abort', stop);
      stopIfAborted();
    },
  };
}
