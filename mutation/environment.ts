import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Copies Stryker's switch for the current mutant to the bundled handler, which runs in Node's own realm instead of Jest's. It
 * also ends a run at its first failure: Stryker needs no more, and Jest has no such option for the tests of one file.
 */
export default class MutationEnvironment extends TestEnvironment {
  private hasFailed = false;

  override async setup(): Promise<void> {
    await super.setup();
    const stryker: unknown = Reflect.get(this.global, '__stryker__');
    Reflect.set(globalThis, '__stryker__', stryker);
    const mutant = process.env['__STRYKER_ACTIVE_MUTANT__'];
    if (mutant !== undefined && typeof stryker === 'object' && stryker !== null) {
      Reflect.set(stryker, 'activeMutant', mutant);
    }
  }

  handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_start' && this.hasFailed) event.test.mode = 'skip';
    if (event.name === 'test_done' && event.test.errors.length > 0) this.hasFailed = true;
  }
}
