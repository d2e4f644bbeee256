import { Listr } from 'listr2';

/** Where a scene's lines go while it runs. */
export interface SceneDisplay {
  tell(line: string): void;
  /** Shows the time of the virtual clock, where it can be seen to run. */
  showTime(time: string): void;
}

export interface Display {
  /** For how long each ten seconds of the virtual clock are to be seen, in milliseconds. */
  readonly pace: number;
  /** Rejects with what `run` rejects with. */
  scene(title: string, run: (display: SceneDisplay) => Promise<void>): Promise<void>;
}

/** A spinner and a running clock on a terminal; plain lines for everything else, which does not want to wait. */
export function listrDisplay(): Display {
  const isWatched = process.stdout.isTTY && process.env['CI'] === undefined;
  return {
    pace: isWatched ? 12 : 0,
    scene: async (title, run) => {
      const list = new Listr(
        {
          title,
          rendererOptions: { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY },
          task: (_, task) =>
            run({
              tell: (line) => {
                task.output = line;
              },
              showTime: (time) => {
                if (isWatched) task.title = `${title}  ${time}`;
              },
            }),
        },
        { fallbackRenderer: 'simple', fallbackRendererCondition: !isWatched },
      );
      await list.run();
    },
  };
}
