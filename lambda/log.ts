/** One line for the log, with what it is about. Never an event as a whole: it holds the ResponseURL. */
export type Log = (message: string, details?: Readonly<Record<string, unknown>>) => void;

/** Lambda's JSON log format turns the object into one structured line. */
export const consoleLog: Log = (message, details = {}) => {
  console.info(JSON.stringify({ message, ...details }));
};
