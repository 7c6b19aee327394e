import { SingleBar } from 'cli-progress';

/** Progress of many runs, on stderr: a bar with an estimate on a terminal, a line at every tenth elsewhere. */
export interface RunProgress {
  at(done: number, total: number): void;
  stop(): void;
}

export function createRunProgress(name: string, now: () => number = () => Date.now() / 1000): RunProgress {
  return process.stderr.isTTY ? createBar() : createLines(name, now);
}

function createBar(): RunProgress {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} runs | {eta_formatted} left',
    stream: process.stderr,
    etaBuffer: 100,
  });
  let isStarted = false;
  return {
    at(done, total) {
      if (isStarted) bar.setTotal(total);
      else bar.start(total, 0);
      isStarted = true;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function createLines(name: string, now: () => number): RunProgress {
  const begin = now();
  let first: number | undefined;
  let shown = 0;
  return {
    at(done, total) {
      // What was known from before came at once, and says nothing about the rest.
      first ??= done;
      const tenth = Math.floor((10 * done) / total);
      if (tenth === shown) return;
      shown = tenth;
      const left = ((now() - begin) * (total - done)) / Math.max(1, done - first + 1);
      process.stderr.write(`kiscaler ${name}: ${done}/${total} runs, ${Math.ceil(left)} s left\n`);
    },
    stop: () => {},
  };
}
