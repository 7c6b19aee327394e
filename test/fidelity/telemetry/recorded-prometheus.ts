import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { SignalName } from '../../../src/decision/signal.js';
import { buildQueries } from '../../../src/signals/queries.js';
import {
  EPOCH,
  INTERVAL,
  OUTAGE,
  type RecordedFleet,
  type Recording,
  record,
} from '../../integration/support/record-telemetry.js';
import { freePorts } from '../../support/free-port.js';
import { compareSamples, type SignalComparison } from './compare-signals.js';
import { remoteWrite } from './remote-write.js';

const BATCH = 5000;
/** Stored timestamps are whole milliseconds: a rate over 15 s is off by up to 1 / 15,000 a sample, an age by 1 ms. */
const ROUNDING = 1e-3;

export type RecordedComparison = Readonly<Partial<Record<SignalName, SignalComparison>>>;

/** Every signal of a recorded run at every tick, beside what a real Prometheus that holds its scrapes answers. */
export async function compareRecorded(fleet: RecordedFleet): Promise<RecordedComparison> {
  const recording = record(fleet);
  const prometheus = new RecordedPrometheus();
  try {
    await prometheus.start(recording);
    const found: Partial<Record<SignalName, SignalComparison>> = {};
    for (const [name, query] of recordedQueries(fleet)) {
      const theirs = await prometheus.answers(query, recording.ticks);
      const samples = recording.ticks
        .filter(({ at }) => isAsked(fleet, at))
        .map(({ at, values }) => ({ theirs: theirs.get(at) ?? Number.NaN, ours: values[name], around: [] }));
      found[name] = compareSamples(samples, ROUNDING, 0, name === 'sampleAge' ? ROUNDING : undefined);
    }
    return found;
  } finally {
    prometheus.stop();
  }
}

/** The preset queries of a fleet's workload, by signal. */
export function recordedQueries({ workload }: RecordedFleet): readonly (readonly [SignalName, string])[] {
  return Object.entries(buildQueries({ workload, deployment: 'llm', interval: INTERVAL })) as [SignalName, string][];
}

/** Ticks that may differ, of about a hundred, and why: the models differ there, and KISim's is the one that is meant. */
export function allowedDifferences(name: SignalName, fleet: RecordedFleet, version: string): number {
  const { faults = [], scrapes, wanted } = fleet;
  const isDown = faults.some(({ kind }) => kind === 'metrics-stop');
  const isFrozen = faults.some(({ kind }) => kind === 'metrics-stale');
  // Prometheus 2 extrapolates a series that begins inside the range otherwise than 3, which KISim follows.
  if (version.startsWith('2.') && /Rate|Latency/.test(name)) return 10;
  // Pods that went during an outage stay in kube-state-metrics' series for the look-back; KISim forgets them at once.
  if (name === 'coldStartP90' && isDown) return 10;
  // KISim takes the GPU's share from the engine's exporter, which is frozen, or down, where DCGM's is not.
  if (name.startsWith('gpu') && (isFrozen || isDown || scrapes)) return 20;
  // The GPU queries drop a pod that kube-state-metrics no longer has, a scrape before its exporter's series is stale.
  if (name.startsWith('gpu') && wanted) return 2;
  return 0;
}

/** While Prometheus is down KISim's queries fail; the stored samples would still answer. */
function isAsked({ faults = [] }: RecordedFleet, at: number): boolean {
  const isDown = faults.some(({ kind }) => kind === 'metrics-stop');
  return !isDown || at - EPOCH < OUTAGE.at || at - EPOCH >= OUTAGE.until;
}

/** A real Prometheus that is given samples instead of scraping them. */
class RecordedPrometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kiscaler-recorded-'));
  #process: ChildProcess | undefined;
  #url = '';

  async start({ samples }: Recording): Promise<void> {
    const [port] = await freePorts(1);
    this.#url = `http://127.0.0.1:${port}`;
    writeFileSync(join(this.#folder, 'prometheus.yml'), 'global: {}\n');
    const flags = ['--config.file=prometheus.yml', '--storage.tsdb.path=data', '--storage.tsdb.retention.time=100y'];
    this.#process = spawn(
      'prometheus',
      [...flags, '--web.enable-remote-write-receiver', `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
      { cwd: this.#folder, stdio: 'ignore' },
    );
    for (let i = 0; i < 300 && !(await this.#isReady()); i++) await wait(100);
    for (let from = 0; from < samples.length; from += BATCH)
      await remoteWrite(this.#url, samples.slice(from, from + BATCH));
  }

  /** What Prometheus answers, by evaluation time. */
  async answers(query: string, ticks: Recording['ticks']): Promise<ReadonlyMap<number, number>> {
    const range = { start: String(ticks[0]?.at), end: String(ticks.at(-1)?.at), step: String(INTERVAL) };
    const response = await fetch(`${this.#url}/api/v1/query_range?${new URLSearchParams({ query, ...range })}`);
    const body = (await response.json()) as { data: { result: { values: [number, string][] }[] } };
    return new Map((body.data.result[0]?.values ?? []).map(([at, value]) => [at, Number(value)]));
  }

  stop(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #isReady(): Promise<boolean> {
    return fetch(`${this.#url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    );
  }
}
