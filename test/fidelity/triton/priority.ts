import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Lets a process with its children run before all other work on the machine, which is no part of a comparison (util-linux' chrt,
 * SCHED_FIFO; server and client sleep nearly all the time). Triton's batcher and instance threads step back to niceness 5 by
 * themselves, so a niceness of the process would not reach them. Where that is not allowed nothing changes, and the runs are as
 * noisy as the machine.
 */
export function raisePriority(pid: number): void {
  schedule(pid, ['--fifo', '--pid', '10']);
}

/** Back to how processes are scheduled by default. */
export function restorePriority(pid: number): void {
  schedule(pid, ['--other', '--pid', '0']);
}

function schedule(pid: number, options: readonly string[]): void {
  for (const one of [pid, ...descendants(pid)])
    spawnSync('chrt', ['--all-tasks', ...options, String(one)], { stdio: 'ignore' });
}

/** Processes below this one; none where there is no /proc. */
function descendants(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
      return children === ''
        ? []
        : children.split(' ').flatMap((child) => [Number(child), ...descendants(Number(child))]);
    });
  } catch {
    return [];
  }
}
