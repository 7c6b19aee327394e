import { Presets, SingleBar } from 'cli-progress';
import type { Seconds } from '../../base/units.js';

/** Progress of one simulation, on stderr: a bar on a terminal, a line at the end elsewhere. */
export interface Progress {
  start(duration: Seconds): void;
  at(now: Seconds): void;
  /** The run is over, or has failed: the next line on stderr belongs to somebody else. */
  end(isDone: boolean): void;
}

export function createProgress(title: string): Progress {
  if (!process.stderr.isTTY) {
    return {
      start: () => {},
      at: () => {},
      end: (isDone) => {
        if (isDone) process.stderr.write(`${title}: done\n`);
      },
    };
  }
  const bar = new SingleBar(
    {
      format: `${title} [{bar}] {percentage}% eta {eta_formatted}`,
      hideCursor: true,
      etaBuffer: 100,
      stream: process.stderr,
      fps: 5,
    },
    Presets.shades_classic,
  );
  let whole: Seconds = 0;
  return {
    start(duration) {
      whole = duration;
      bar.start(duration, 0);
    },
    at: (now) => bar.update(Math.min(now, whole)),
    end: () => bar.stop(),
  };
}
