import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN } from './folders.js';
import type { Processes } from './processes.js';

export interface MonitoringOptions {
  readonly folder: string;
  readonly kubeconfig: string;
  readonly prometheusPort: number;
  readonly kubeStatePort: number;
  readonly kubeStateOwnPort: number;
  /** As Prometheus writes durations. */
  readonly scrapeInterval: string;
}

/** A scrape target: where, and the labels that discovery would have given it. */
export interface Target {
  readonly address: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Jobs whose exporters bring the labels of what they watch; the others keep the target's own and move those to exported_*. */
const HONORED = ['kube-state-metrics'];
const JOBS = ['engine', 'dcgm', 'gateway', 'kube-state-metrics', 'kiscaler'];

/** The real kube-state-metrics and a Prometheus whose targets are files in `folder`/targets, one per job. */
export async function startMonitoring(processes: Processes, options: MonitoringOptions): Promise<void> {
  const { folder, kubeconfig, prometheusPort, kubeStatePort, kubeStateOwnPort, scrapeInterval } = options;
  for (const job of JOBS) setTargets(folder, job, []);
  await processes.start({
    name: 'kube-state-metrics',
    command: join(BIN, 'kube-state-metrics'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--host=127.0.0.1',
      `--port=${kubeStatePort}`,
      '--telemetry-host=127.0.0.1',
      `--telemetry-port=${kubeStateOwnPort}`,
      '--resources=deployments,replicasets,pods,horizontalpodautoscalers,nodes',
    ],
    isReady: async () => (await fetch(`http://127.0.0.1:${kubeStatePort}/healthz`)).ok,
  });
  setTargets(folder, 'kube-state-metrics', [
    { address: `127.0.0.1:${kubeStatePort}`, path: '/metrics', labels: { namespace: 'monitoring', pod: 'ksm-0' } },
  ]);
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, JSON.stringify(prometheusConfig(folder, scrapeInterval)));
  await processes.start({
    name: 'prometheus',
    command: join(BIN, 'prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--web.enable-lifecycle',
      '--log.level=warn',
    ],
    isReady: async () => (await fetch(`http://127.0.0.1:${prometheusPort}/-/ready`)).ok,
  });
}

/** Replaces the targets of a job; Prometheus sees it within a second or so. */
export function setTargets(folder: string, job: string, targets: readonly Target[]): void {
  const groups = targets.map(({ address, path, labels }) => ({
    targets: [address],
    labels: { __metrics_path__: path, ...labels },
  }));
  const file = join(folder, 'targets', `${job}.json`);
  writeFileSync(`${file}.new`, JSON.stringify(groups));
  renameSync(`${file}.new`, file);
}

/** Has the targets that a job has now scraped every so many seconds; `undefined`: as all others. */
export function scrapeEvery(folder: string, job: string, seconds: number | undefined): void {
  const file = join(folder, 'targets', `${job}.json`);
  const groups = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly labels: Record<string, string> }[];
  const slower = groups.map(({ labels, ...group }) => {
    const { __scrape_interval__: _, __scrape_timeout__: __, ...rest } = labels;
    return { ...group, labels: { ...rest, ...(seconds === undefined ? {} : scrapeLabels(seconds)) } };
  });
  writeFileSync(`${file}.new`, JSON.stringify(slower));
  renameSync(`${file}.new`, file);
}

/** Labels by which a target is scraped at its own pace. */
export function scrapeLabels(seconds: number): Readonly<Record<string, string>> {
  return { __scrape_interval__: `${seconds}s`, __scrape_timeout__: `${seconds}s` };
}

/** A group of recording rules as Prometheus reads it. */
export interface RuleGroup {
  readonly name: string;
  /** As Prometheus writes durations. */
  readonly interval: string;
  readonly rules: readonly {
    readonly record: string;
    readonly expr: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

/** Gives a bed's Prometheus further recording rules; throws when it refuses them. */
export async function addRules(
  { folder, prometheusUrl }: { readonly folder: string; readonly prometheusUrl: string },
  group: RuleGroup,
): Promise<void> {
  writeFileSync(join(folder, 'targets', `${group.name}.rules.json`), JSON.stringify({ groups: [group] }));
  const reloaded = await fetch(`${prometheusUrl}/-/reload`, { method: 'POST' });
  if (!reloaded.ok) throw new Error(`Prometheus refuses the rules of ${group.name}: ${await reloaded.text()}`);
}

function prometheusConfig(folder: string, interval: string): object {
  const scrape = (job: string): object => ({
    job_name: job,
    honor_labels: HONORED.includes(job),
    file_sd_configs: [{ files: [join(folder, 'targets', `${job}.json`)], refresh_interval: '1s' }],
  });
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    rule_files: [join(folder, 'targets', '*.rules.json')],
    scrape_configs: JOBS.map(scrape),
  };
}
