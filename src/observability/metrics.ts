import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Seconds } from '../base/units.js';
import type { Decision, Refusal } from '../decision/decision.js';
import { oldestAge } from '../decision/freshness.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';
import { createInstruments, type Instruments, type OwnerLabels } from './instruments.js';

/** Scaled objects whose counts get series of their own; the others still count in the totals. */
const MAX_SERIES_OWNERS = 1000;

/** kiscaler's own Prometheus metrics: told of what happens, bounded in series whatever happens. */
export class Metrics {
  readonly registry = new Registry();
  readonly #instruments: Instruments = createInstruments(this.registry);
  /** Scaled objects with series, and the policies whose proposals each one shows. */
  readonly #owners = new Map<string, Set<string>>();

  onDecision(workload: Workload, decision: Decision, window: Window): void {
    const { decisions, guardrail, desired, current, proposed, age } = this.#instruments;
    decisions.inc({ source: decision.source, reason: decision.because ?? 'none' });
    for (const { guard } of decision.corrections) guardrail.inc({ guard });
    const shown = this.#shownBy(workload);
    if (!shown) return;
    const labels = ownerLabels(workload);
    desired.set(labels, decision.replicas);
    current.set(labels, decision.currentReplicas);
    age.set(labels, oldestAge(window) ?? Number.NaN);
    for (const policy of shown) proposed.remove({ ...labels, policy });
    shown.clear();
    for (const proposal of decision.proposals) {
      if (!proposal.ok) continue;
      proposed.set({ ...labels, policy: proposal.policy }, proposal.replicas);
      shown.add(proposal.policy);
    }
  }

  /** A decision that nobody asked for, beside what really runs. Told after `onDecision`. */
  onShadow(workload: Workload, { replicas, currentReplicas }: Decision): void {
    if (!this.#owners.has(ownerKey(workload))) return;
    this.#instruments.disagreement.set(ownerLabels(workload), replicas - currentReplicas);
  }

  /** What was decided before is no longer known to hold: no series is better than an old one. */
  onRefusal(workload: Workload, { code }: Refusal): void {
    this.#instruments.decisions.inc({ source: 'refusal', reason: code });
    this.forget(workload);
  }

  onCall(method: string, code: string, duration: Seconds): void {
    this.#instruments.rpc.observe({ method, code }, duration);
  }

  onStream(method: string, change: 1 | -1): void {
    this.#instruments.streams.inc({ method }, change);
  }

  /** A request to a metrics backend; `code` is OK or a refusal's. */
  onRead(backend: string, code: string, duration: Seconds): void {
    this.#instruments.reads.observe({ backend, code }, duration);
  }

  onUnknownKeys(keys: readonly string[]): void {
    this.#instruments.unknownKeys.inc(keys.length);
  }

  /** Takes the series of a scaled object away. */
  forget(workload: Workload): void {
    const key = ownerKey(workload);
    const labels = ownerLabels(workload);
    const { desired, current, age, proposed, disagreement } = this.#instruments;
    for (const policy of this.#owners.get(key) ?? []) proposed.remove({ ...labels, policy });
    if (this.#owners.delete(key)) for (const gauge of [desired, current, age, disagreement]) gauge.remove(labels);
  }

  setModel(schema: string, sha256: string): void {
    this.#instruments.model.set({ schema, sha256 }, 1);
  }

  /** A number that is read when it is scraped. */
  addGauge(name: `kiscaler_${string}`, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Memory, CPU and handles of the process, under prom-client's own names. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  #shownBy(workload: Workload): Set<string> | undefined {
    const key = ownerKey(workload);
    const known = this.#owners.get(key);
    if (known || this.#owners.size >= MAX_SERIES_OWNERS) return known;
    const shown = new Set<string>();
    this.#owners.set(key, shown);
    return shown;
  }
}

function ownerKey({ namespace, name }: Workload): string {
  return `${namespace}/${name}`;
}

function ownerLabels({ namespace, name }: Workload): OwnerLabels {
  return { target_namespace: namespace, scaled_object: name };
}
