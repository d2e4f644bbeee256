import type { Variants } from '../simulator/amplify-backend/variants';
import { readVariants } from '../simulator/amplify-backend/variants-file';
import type { Answer } from './answers/answer';
import type { Left } from './clean-up';
import { type Exchange, textOf } from './exchange';
import { QUESTIONS } from './questions';
import { type Redact, redaction } from './redaction';
import type { Surveyed } from './survey';
import { jobsOf, type Observations, wordsOf } from './timeline';

/** `survey.json`: the observations, without anything that identifies the account or its contents. */
export interface Report {
  readonly format: typeof FORMAT;
  readonly region: string;
  /** Whether the survey called AWS, and not another endpoint. */
  readonly isOfAws: boolean;
  /** The day, in UTC. */
  readonly date: string;
  readonly minutes: number;
  /** The observed answers, in the format of the emulator and the simulator. */
  readonly variants: Partial<Variants>;
  readonly answers: readonly ReportedAnswer[];
  readonly jobs: readonly ReportedJob[];
  readonly errors: readonly ReportedError[];
  readonly calls: Readonly<Record<string, number>>;
  readonly endedEarly: string | undefined;
  readonly left: readonly Left[];
}

export interface ReportedAnswer {
  readonly variant: string;
  readonly question: string;
  readonly answer: Answer;
}

export interface ReportedJob {
  readonly operation: string;
  /** All distinct errors, in the order of their first occurrence. */
  readonly statuses: readonly string[];
  readonly seconds: number | undefined;
}

export interface ReportedError {
  readonly operation: string;
  readonly words: string;
  readonly times: number;
}

const FORMAT = 'amplify-survey/1';

export interface ReportProps {
  readonly region: string;
  readonly isOfAws: boolean;
}

export function reportOf({ seen, left, endedEarly }: Surveyed, { region, isOfAws }: ReportProps): Report {
  const redact = redaction(seen);
  const answers = answersOf(seen);
  const [first, last] = [seen.exchanges[0], seen.exchanges.at(-1)];
  return {
    format: FORMAT,
    region,
    isOfAws,
    date: new Date(first?.sentAt ?? 0).toISOString().slice(0, 10),
    minutes: Math.ceil(((last?.receivedAt ?? 0) - (first?.sentAt ?? 0)) / 60_000),
    variants: seenVariants(answers),
    answers: answers.map((each) => ({ ...each, answer: redactAnswer(each.answer, redact) })),
    jobs: jobsOf(seen).map(({ operation, call, reads, createTime, end }) => ({
      operation,
      statuses: statusesOf([call, ...reads]),
      seconds:
        end === undefined || createTime === undefined ? undefined : Math.round((end.latest - call.receivedAt) / 1000),
    })),
    errors: errorsOf(seen.exchanges, redact),
    calls: tally(seen.exchanges.map(({ operation }) => operation)),
    endedEarly: endedEarly === undefined ? undefined : redact(endedEarly),
    left: left.map((each) => ({
      ...each,
      environmentName: redact(each.environmentName),
      because: redact(each.because),
    })),
  };
}

function answersOf(seen: Observations): ReportedAnswer[] {
  return Object.entries(QUESTIONS).map(([variant, { question, answer }]) => ({
    variant,
    question,
    answer: answer(seen),
  }));
}

function seenVariants(answers: readonly ReportedAnswer[]): Partial<Variants> {
  const seen = answers.flatMap(({ variant, answer }) => (answer.kind === 'seen' ? [[variant, answer.value]] : []));
  return readVariants(JSON.stringify(Object.fromEntries(seen)));
}

function redactAnswer(answer: Answer, redact: Redact): Answer {
  if (answer.kind === 'not seen') return answer;
  return { ...answer, evidence: answer.evidence.map(redact) };
}

function statusesOf(exchanges: readonly Exchange[]): string[] {
  const statuses = exchanges.flatMap(({ reply }) =>
    reply.kind === 'answered' ? [textOf(reply.answer, 'Status') ?? 'none'] : [],
  );
  return [...new Set(statuses)];
}

function errorsOf(exchanges: readonly Exchange[], redact: Redact): ReportedError[] {
  const found = exchanges.flatMap(({ operation, reply }) => {
    const isError = reply.kind !== 'answered' || textOf(reply.answer, 'Error') !== undefined;
    return isError ? [JSON.stringify([operation, redact(wordsOf(reply))])] : [];
  });
  return Object.entries(tally(found)).map(([text, times]) => {
    const [operation = '', words = '']: string[] = JSON.parse(text);
    return { operation, words, times };
  });
}

function tally(list: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const each of list) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}
