import { format } from 'node:util';

export const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly functionName: string;
  readonly requestId: string;
  readonly level: LogLevel;
  readonly message: string;
}

export type Log = (level: LogLevel, message: string) => void;

/** As in Lambda, messages below the level are not even formatted. */
export function isLogged(level: LogLevel, lowest: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(lowest);
}

/** The `console` of Lambda code. */
export function lambdaConsole(lowest: LogLevel, log: Log): object {
  const at =
    (level: LogLevel) =>
    (...values: unknown[]): void => {
      if (isLogged(level, lowest)) log(level, format(...values));
    };
  const ignore = (): void => {};
  return {
    log: at('INFO'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    debug: at('DEBUG'),
    trace: at('TRACE'),
    dir: at('INFO'),
    table: at('INFO'),
    assert: (condition: unknown, ...values: unknown[]) => (condition ? undefined : at('ERROR')(...values)),
    group: ignore,
    groupEnd: ignore,
    time: ignore,
    timeEnd: ignore,
    count: ignore,
  };
}
