import type { Random } from '../random';

export const CHOICES = {
  /** The environment whose jobs include a clone job. */
  cloneJobFiledUnder: ['target', 'source'],
  /** When the target appears in GetBackend. */
  targetListed: ['on completion', 'on acceptance'],
  failedCloneLeaves: ['empty environment', 'nothing'],
  /** CloneBackend with a target that exists, or that a running clone is creating. */
  cloneOntoExisting: ['BadRequestException', '200 with error', 'accepted, and the job FAILS'],
  deleteWhileCloning: ['accepted', 'BadRequestException'],
  deleteAbsent: ['NotFoundException', 'BadRequestException', '200 with a job that completes'],
  /** Any call in the minute after its role got the permissions. IAM is eventually consistent: one call may succeed and the next fail. */
  firstMinute: ['works', 'AccessDeniedException', 'AccessDeniedException now and then'],
  /** GetBackend for an app whose Amplify Studio is off. */
  studioOff: ['works', 'NotFoundException'],
  /** The order of ListBackendJobs. It is not documented. */
  jobsListed: ['newest first', 'oldest first'],
  /** `PENDING` was seen in an answer to DeleteBackend (amplify-hosting 2369). */
  firstJobStatus: ['PENDING', 'RUNNING'],
  /** Whether an answer about one job has its operation. The only published answer does not (amplify-hosting 2369). */
  jobOperation: ['absent', 'present'],
  /**
   * CloneBackend or DeleteBackend while another job of its source, or of its target, runs. The exception was seen on other
   * operations of the same job system (amplify-studio 336, 417, 483; amplify-cli 9295).
   */
  pendingJob: ['accepted', 'ValidationException'],
  /** The names of exceptions: those of the model, or those of reports and of the API reference. */
  exceptionNames: ['modelled', 'reported', 'reported, not found with status 400'],
  /** The result of a job whose caller lacks a permission that the job needs (amplify-studio 355, 852). */
  missingRights: ['the job FAILS with the reason', 'the job FAILS without a reason', 'AccessDeniedException'],
} as const;

export const DETAILS_ANSWERS = ['504', 'ValidationException', 'ResourceNotFoundException'] as const;
export const DETAILS_FAIL_OF = ['every environment', 'clones', 'other environments'] as const;

export interface DetailsFailure {
  readonly answer: (typeof DETAILS_ANSWERS)[number];
  readonly of: (typeof DETAILS_FAIL_OF)[number];
  /** The age of an environment from which the call fails. */
  readonly fromAgeMilliseconds: number;
}

type Choices = { readonly [K in keyof typeof CHOICES]: (typeof CHOICES)[K][number] };

/** The service's behavior where no source documents it (the table in docs/service.md). */
export interface Variants extends Choices {
  /**
   * GetBackend with an environment's name. It always times out for a large backend (amplify-studio 54), and always fails if
   * the deployment bucket does not exist any more (amplify-studio 201, 357; amplify-hosting 2369).
   */
  readonly environmentDetails: 'work' | DetailsFailure;
  /** Each read shows the state up to this long ago. Each draws its own lag, so reads can go back in time. */
  readonly readLag: { readonly maxMilliseconds: number };
  /** How long after its end a job is shown. A running job is always shown. */
  readonly oldJobs: 'kept' | { readonly forgottenAfterMilliseconds: number };
  /** The service's clock minus the machine's. It is visible in createTime and updateTime. */
  readonly clockSkewMilliseconds: number;
}

