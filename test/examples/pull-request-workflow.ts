import * as fs from 'node:fs';
import * as path from 'node:path';
import { runInNewContext } from 'node:vm';
import { parse } from 'yaml';

export const EXAMPLE = path.join(__dirname, '..', '..', 'examples', 'pull-request');

/** The parts of a workflow's job that these tests use. */
export interface Job {
  readonly condition: string;
  /** The lines of all scripts. */
  readonly commands: readonly string[];
  /** The variables of its steps, with their expressions. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Workflow {
  /** An expression. */
  readonly concurrencyGroup: string;
  /** By event. */
  readonly triggers: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, unknown>>;
  readonly jobs: ReadonlyMap<string, Job>;
}

/** @throws Error if it is not a workflow */
export function readWorkflow(file: string): Workflow {
  const text = fs.readFileSync(path.join(EXAMPLE, '.github', 'workflows', file), 'utf8');
  const workflow = record(parse(text), 'the workflow');
  const jobs = Object.entries(record(workflow['jobs'], 'jobs')).map(([name, value]): [string, Job] => {
    const { if: condition, steps } = record(value, name);
    if (!Array.isArray(steps)) throw new Error(`${name} has no steps`);
    const commands = steps.flatMap((step: unknown) => {
      const { run } = record(step, `a step of ${name}`);
      return typeof run === 'string' ? run.trim().split('\n') : [];
    });
    const variables = steps.flatMap((step: unknown) => {
      const { env = {} } = record(step, `a step of ${name}`);
      return Object.entries(record(env, 'env')).map(([key, value]) => [key, String(value)] as const);
    });
    return [name, { condition: String(condition), commands, variables: Object.fromEntries(variables) }];
  });
  return {
    concurrencyGroup: String(record(workflow['concurrency'] ?? {}, 'concurrency')['group']),
    triggers: record(workflow['on'], 'on'),
    env: record(workflow['env'] ?? {}, 'env'),
    jobs: new Map(jobs),
  };
}

/** The parts of GitHub's event that these tests use. */
export interface GithubEvent {
  readonly event_name: string;
  readonly run_id?: number;
  readonly repository?: string;
  readonly event: {
    readonly action?: string;
    readonly label?: { readonly name: string };
    readonly pull_request?: {
      readonly number: number;
      readonly labels: readonly string[];
      readonly head: { readonly repo: { readonly full_name: string } };
    };
  };
}

/**
 * The value of an expression in a workflow. Expressions are JavaScript, except for `a.*.name`, members of undefined values, and
 * GitHub's functions.
 */
export function evaluated(expression: string, contexts: Readonly<Record<string, unknown>>): unknown {
  const script = expression.replaceAll('.*.name', '').replace(/(?<=\w)\.(?=\w)/g, '?.');
  return runInNewContext(script, {
    ...contexts,
    contains: (list: readonly string[], item: string) => list.includes(item),
    format: (text: string, value: unknown) => text.replace('{0}', String(value)),
  });
}

/** A text with its `${{ expressions }}` evaluated. */
export function interpolated(text: string, github: GithubEvent): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => String(evaluated(expression, { github })));
}

/** One call of the CDK CLI. */
export interface CdkCommand {
  readonly verb: string;
  readonly stacks: readonly string[];
  readonly flags: readonly string[];
  /** The values of `-c`, after the shell has expanded the variables. */
  readonly context: Readonly<Record<string, string>>;
}

/** @param variables the shell's variables */
export function cdkCommandsOf(job: Job | undefined, variables: Readonly<Record<string, string>>): CdkCommand[] {
  return (job?.commands ?? [])
    .filter((command) => command.startsWith('npx cdk '))
    .map((command) => {
      const words = command.split(' ').slice(2);
      const [verb = ''] = words;
      const stacks: string[] = [];
      const flags: string[] = [];
      const context: Record<string, string> = {};
      for (const [index, word] of words.entries()) {
        const before = words[index - 1] ?? '';
        if (index === 0) continue;
        if (before === '-c') {
          const [key = '', ...value] = word.split('=');
          context[key] = value.join('=').replace(/^"\$([A-Z_]+)"$/, (_, name: string) => variables[name] ?? '');
        } else if (word.startsWith('-')) {
          if (word !== '-c') flags.push(word);
        } else if (before !== '--require-approval' && before !== '--outputs-file') {
          stacks.push(word);
        }
      }
      return { verb, stacks, flags, context };
    });
}

/** @throws Error if it is not a mapping */
export function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not a mapping`);
  return Object.fromEntries(Object.entries(value));
}
