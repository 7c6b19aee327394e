import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const NICENESS = -10;

/**
 * Lets a process, its threads and its children run before the other work on the machine, which is no part of a comparison:
 * Triton's own batcher and instance threads step back to niceness 5. Where that is not allowed, or there is no /proc, nothing
 * changes, and the runs are as noisy as the machine.
 */
export function raisePriority(pid: number): void {
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      setPriority(Number(thread), NICENESS);
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
      for (const child of children === '' ? [] : children.split(' ')) raisePriority(Number(child));
    }
  } catch {
    // Only root may; the figures say how noisy a run was.
  }
}
