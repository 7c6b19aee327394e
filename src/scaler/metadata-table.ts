import { ARRIVAL_SOURCES } from '../decision/workload.js';

/** One key of a trigger's metadata: drives parsing, messages and the README's option list. */
export interface MetadataKey {
  readonly key: string;
  readonly type: 'text' | 'choice' | 'integer' | 'number' | 'duration' | 'target';
  readonly required: boolean;
  readonly default?: string;
  /** Range of numbers (seconds for durations), inclusive. */
  readonly range?: readonly [number, number];
  readonly choices?: readonly string[];
  readonly doc: string;
}

/** Every key of keda's `trigger.metadata` that kiscaler reads. Unknown ones are reported, never refused. */
export const METADATA: readonly MetadataKey[] = [
  {
    key: 'engine',
    type: 'choice',
    required: true,
    choices: ['vllm', 'triton'],
    doc: 'serving engine; chooses the metric names that are read',
  },
  {
    key: 'slo',
    type: 'duration',
    required: true,
    range: [0.01, 3600],
    doc: 'latency objective; a request above it is a miss',
  },
  {
    key: 'sloMetric',
    type: 'choice',
    required: false,
    default: 'ttft',
    choices: ['ttft', 'e2e'],
    doc: 'which latency the objective is about: time to first token, or the whole request (one and the same for triton, but for streaming models)',
  },
  {
    key: 'model',
    type: 'text',
    required: false,
    doc: "model label of the engine's metrics; absent: the target's pods are selected by name",
  },
  {
    key: 'target',
    type: 'target',
    required: false,
    doc: 'scaled Deployment as NAME or Deployment/NAME; absent: read from the HPA that KEDA made',
  },
  {
    key: 'arrivals',
    type: 'choice',
    required: false,
    choices: ARRIVAL_SOURCES,
    doc: 'gateway whose counter of received requests is read (with `model`); absent: estimated from the engines, of which none runs at 0 replicas',
  },
  {
    key: 'policy',
    type: 'text',
    required: false,
    default: 'qplan',
    doc: 'qplan (the law on the learned forecast), learned (the actor trained on top of it), planner, or a rival law by name (docs/policies.md lists them)',
  },
  {
    key: 'missPrice',
    type: 'number',
    required: false,
    default: '30',
    range: [1, 1000],
    doc: "replica-equivalents that one missed replica's worth of traffic costs",
  },
  {
    key: 'profile',
    type: 'text',
    required: false,
    doc: 'GPU x model profile that capacity is computed from; absent: capacity is measured',
  },
  {
    key: 'maxNumSeqs',
    type: 'integer',
    required: false,
    range: [1, 65536],
    doc: 'engine slots per replica; absent: the profile, else measured',
  },
  {
    key: 'coldStart',
    type: 'duration',
    required: false,
    range: [1, 7200],
    doc: 'time to ready; absent: measured, else 180s',
  },
  {
    key: 'minReplicas',
    type: 'integer',
    required: false,
    default: '1',
    range: [0, 10000],
    doc: 'floor of the decision; 0 lets an idle fleet go to zero (the ScaledObject must allow it too)',
  },
  {
    key: 'maxReplicas',
    type: 'integer',
    required: false,
    default: '100',
    range: [1, 10000],
    doc: "ceiling below the ScaledObject's",
  },
  {
    key: 'backend',
    type: 'text',
    required: false,
    default: 'default',
    doc: "named Prometheus of the operator's configuration",
  },
  {
    key: 'hpaTolerance',
    type: 'choice',
    required: false,
    default: 'zero',
    choices: ['zero', 'default'],
    doc: '`default` where the HPA tolerance cannot be set to 0: D - 0.999 is then sent on the way down',
  },
];

/** Keys that are KEDA's own and pass silently. */
export const KEDA_KEYS: ReadonlySet<string> = new Set(['scalerAddress', 'enableTLS', 'unsafeSsl', 'metricType']);

/** The README's option list, as a Markdown table. */
export function renderMetadataTable(): string {
  const rows = METADATA.map((row) => {
    const fallback = row.required ? 'required' : row.default === undefined ? '' : `\`${row.default}\``;
    return `| \`${row.key}\` | ${describeAllowed(row)} | ${fallback} | ${row.doc} |`;
  });
  return ['| key | allowed | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** What a value may be, in words; part of every refusal. */
export function describeAllowed({ type, range, choices }: MetadataKey): string {
  switch (type) {
    case 'choice':
      return `one of ${(choices ?? []).join(', ')}`;
    case 'integer':
      return `integer from ${range?.[0]} to ${range?.[1]}`;
    case 'number':
      return `number from ${range?.[0]} to ${range?.[1]}`;
    case 'duration':
      return `duration from ${range?.[0]}s to ${range?.[1]}s, such as 500ms, 2s or 1.5m`;
    case 'target':
      return 'NAME or Deployment/NAME';
    case 'text':
      return 'letters, digits and . _ - / :';
  }
}
