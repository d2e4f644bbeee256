import { Listr } from 'listr2';

/** The output of a scene while it runs. */
export interface SceneDisplay {
  print(line: string): void;
  /** Shows the time of the virtual clock, if the output is a terminal. */
  showTime(time: string): void;
}

export interface Display {
  /** How long the display shows each ten seconds of the virtual clock, in milliseconds. */
  readonly pace: number;
  /** Rejects with the error of `run`. */
  scene(title: string, run: (display: SceneDisplay) => Promise<void>): Promise<void>;
}

/** A spinner and a running clock on a terminal. Any other output gets plain lines, without delays. */
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
              print: (line) => {
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
