import type { Answer } from './answers/answer';
import type { Report } from './report';

/** The report as a page that can be pasted into an issue. */
export function markdownOf(report: Report): string {
  const { answers, jobs, errors, calls, left, endedEarly } = report;
  const seen = answers.filter(({ answer }) => answer.kind !== 'not seen');
  const notSeen = answers.flatMap(({ variant, question, answer }) =>
    answer.kind === 'not seen' ? [[`\`${variant}\``, question, answer.because]] : [],
  );
  const numberOfCalls = Object.values(calls).reduce((sum, each) => sum + each, 0);
  return [
    '## Survey of AmplifyBackend',
    '',
    `${report.isOfAws ? 'At AWS' : '**Not at AWS**, but at another endpoint'}, Region ${report.region}, on ${report.date}, in ${report.minutes} minutes and ${numberOfCalls} calls.`,
    ...(endedEarly === undefined ? [] : ['', `It ended early. ${endedEarly}`]),
    '',
    '### Answers',
    '',
    ...table(
      ['question', 'answer', 'evidence'],
      seen.map(({ variant, question, answer }) => [
        `${question} (\`${variant}\`)`,
        describe(answer),
        answer.kind === 'not seen' ? '' : answer.evidence.join('; '),
      ]),
    ),
    '',
    '### Not seen',
    '',
    ...(notSeen.length === 0 ? ['Every question has an answer.'] : table(['variant', 'question', 'why'], notSeen)),
    '',
    '### Jobs',
    '',
    ...table(
      ['operation', 'statuses', 'seconds'],
      jobs.map(({ operation, statuses, seconds }) => [
        operation,
        statuses.join(', '),
        String(seconds ?? 'no end seen'),
      ]),
    ),
    '',
    '### Exact texts of errors',
    '',
    ...table(
      ['operation', 'error', 'times'],
      errors.map(({ operation, words, times }) => [operation, `\`${words.replaceAll('`', "'")}\``, String(times)]),
    ),
    '',
    '### What remains',
    '',
    ...(left.length === 0
      ? ['The service lists nothing that the survey created.']
      : left.map(({ environmentName, because }) => `- ${environmentName}: ${because}`)),
    '',
    '<details><summary>survey.json</summary>',
    '',
    '```json',
    JSON.stringify(report, undefined, 2),
    '```',
    '',
    '</details>',
    '',
  ].join('\n');
}

function describe(answer: Answer): string {
  switch (answer.kind) {
    case 'seen':
      return `**${typeof answer.value === 'string' ? answer.value : JSON.stringify(answer.value)}**`;
    case 'unexpected':
      return '**none of those that the simulator knows**';
    case 'not seen':
      return 'not seen';
  }
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}
