import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Seconds } from '../../../src/base/units.js';
import { freePorts } from '../../support/free-port.js';

/** Whether prometheus and promtool are in PATH. */
export function canStorePrometheus(): boolean {
  return ['prometheus', 'promtool'].every((tool) => spawnSync(tool, ['--version']).status === 0);
}

/** A real Prometheus that scrapes nobody and holds samples of the past, given as OpenMetrics text with timestamps. */
export class StoredPrometheus {
  readonly #port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, process: ChildProcess) {
    this.#port = port;
    this.#folder = folder;
    this.#process = process;
  }

  static async start(openMetrics: string): Promise<StoredPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data.om'), openMetrics);
    writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', 'data.om', 'data'], { cwd: folder });
    const port = (await freePorts(1))[0] as number;
    const flags = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--storage.tsdb.retention.time=100y'];
    const process = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`], {
      cwd: folder,
      stdio: 'ignore',
    });
    const prometheus = new StoredPrometheus(port, folder, process);
    for (let i = 0; i < 100 && !(await prometheus.#isReady()); i++) await wait(100);
    return prometheus;
  }

  /** The first series of the answer at every step, by time. */
  async queryRange(
    query: string,
    { start, end, step }: { readonly start: Seconds; readonly end: Seconds; readonly step: Seconds },
  ): Promise<Map<Seconds, number>> {
    const parameters = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/query_range?${parameters}`);
    const body = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
    return new Map((body.data.result[0]?.values ?? []).map(([at, value]) => [at, Number(value)]));
  }

  stop(): void {
    this.#process.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isReady(): Promise<boolean> {
    return fetch(`http://127.0.0.1:${this.#port}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
