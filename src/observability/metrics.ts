import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision, Refusal } from '../decision/decision.js';
import { oldestAge } from '../decision/freshness.js';
import type { Window } from '../decision/window.js';
import type { Workload } from '../decision/workload.js';

/** Answers come from memory: the interesting range is far below prom-client's default buckets. */
const RPC_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];
/** Scaled objects whose counts get series of their own; the others still count in the totals. */
const MAX_SERIES_OWNERS = 1000;

export interface Metrics {
  readonly registry: Registry;
  onDecision(workload: Workload, decision: Decision, window: Window): void;
  onRefusal(workload: Workload, refusal: Refusal): void;
  onCall(method: string, code: string, seconds: number): void;
  onUnknownKeys(workload: Workload, keys: readonly string[]): void;
  setModel(schema: string, sha256: string): void;
}

/**
 * kiscaler's own Prometheus metrics. Labels are bounded: scaled objects are capped, metadata values are never labels, and the
 * names avoid `namespace` and `pod`, which a scrape with `honorLabels: false` would rename.
 */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const decisions = new Counter({
    name: 'kiscaler_decisions_total',
    help: 'Decisions and refusals by source (policy, planner, refusal) and reason.',
    labelNames: ['source', 'reason'],
    registers,
  });
  const guardrail = new Counter({
    name: 'kiscaler_guardrail_total',
    help: 'Times a guard changed a proposal.',
    labelNames: ['guard'],
    registers,
  });
  const owner = ['target_namespace', 'scaled_object'] as const;
  const desired = new Gauge({
    name: 'kiscaler_desired_replicas',
    help: 'Replicas decided.',
    labelNames: owner,
    registers,
  });
  const current = new Gauge({
    name: 'kiscaler_current_replicas',
    help: 'spec.replicas as the window showed it.',
    labelNames: owner,
    registers,
  });
  const proposed = new Gauge({
    name: 'kiscaler_proposed_replicas',
    help: 'What each policy would do.',
    labelNames: [...owner, 'policy'],
    registers,
  });
  const age = new Gauge({
    name: 'kiscaler_observation_age_seconds',
    help: 'Age of the oldest required signal.',
    labelNames: owner,
    registers,
  });
  const rpc = new Histogram({
    name: 'kiscaler_rpc_seconds',
    help: 'Time to answer KEDA, by method and code.',
    labelNames: ['method', 'code'],
    buckets: RPC_SECONDS,
    registers,
  });
  const unknownKeys = new Counter({
    name: 'kiscaler_unknown_metadata_keys_total',
    help: 'Metadata keys that nobody reads.',
    labelNames: ['target_namespace'],
    registers,
  });
  const model = new Gauge({
    name: 'kiscaler_model_info',
    help: 'The model served.',
    labelNames: ['schema', 'sha256'],
    registers,
  });
  const owners = new Set<string>();
  const labelsOf = ({ namespace, name }: Workload): Record<(typeof owner)[number], string> | undefined => {
    const key = `${namespace}/${name}`;
    if (!owners.has(key) && owners.size >= MAX_SERIES_OWNERS) return undefined;
    owners.add(key);
    return { target_namespace: namespace, scaled_object: name };
  };
  return {
    registry,
    onDecision(workload, decision, window) {
      decisions.inc({ source: decision.source, reason: decision.because ?? 'none' });
      for (const { guard } of decision.corrections) guardrail.inc({ guard });
      const labels = labelsOf(workload);
      if (!labels) return;
      desired.set(labels, decision.replicas);
      current.set(labels, decision.currentReplicas);
      age.set(labels, oldestAge(window) ?? Number.NaN);
      for (const proposal of decision.proposals) {
        if (proposal.ok) proposed.set({ ...labels, policy: proposal.policy }, proposal.replicas);
        else proposed.remove({ ...labels, policy: proposal.policy });
      }
    },
    onRefusal(workload, { code }) {
      decisions.inc({ source: 'refusal', reason: code });
      const labels = labelsOf(workload);
      if (labels) desired.remove(labels);
    },
    onCall: (method, code, seconds) => rpc.observe({ method, code }, seconds),
    onUnknownKeys: ({ namespace }, keys) => unknownKeys.inc({ target_namespace: namespace }, keys.length),
    setModel: (schema, sha256) => model.set({ schema, sha256 }, 1),
  };
}

/** 99th percentile of the event loop's delay, read when scraped. */
export function createDelayGauge(read: () => number): Gauge {
  return new Gauge({
    name: 'kiscaler_event_loop_delay_seconds',
    help: '99th percentile of the delay of the event loop.',
    registers: [],
    collect() {
      this.set(read());
    },
  });
}
