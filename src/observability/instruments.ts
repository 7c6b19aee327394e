import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Answers come from memory: the interesting range is far below prom-client's default buckets. */
const RPC_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];
const READ_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 10];

/** Labels of a scaled object; `namespace` and `pod` would be renamed by a scrape with `honorLabels: false`. */
export const OWNER = ['target_namespace', 'scaled_object'] as const;
export type OwnerLabels = Readonly<Record<(typeof OWNER)[number], string>>;

export type Instruments = ReturnType<typeof createInstruments>;

/** Every metric of kiscaler's own with its help text. Metadata values are never labels. */
export function createInstruments(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  return {
    decisions: counter(
      'kiscaler_decisions_total',
      'Decisions and refusals by source (policy, planner, refusal) and reason.',
      ['source', 'reason'],
    ),
    guardrail: counter('kiscaler_guardrail_total', 'Times a guard changed a proposal.', ['guard']),
    desired: gauge('kiscaler_desired_replicas', 'Replicas decided.', OWNER),
    current: gauge('kiscaler_current_replicas', 'spec.replicas as the window showed it.', OWNER),
    proposed: gauge('kiscaler_proposed_replicas', 'What each policy would do.', [...OWNER, 'policy']),
    disagreement: gauge(
      'kiscaler_shadow_disagreement_replicas',
      'Of a shadow workload: replicas decided - replicas that run.',
      OWNER,
    ),
    age: gauge('kiscaler_observation_age_seconds', 'Age of the oldest required signal.', OWNER),
    rpc: histogram('kiscaler_rpc_seconds', 'Time to answer KEDA, by method and code.', ['method', 'code'], RPC_SECONDS),
    streams: gauge('kiscaler_open_streams', 'Streams that KEDA holds open, by method.', ['method']),
    reads: histogram(
      'kiscaler_prom_request_seconds',
      'Time of requests to the metrics backends, by backend and code.',
      ['backend', 'code'],
      READ_SECONDS,
    ),
    unknownKeys: counter(
      'kiscaler_unknown_metadata_keys_total',
      'Metadata keys that nobody reads; the log names them.',
      [],
    ),
    model: gauge('kiscaler_model_info', 'The model served.', ['schema', 'sha256']),
  };
}
