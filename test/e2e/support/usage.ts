import { readFileSync } from 'node:fs';
import type { Processes } from './processes.js';

/** Linux counts processor time in hundredths of a second, whatever its timer. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface Usage {
  /** Seconds of processor time since the start. */
  readonly cpu: number;
  /** Bytes resident. */
  readonly memory: number;
}

/** What a process of this machine has used so far; undefined where there is none. */
export function readUsage(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; after it come state, ppid ... with utime and stime as 12th and 13th, rss as 22nd.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [utime = Number.NaN, stime = Number.NaN] = fields.slice(11, 13);
    return { cpu: (utime + stime) / TICKS_PER_SECOND, memory: (fields[21] ?? Number.NaN) * PAGE_BYTES };
  } catch {
    return undefined;
  }
}

/** What named processes of a bed use between its creation and each reading; `self` is this process. */
export class UsageMeter {
  readonly #pids: ReadonlyMap<string, number>;
  readonly #before = new Map<string, Usage>();
  readonly #since = Date.now();

  constructor(processes: Processes, names: readonly string[]) {
    this.#pids = new Map(names.map((name) => [name, name === 'self' ? process.pid : processes.find(name).pid]));
    for (const [name, pid] of this.#pids) this.#before.set(name, readUsage(pid) ?? { cpu: Number.NaN, memory: 0 });
  }

  /** Cores used on average, and megabytes resident now. */
  read(): ReadonlyMap<string, { readonly cores: number; readonly megabytes: number }> {
    const seconds = (Date.now() - this.#since) / 1000;
    return new Map(
      [...this.#pids].map(([name, pid]) => {
        const { cpu = Number.NaN, memory = Number.NaN } = readUsage(pid) ?? {};
        return [name, { cores: (cpu - (this.#before.get(name)?.cpu ?? 0)) / seconds, megabytes: memory / 1e6 }];
      }),
    );
  }
}
