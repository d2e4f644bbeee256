import { Faults } from '../../../simulator/amplify-backend/faults';
import { AmplifyBackend, type AmplifyBackendOptions } from '../../../simulator/amplify-backend/model';
import type { Acceptance } from '../../../simulator/amplify-backend/operations';
import { DEFAULT_VARIANTS, type Variants } from '../../../simulator/amplify-backend/variants';
import { VirtualClock } from '../../../simulator/clock';
import { seededRandom } from '../../../simulator/random';

export const APP = 'd1a2b3c4d5e6f7';
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const JOB_DURATION = 5 * MINUTE;

/** One app with environment `dev`, on a virtual clock, where every job takes five minutes. */
export function serviceUnderTest(variants: Partial<Variants> = {}, options: Partial<AmplifyBackendOptions> = {}) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const faults = new Faults(random);
  const service = new AmplifyBackend({
    clock,
    random,
    faults,
    variants: { ...DEFAULT_VARIANTS, ...variants },
    jobDuration: () => JOB_DURATION,
    ...options,
  });
  service.addApp(APP, { studio: true });
  service.addEnvironment(APP, 'dev');

  const clone = (target = 'preview', source = 'dev') =>
    service.cloneBackend({ operation: 'CloneBackend', appId: APP, source, target }, 'test');
  const remove = (environment = 'preview') =>
    service.deleteBackend({ operation: 'DeleteBackend', appId: APP, environment }, 'test');
  const job = (jobId: string, environment = 'preview') =>
    service.getBackendJob({ operation: 'GetBackendJob', appId: APP, environment, jobId });
  const list = (): readonly string[] => {
    const result = service.getBackend({ operation: 'GetBackend', appId: APP, environment: undefined });
    if (result.kind === 'refused') throw new Error(result.exception.message);
    return result.answer.backendEnvironmentList ?? [];
  };
  const names = (): string[] => service.environments(APP).map(({ name }) => name);
  const started = (result: ReturnType<typeof clone>): Acceptance & { readonly jobId: string } => {
    if (result.kind === 'refused') throw new Error(result.exception.message);
    const { jobId } = result.answer;
    if (jobId === undefined) throw new Error('no job was started');
    return { ...result.answer, jobId };
  };
  const status = (jobId: string, environment = 'preview'): string => {
    const result = job(jobId, environment);
    return result.kind === 'answered' ? result.answer.status : result.exception.name;
  };
  return { clock, service, faults, clone, remove, job, list, names, started, status };
}
