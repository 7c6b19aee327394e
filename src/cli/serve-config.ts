import { parseDecimal, parseDuration } from '../base/numbers.js';
import { err, ok, type Result } from '../base/result.js';
import { isHttpUrl } from './option-parsers.js';

/** One setting of `kiscaler serve`: drives its flag, its environment variable, its message and the docs. */
export interface Setting {
  readonly key: keyof ServeConfig;
  readonly flag: string;
  readonly env: string;
  readonly type: 'text' | 'address' | 'integer' | 'duration' | 'switch' | 'choice';
  readonly default: string;
  readonly range?: readonly [number, number];
  readonly choices?: readonly string[];
  readonly doc: string;
}

/** The operator's configuration, parsed once and frozen; times in seconds. */
export interface ServeConfig {
  readonly listen: string;
  readonly metricsListen: string;
  readonly prometheusUrl: string;
  readonly prometheusTokenFile: string;
  readonly tick: number;
  readonly windowTicks: number;
  readonly lag: number;
  readonly model: string;
  readonly policyOverride: string;
  readonly policyOverrideFile: string;
  readonly namespaces: string;
  readonly drainDelay: number;
  readonly drainGrace: number;
  readonly tlsDir: string;
  readonly decisionsListen: string;
  readonly decisionsTokenFile: string;
  readonly shadowFile: string;
  readonly reflection: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Something is wrong with the configuration that only shows when it is put to use. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

const setting = (row: Omit<Setting, 'env'>): Setting => ({
  ...row,
  env: `KISCALER_${row.flag.replaceAll('-', '_').toUpperCase()}`,
});

export const SETTINGS: readonly Setting[] = [
  setting({
    key: 'listen',
    flag: 'listen',
    type: 'address',
    default: '0.0.0.0:9090',
    doc: 'address of the gRPC server',
  }),
  setting({
    key: 'metricsListen',
    flag: 'metrics-listen',
    type: 'address',
    default: '0.0.0.0:9091',
    doc: 'address of /metrics, /livez and /readyz',
  }),
  setting({
    key: 'prometheusUrl',
    flag: 'prometheus-url',
    type: 'text',
    default: 'http://127.0.0.1:9090',
    doc: 'Prometheus, or several as NAME=URL,NAME=URL; a bare URL is the backend `default`',
  }),
  setting({
    key: 'prometheusTokenFile',
    flag: 'prometheus-token-file',
    type: 'text',
    default: '',
    doc: 'file with a bearer token, read anew for each request',
  }),
  setting({
    key: 'tick',
    flag: 'tick',
    type: 'duration',
    default: '15s',
    range: [1, 300],
    doc: 'time between decisions; the scrape interval of the backend',
  }),
  setting({
    key: 'windowTicks',
    flag: 'window-ticks',
    type: 'integer',
    default: '64',
    range: [16, 512],
    doc: 'ticks in a window; the shipped model was trained with 64',
  }),
  setting({
    key: 'lag',
    flag: 'lag',
    type: 'duration',
    default: '15s',
    range: [0, 300],
    doc: 'how far behind the tick a window ends, so that every scrape is stored: one scrape; 5s where scrapes are stored that fast decides on fresher data',
  }),
  setting({
    key: 'model',
    flag: 'model',
    type: 'text',
    default: '',
    doc: 'model file, its card beside it; empty: the model that ships',
  }),
  setting({
    key: 'policyOverride',
    flag: 'policy-override',
    type: 'choice',
    default: '',
    choices: ['', 'planner'],
    doc: 'kill switch: `planner` decides for every workload',
  }),
  setting({
    key: 'policyOverrideFile',
    flag: 'policy-override-file',
    type: 'text',
    default: '',
    doc: 'the same without a restart: while this file exists, the planner decides; looked for at every tick',
  }),
  setting({
    key: 'namespaces',
    flag: 'namespaces',
    type: 'text',
    default: '',
    doc: 'namespaces that are served, comma-separated; empty: all',
  }),
  setting({
    key: 'drainDelay',
    flag: 'drain-delay',
    type: 'duration',
    default: '5s',
    range: [0, 60],
    doc: 'time of NOT_SERVING before calls are turned away',
  }),
  setting({
    key: 'drainGrace',
    flag: 'drain-grace',
    type: 'duration',
    default: '20s',
    range: [0, 300],
    doc: 'time that open calls get after that',
  }),
  setting({
    key: 'tlsDir',
    flag: 'tls-dir',
    type: 'text',
    default: '',
    doc: 'folder with tls.crt and tls.key, followed when they change; with ca.crt, clients must show a certificate of it',
  }),
  setting({
    key: 'decisionsListen',
    flag: 'decisions-listen',
    type: 'address',
    default: '',
    doc: "address of the second door, `GET /v1/decisions/NAMESPACE/NAME?engine=...` for KEDA's metrics-api trigger, and `GET /v1/explanations/NAMESPACE/NAME` for people, with the TLS of `--tls-dir`; empty: closed",
  }),
  setting({
    key: 'decisionsTokenFile',
    flag: 'decisions-token-file',
    type: 'text',
    default: '',
    doc: 'file with the bearer token that the second door asks for, read anew for each request; needed there unless clients show certificates',
  }),
  setting({
    key: 'shadowFile',
    flag: 'shadow-file',
    type: 'text',
    default: '',
    doc: 'YAML file of workloads that are decided and exported without anybody asking: `workloads: [{ namespace, name, metadata }]`, `metadata` with the keys of a trigger',
  }),
  setting({ key: 'reflection', flag: 'reflection', type: 'switch', default: 'false', doc: 'serve gRPC reflection' }),
  setting({
    key: 'logLevel',
    flag: 'log-level',
    type: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    doc: 'least serious lines that are logged',
  }),
];

/**
 * Reads the configuration: flag, else environment, else default. Every problem is reported, each by flag and allowed values.
 * @param flags by flag name, undefined where not given
 */
export function parseServeConfig(
  flags: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): Result<ServeConfig, readonly string[]> {
  const problems: string[] = [];
  const values: Partial<Record<keyof ServeConfig, unknown>> = {};
  for (const row of SETTINGS) {
    const value = parseSetting(row, flags[row.flag] ?? env[row.env] ?? row.default);
    if (value === undefined) problems.push(`--${row.flag} (${row.env}): must be ${describe(row)}`);
    values[row.key] = value;
  }
  const known = new Set(SETTINGS.map((row) => row.env));
  for (const name of Object.keys(env)) {
    const isOurs = name.startsWith('KISCALER_') && !OTHER_VARIABLES.has(name) && !SERVICE_VARIABLE.test(name);
    if (isOurs && !known.has(name)) problems.push(`${name}: is no setting; there are ${[...known].join(', ')}`);
  }
  if (problems.length === 0) problems.push(...checkBackends(String(values.prometheusUrl)));
  if (values.decisionsListen !== '' && values.decisionsTokenFile === '' && values.tlsDir === '')
    problems.push('--decisions-listen: needs --decisions-token-file, or --tls-dir with ca.crt');
  return problems.length > 0 ? err(problems) : ok(Object.freeze(values) as ServeConfig);
}

/** Variables of ours that are no settings of `serve`. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set(['KISCALER_DATA', 'KISCALER_DEBUG']);

/** What Kubernetes puts into every pod for each Service whose name begins with `kiscaler`. */
const SERVICE_VARIABLE = /^KISCALER_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP)(_\w+)?)?)$/;

