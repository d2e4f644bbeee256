/** Prints the progress of a search on the error stream: continuously in a terminal, else twice a minute. */
export function createProgress(total: number): (done: number, virtualSeconds: number) => void {
  const startedAt = Date.now();
  const isTerminal = process.stderr.isTTY;
  let lastShown = startedAt;
  return (done, virtualSeconds) => {
    const now = Date.now();
    if (done < total && now - lastShown < (isTerminal ? 500 : 30_000)) return;
    lastShown = now;
    const seconds = Math.max(0.001, (now - startedAt) / 1000);
    const rates = `${(done / seconds).toFixed(1)} a second, ${Math.round(virtualSeconds / seconds)} virtual seconds a second`;
    process.stderr.write(`${isTerminal ? '\r' : ''}${done}/${total} histories, ${rates}${isTerminal ? '' : '\n'}`);
    if (isTerminal && done === total) process.stderr.write('\n');
  };
}
