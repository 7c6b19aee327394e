import { Presets, SingleBar } from 'cli-progress';
import type { Seconds } from '../../base/units.js';

/** Progress of one simulation, on stderr: a bar on a terminal, a line at the end elsewhere. */
export interface Progress {
  at(now: Seconds): void;
  /** The run is over, or has failed: the next line on stderr belongs to somebody else. */
  end(isDone: boolean): void;
}

export function createProgress(title: string, duration: Seconds | undefined): Progress {
  if (!process.stderr.isTTY || duration === undefined) {
    return {
      at: () => {},
      end: (isDone) => {
        if (isDone) process.stderr.write(`${title}: done\n`);
      },
    };
  }
  const bar = new SingleBar(
    { format: `${title} [{bar}] {percentage}% eta {eta}s`, hideCursor: true, stream: process.stderr, fps: 5 },
    Presets.shades_classic,
  );
  bar.start(duration, 0);
  return { at: (now) => bar.update(Math.min(now, duration)), end: () => bar.stop() };
}