export const DEFAULT_VARIANTS: Variants = {
  cloneJobFiledUnder: 'target',
  targetListed: 'on completion',
  failedCloneLeaves: 'empty environment',
  cloneOntoExisting: 'BadRequestException',
  deleteWhileCloning: 'accepted',
  deleteAbsent: 'NotFoundException',
  firstMinute: 'works',
  studioOff: 'works',
  jobsListed: 'newest first',
  firstJobStatus: 'PENDING',
  jobOperation: 'absent',
  pendingJob: 'accepted',
  exceptionNames: 'modelled',
  missingRights: 'the job FAILS with the reason',
  environmentDetails: 'work',
  readLag: { maxMilliseconds: 0 },
  oldJobs: 'kept',
  clockSkewMilliseconds: 0,
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Deviation {
  /** For the name of a test: `cloneJobFiledUnder: source`. */
  readonly name: string;
  readonly variants: Variants;
}

/** The sets that differ from the default set in one variant. */
export function singleDeviations(from: Variants = DEFAULT_VARIANTS): Deviation[] {
  const changes: Partial<Variants>[] = [
    ...CHOICES.cloneJobFiledUnder.map((cloneJobFiledUnder) => ({ cloneJobFiledUnder })),
    ...CHOICES.targetListed.map((targetListed) => ({ targetListed })),
    ...CHOICES.failedCloneLeaves.map((failedCloneLeaves) => ({ failedCloneLeaves })),
    ...CHOICES.cloneOntoExisting.map((cloneOntoExisting) => ({ cloneOntoExisting })),
    ...CHOICES.deleteWhileCloning.map((deleteWhileCloning) => ({ deleteWhileCloning })),
    ...CHOICES.deleteAbsent.map((deleteAbsent) => ({ deleteAbsent })),
    ...CHOICES.firstMinute.map((firstMinute) => ({ firstMinute })),
    ...CHOICES.studioOff.map((studioOff) => ({ studioOff })),
    ...CHOICES.jobsListed.map((jobsListed) => ({ jobsListed })),
    ...CHOICES.firstJobStatus.map((firstJobStatus) => ({ firstJobStatus })),
    ...CHOICES.jobOperation.map((jobOperation) => ({ jobOperation })),
    ...CHOICES.pendingJob.map((pendingJob) => ({ pendingJob })),
    ...CHOICES.exceptionNames.map((exceptionNames) => ({ exceptionNames })),
    ...CHOICES.missingRights.map((missingRights) => ({ missingRights })),
    ...DETAILS_ANSWERS.map((answer) => ({
      environmentDetails: { answer, of: 'every environment', fromAgeMilliseconds: 0 } as const,
    })),
    { environmentDetails: { answer: '504', of: 'clones', fromAgeMilliseconds: 10 * MINUTE } },
    { environmentDetails: { answer: 'ResourceNotFoundException', of: 'other environments', fromAgeMilliseconds: 0 } },
    { readLag: { maxMilliseconds: MINUTE } },
    { oldJobs: { forgottenAfterMilliseconds: 30 * MINUTE } },
    { clockSkewMilliseconds: 30 * SECOND },
    { clockSkewMilliseconds: -30 * SECOND },
  ];
  return changes
    .map((change) => ({ name: describeChange(change), variants: { ...from, ...change } }))
    .filter(({ variants }) => JSON.stringify(variants) !== JSON.stringify(from));
}

function describeChange(change: Partial<Variants>): string {
  return Object.entries(change)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

/** Draws each variant independently. Half of the sets have no stale reads. */
export function randomVariants(random: Random): Variants {
  return {
    cloneJobFiledUnder: random.pick(CHOICES.cloneJobFiledUnder),
    targetListed: random.pick(CHOICES.targetListed),
    failedCloneLeaves: random.pick(CHOICES.failedCloneLeaves),
    cloneOntoExisting: random.pick(CHOICES.cloneOntoExisting),
    deleteWhileCloning: random.pick(CHOICES.deleteWhileCloning),
    deleteAbsent: random.pick(CHOICES.deleteAbsent),
    firstMinute: random.pick(CHOICES.firstMinute),
    studioOff: random.pick(CHOICES.studioOff),
    jobsListed: random.pick(CHOICES.jobsListed),
    firstJobStatus: random.pick(CHOICES.firstJobStatus),
    jobOperation: random.pick(CHOICES.jobOperation),
    pendingJob: random.pick(CHOICES.pendingJob),
    exceptionNames: random.pick(CHOICES.exceptionNames),
    missingRights: random.pick(CHOICES.missingRights),
    environmentDetails: random.chance(0.5) ? 'work' : randomDetailsFailure(random),
    readLag: { maxMilliseconds: random.chance(0.5) ? 0 : random.integer(1, MINUTE) },
    oldJobs: random.chance(0.5) ? 'kept' : { forgottenAfterMilliseconds: random.integer(30 * MINUTE, 24 * HOUR) },
    clockSkewMilliseconds: random.chance(0.5) ? 0 : random.integer(-30 * SECOND, 30 * SECOND),
  };
}

function randomDetailsFailure(random: Random): DetailsFailure {
  return {
    answer: random.pick(DETAILS_ANSWERS),
    of: random.pick(DETAILS_FAIL_OF),
    fromAgeMilliseconds: random.pick([0, MINUTE, HOUR]),
  };
}

/**
 * Parses variants from JSON. The others keep their value of `current`.
 * @throws RangeError that names the variant and its possible values
 */
export function parseVariants(settings: Readonly<Record<string, unknown>>, current: Variants): Variants {
  for (const name of Object.keys(settings)) {
    if (!Object.hasOwn(DEFAULT_VARIANTS, name)) {
      throw new RangeError(`unknown variant "${name}"; the variants are ${Object.keys(DEFAULT_VARIANTS).join(', ')}`);
    }
  }
  const chosen = <K extends keyof Choices>(name: K, choices: readonly Variants[K][]): Variants[K] => {
    const wanted = settings[name];
    if (wanted === undefined) return current[name];
    for (const choice of choices) if (choice === wanted) return choice;
    throw new RangeError(`variant "${name}" is one of ${choices.map((choice) => `"${choice}"`).join(', ')}`);
  };
  return {
    cloneJobFiledUnder: chosen('cloneJobFiledUnder', CHOICES.cloneJobFiledUnder),
    targetListed: chosen('targetListed', CHOICES.targetListed),
    failedCloneLeaves: chosen('failedCloneLeaves', CHOICES.failedCloneLeaves),
    cloneOntoExisting: chosen('cloneOntoExisting', CHOICES.cloneOntoExisting),
    deleteWhileCloning: chosen('deleteWhileCloning', CHOICES.deleteWhileCloning),
    deleteAbsent: chosen('deleteAbsent', CHOICES.deleteAbsent),
    firstMinute: chosen('firstMinute', CHOICES.firstMinute),
    studioOff: chosen('studioOff', CHOICES.studioOff),
    jobsListed: chosen('jobsListed', CHOICES.jobsListed),
    firstJobStatus: chosen('firstJobStatus', CHOICES.firstJobStatus),
    jobOperation: chosen('jobOperation', CHOICES.jobOperation),
    pendingJob: chosen('pendingJob', CHOICES.pendingJob),
    exceptionNames: chosen('exceptionNames', CHOICES.exceptionNames),
    missingRights: chosen('missingRights', CHOICES.missingRights),
    environmentDetails: parseDetails(settings['environmentDetails'], current.environmentDetails),
    readLag: parseReadLag(settings['readLag'], current.readLag),
    oldJobs: parseOldJobs(settings['oldJobs'], current.oldJobs),
    clockSkewMilliseconds: parseClockSkew(settings['clockSkewMilliseconds'], current.clockSkewMilliseconds),
  };
}

function parseDetails(wanted: unknown, current: Variants['environmentDetails']): Variants['environmentDetails'] {
  if (wanted === undefined) return current;
  if (wanted === 'work') return wanted;
  const answer = DETAILS_ANSWERS.find((each) => each === memberOf(wanted, 'answer'));
  const of = DETAILS_FAIL_OF.find((each) => each === memberOf(wanted, 'of'));
  const fromAgeMilliseconds = numberIn(wanted, 'fromAgeMilliseconds');
  if (answer !== undefined && of !== undefined && fromAgeMilliseconds !== undefined) {
    return { answer, of, fromAgeMilliseconds };
  }
  throw new RangeError(
    `variant "environmentDetails" is "work" or {"answer": ${oneOf(DETAILS_ANSWERS)}, "of": ${oneOf(DETAILS_FAIL_OF)}, "fromAgeMilliseconds": 0 or more}`,
  );
}

function oneOf(choices: readonly string[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(' | ');
}

function parseReadLag(wanted: unknown, current: Variants['readLag']): Variants['readLag'] {
  if (wanted === undefined) return current;
  const maxMilliseconds = numberIn(wanted, 'maxMilliseconds');
  if (maxMilliseconds === undefined) throw new RangeError('variant "readLag" is {"maxMilliseconds": 0 or more}');
  return { maxMilliseconds };
}

function parseOldJobs(wanted: unknown, current: Variants['oldJobs']): Variants['oldJobs'] {
  if (wanted === undefined) return current;
  if (wanted === 'kept') return wanted;
  const forgottenAfterMilliseconds = numberIn(wanted, 'forgottenAfterMilliseconds');
  if (forgottenAfterMilliseconds === undefined) {
    throw new RangeError('variant "oldJobs" is "kept" or {"forgottenAfterMilliseconds": 0 or more}');
  }
  return { forgottenAfterMilliseconds };
}

function parseClockSkew(wanted: unknown, current: number): number {
  if (wanted === undefined) return current;
  if (typeof wanted !== 'number' || !Number.isFinite(wanted)) {
    throw new RangeError('variant "clockSkewMilliseconds" is a number');
  }
  return wanted;
}

/** The named member of `value`, if it is a number of 0 or more. */
function numberIn(value: unknown, member: string): number | undefined {
  const found = memberOf(value, member);
  return typeof found === 'number' && Number.isFinite(found) && found >= 0 ? found : undefined;
}

function memberOf(value: unknown, member: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(member);
}
