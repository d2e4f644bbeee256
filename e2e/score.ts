export class Score {
  passed = 0;
  failed = 0;
  private readonly startedAt = Date.now();

  note(line: string): void {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${line}`);
  }

  pass(title: string): void {
    this.passed += 1;
    this.note(`passed: ${title}`);
  }

  fail(title: string, reason: string): void {
    this.failed += 1;
    this.note(`FAILED: ${title}\n${reason.replace(/^/gm, '        ')}`);
  }
}
