import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePorts } from '../../support/free-port.js';

/** Version of the Prometheus in PATH, or undefined where there is none. */
export function prometheusVersion(): string | undefined {
  const { stdout, stderr, status } = spawnSync('prometheus', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/version (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown') : undefined;
}

/** A real Prometheus on a free loopback port that scrapes what a live fleet's /targets names. */
export class RealPrometheus {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** @param pods names of pods that are scraped whether they are up or not; absent: what `/targets` names, a few seconds late */
  static async start(fleetPort: number, interval: string, pods?: readonly string[]): Promise<RealPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'kiscaler-prometheus-'));
    const discovery = pods
      ? `static_configs: ${JSON.stringify(staticTargets(fleetPort, pods))}`
      : `http_sd_configs: [{ url: "http://127.0.0.1:${fleetPort}/targets", refresh_interval: 1s }]`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: ${interval}, scrape_timeout: ${interval} }\nscrape_configs:\n- job_name: fleet\n  honor_labels: true\n  ${discovery}\n`,
    );
    const prometheus = new RealPrometheus((await freePorts(1))[0] as number, folder);
    await prometheus.resume();
    return prometheus;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it (again) on what it has stored. */
  async resume(): Promise<void> {
    this.#process = spawn(
      'prometheus',
      [
        `--config.file=${join(this.#folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${this.port}`,
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    for (let i = 0; i < 100; i++) {
      const isReady = await fetch(`${this.url}/-/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (isReady) return;
      await wait(100);
    }
    throw new Error('prometheus did not become ready within 10 s');
  }

  /** Ends the process; what it stored stays. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once('exit', resolve));
    this.#process?.kill('SIGTERM');
    await ended;
  }

  remove(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What `/targets` would name if all these pods served, in the namespace `test`. */
function staticTargets(port: number, pods: readonly string[]): readonly object[] {
  const target = (path: string, labels: object): object => ({
    targets: [`127.0.0.1:${port}`],
    labels: { __metrics_path__: path, ...labels },
  });
  return [
    ...pods.map((pod) => target(`/pods/${pod}/metrics`, { job: 'engine', namespace: 'test', pod })),
    target('/kube-state-metrics', { job: 'kube-state-metrics' }),
    target('/dcgm', { job: 'dcgm' }),
  ];
}
