import { setTimeout as wait } from 'node:timers/promises';
import type { VirtualClock } from '../../simulator/clock';
import type { Display } from './display';
import { type Assemblies, SCENES } from './scenes';
import { serviceEventLine } from './service-event-line';
import type { SimulatedAccount } from './simulated-account';
import { elapsed, isShown, stackEventLine } from './stack-event-line';

const FRAME = 10_000;

/**
 * Plays all scenes.
 * @throws UnexpectedResult at the first unexpected result
 */
export async function perform(account: SimulatedAccount, assemblies: Assemblies, display: Display): Promise<void> {
  const { clock } = account;
  const start = clock.now();
  for (const { title, run } of SCENES) {
    await display.scene(title, async ({ print, showTime }) => {
      account.onEvent = (event) => {
        if (isShown(event)) print(stackEventLine(event, start));
      };
      const play = <T>(action: Promise<T>): Promise<T> =>
        display.pace > 0
          ? playFrames(clock, action, display.pace, () => showTime(elapsed(clock.now() - start)))
          : clock.runUntil(action);
      const stopListening = account.amplify.journal.onEvent((event) => print(serviceEventLine(event, start)));
      try {
        await run({ account, assemblies, play, print });
      } finally {
        stopListening();
      }
      print(`The app has the environments ${account.environments().join(', ')}`);
    });
  }
}

async function playFrames<T>(
  clock: VirtualClock,
  action: Promise<T>,
  milliseconds: number,
  onFrame: () => void,
): Promise<T> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  action.then(settle, settle);
  while (!settled) {
    await clock.advance(FRAME);
    onFrame();
    await wait(milliseconds);
  }
  return action;
}