/** Host and port of `HOST:PORT` or `[IPv6]:PORT`; undefined for anything else. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match && port <= 65_535 ? { host: match[1] ?? match[2] ?? '', port } : undefined;
}

/** Names of a comma-separated list; none for an empty text. */
export function parseNames(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
}

/** Backends by name, from `URL` or `NAME=URL,NAME=URL`. */
export function parseBackends(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((part): [string, string] => {
    const match = /^([a-z0-9-]+)=(.+)$/.exec(part.trim());
    return match ? [match[1] as string, match[2] as string] : ['default', part.trim()];
  });
  return new Map(pairs);
}

function checkBackends(text: string): readonly string[] {
  const wrong = [...parseBackends(text).values()].some((url) => !isHttpUrl(url));
  return wrong ? ['--prometheus-url: every backend must be an http or https URL without credentials'] : [];
}

function parseSetting({ type, range, choices, default: fallback }: Setting, text: string): unknown {
  if (text === '' && fallback === '') return text;
  switch (type) {
    case 'text':
      return text;
    case 'choice':
      return choices?.includes(text) ? text : undefined;
    case 'switch':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'address':
      return parseAddress(text) === undefined ? undefined : text;
    case 'integer':
    case 'duration': {
      const parsed = type === 'integer' ? parseDecimal(text) : parseDuration(text);
      const isLegal = parsed.ok && range && parsed.value >= range[0] && parsed.value <= range[1];
      return isLegal && (type === 'duration' || Number.isInteger(parsed.value)) ? parsed.value : undefined;
    }
  }
}

function describe({ type, range, choices }: Setting): string {
  if (type === 'choice') return `one of ${(choices ?? []).map((choice) => choice || '(empty)').join(', ')}`;
  if (type === 'switch') return 'true or false';
  if (type === 'address') return 'HOST:PORT';
  return type === 'duration'
    ? `a duration from ${range?.[0]}s to ${range?.[1]}s`
    : `an integer from ${range?.[0]} to ${range?.[1]}`;
}
