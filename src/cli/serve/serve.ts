import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { type Clock, createSystemClock } from '../../base/clock.js';
import { PLANNER } from '../../decision/decide.js';
import type { ServingProfile } from '../../decision/serving-profile.js';
import type { Grid } from '../../decision/window.js';
import { loadShippedProfile } from '../../kisim/profiles/load-profile.js';
import { startHttpEndpoint } from '../../observability/http-endpoint.js';
import { errorField } from '../../observability/logger.js';
import { Metrics } from '../../observability/metrics.js';
import { loadOnnxPolicy } from '../../policies/onnx/onnx-policy.js';
import type { Policy } from '../../policies/policy.js';
import { createPolicy, createServedPolicies, settingsOf } from '../../policies/registry.js';
import type { CallRecorder } from '../../scaler/call.js';
import { type DecisionRecorder, DecisionService } from '../../scaler/decision-service.js';
import { startHttpDoor } from '../../scaler/http-door.js';
import { KeyMaterialFiles } from '../../scaler/key-material.js';
import { type KnownReference, References } from '../../scaler/references.js';
import { startServer } from '../../scaler/server.js';
import { createCredentials } from '../../scaler/tls.js';
import { PrometheusClient } from '../../signals/prometheus-client.js';
import { PrometheusSource } from '../../signals/prometheus-source.js';
import { DEFAULT_MODEL } from '../learned.js';
import { ConfigError, parseAddress, parseBackends, parseNames, type ServeConfig } from '../serve-config.js';
import { followShadows, readShadows } from './shadows.js';
import type { Shutdown } from './shutdown.js';
import { timeClient } from './timed-client.js';

/** What every part of the process shares. */
interface Shared {
  readonly config: ServeConfig;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
}

/** Ports that were bound; a configured port of 0 is any free one. */
export interface Serving {
  readonly grpcPort: number;
  readonly metricsPort: number;
  /** Of the HTTP door, where it is open. */
  readonly decisionsPort?: number;
}

/**
 * Puts the scaler together and starts it; it runs until `shutdown` ends the process. Rejects when a port or a TLS file cannot
 * be had; a model that cannot is no reason, because the planner answers then.
 * @throws ConfigError for what is wrong in files that the configuration names
 */
export async function serve(config: ServeConfig, log: Logger, shutdown: Shutdown): Promise<Serving> {
  const shared: Shared = { config, clock: createSystemClock(), log, metrics: new Metrics(), shutdown };
  const backends = parseBackends(config.prometheusUrl);
  const policies = await loadPolicies(shared);
  const findPolicy = (name: string): Policy | undefined => policies.get(name) ?? createPolicy(name);
  const grid: Grid = { interval: config.tick, ticks: config.windowTicks, lag: config.lag };
  const service = new DecisionService({
    clock: shared.clock,
    grid,
    source: createSource(shared, backends, grid),
    policies: [...policies.values()],
    findPolicy,
    policyOverride: createOverride(config),
    recorder: createRecorder(shared),
  });
  const references = createReferences(shared, {
    findProfile,
    hasPolicy: (name) => settingsOf(name) !== undefined,
    hasBackend: (name) => backends.has(name),
  });
  const shadows = loadShadows(config, references);
  // Readiness is the process', not Prometheus': unready replicas would leave KEDA nobody to be told "unknown" by.
  let isReady = false;
  const metricsAddress = parseAddress(config.metricsListen);
  if (!metricsAddress) throw new RangeError('metricsListen must be HOST:PORT');
  const endpoint = await startHttpEndpoint({
    ...metricsAddress,
    registry: shared.metrics.registry,
    isReady: () => isReady && !shutdown.isEnding,
  });
  const tls = followTls(shared);
  const grpcPort = await startGrpc(shared, references, service, tls);
  const decisionsPort = await openDoor(shared, references, service, tls);
  followShadows(shadows, service, shared.metrics);
  service.start();
  shutdown.add(() => service.stop());
  shutdown.add(() => endpoint.close());
  addProcessGauges(shared, service);
  isReady = true;
  log.info({ port: grpcPort, address: config.listen }, 'serving');
  return { grpcPort, metricsPort: endpoint.port, ...(decisionsPort === undefined ? {} : { decisionsPort }) };
}

async function loadPolicies({ config, clock, log, metrics }: Shared): Promise<ReadonlyMap<string, Policy>> {
  const learned = await loadOnnxPolicy(config.model === '' ? DEFAULT_MODEL : config.model, clock.monotonic);
  if (learned.ok) metrics.setModel(learned.value.card.observationSchema, learned.value.card.sha256);
  else log.error({ reason: learned.error }, 'no learned policy: the planner answers');
  return createServedPolicies(learned.ok ? learned.value : undefined);
}

function createSource(
  { config, clock, metrics }: Shared,
  backends: ReadonlyMap<string, string>,
  grid: Grid,
): PrometheusSource {
  const { prometheusTokenFile: tokenFile } = config;
  const token = tokenFile === '' ? {} : { readToken: () => readFileSync(tokenFile, 'utf8').trim() };
  const clients = [...backends].map(([name, baseUrl]) => {
    const client = new PrometheusClient({ baseUrl, clock, ...token });
    return [name, timeClient(client, clock, (code, duration) => metrics.onRead(name, code, duration))] as const;
  });
  return new PrometheusSource({ clients: new Map(clients), grid });
}

/** The kill switch: a setting, or a file that is looked for at every tick, so that no restart is needed. */
function createOverride({ policyOverride, policyOverrideFile }: ServeConfig): () => string | undefined {
  return () => {
    if (policyOverride !== '') return policyOverride;
    return policyOverrideFile !== '' && existsSync(policyOverrideFile) ? PLANNER : undefined;
  };
}

function createReferences(
  { config, log, metrics }: Shared,
  context: ConstructorParameters<typeof References>[0]['context'],
): References {
  const namespaces = parseNames(config.namespaces);
  return new References({
    context,
    ...(namespaces.size === 0 ? {} : { namespaces }),
    onUnknownKeys: ({ namespace, name }, keys) => {
      metrics.onUnknownKeys(keys);
      log.warn({ namespace, name, keys }, 'metadata keys that nobody reads');
    },
  });
}

function loadShadows({ shadowFile }: ServeConfig, references: References): readonly KnownReference[] {
  if (shadowFile === '') return [];
  const shadows = readShadows(shadowFile, references);
  if (!shadows.ok) throw new ConfigError(shadows.error);
  return shadows.value;
}

/** Names of shipped profiles only: a path in a tenant's metadata would read this pod's files. */
function findProfile(name: string): ServingProfile | undefined {
  const profile = loadShippedProfile(name);
  return profile.ok ? profile.value : undefined;
}

async function startGrpc(
  shared: Shared,
  references: References,
  service: DecisionService,
  tls: KeyMaterialFiles | undefined,
): Promise<number> {
  const { config, clock, shutdown } = shared;
  const server = await startServer({
    clock,
    address: config.listen,
    references,
    service,
    recorder: createCallRecorder(shared),
    hasReflection: config.reflection,
    drainDelay: config.drainDelay,
    drainGrace: config.drainGrace,
    ...(tls ? { credentials: createCredentials(tls) } : {}),
  });
  shutdown.add(() => server.drain());
  return server.port;
}

async function openDoor(
  shared: Shared,
  references: References,
  service: DecisionService,
  tls: KeyMaterialFiles | undefined,
): Promise<number | undefined> {
  const { config, clock, shutdown } = shared;
  const address = parseAddress(config.decisionsListen);
  if (!address) return undefined;
  const { decisionsTokenFile } = config;
  const readToken = (): string => readFileSync(decisionsTokenFile, 'utf8').trim();
  const token = decisionsTokenFile === '' ? {} : { readToken };
  if (token.readToken?.() === '') throw new ConfigError(['--decisions-token-file: is empty']);
  const recorder = createCallRecorder(shared);
  const door = await startHttpDoor({
    ...address,
    clock,
    references,
    service,
    explanations: service,
    recorder,
    ...token,
    ...(tls ? { tls } : {}),
  });
  shutdown.add(() => door.close());
  return door.port;
}

function createCallRecorder({ log, metrics }: Shared): CallRecorder {
  return {
    onCall: (method, code, duration) => metrics.onCall(method, code, duration),
    onError: (method, cause) => log.error({ method, error: errorField(cause) }, 'a handler failed'),
    onStream: (method, change) => metrics.onStream(method, change),
  };
}

/** The key material that both doors serve, where TLS is asked for. */
function followTls({ config, clock, log, metrics, shutdown }: Shared): KeyMaterialFiles | undefined {
  if (config.tlsDir === '') return undefined;
  const files = new KeyMaterialFiles({
    folder: config.tlsDir,
    clock,
    onProblem: (reason) =>
      reason === undefined
        ? log.info({}, 'the TLS files can be used again')
        : log.error({ reason }, 'the TLS files cannot be used; the last good ones stay'),
  });
  const help = 'When the certificate in use ends.';
  metrics.addGauge('kiscaler_tls_expiry_timestamp_seconds', help, () => files.current.expiresAt);
  const stop = new AbortController();
  void files.watch(stop.signal);
  shutdown.add(async () => stop.abort());
  return files;
}

function createRecorder({ log, metrics }: Shared): DecisionRecorder {
  return {
    onDecision: (workload, decision, window) => {
      metrics.onDecision(workload, decision, window);
      const { namespace, name } = workload;
      const { sentence, source, replicas, currentReplicas } = decision;
      log[replicas === currentReplicas ? 'debug' : 'info']({ namespace, name, source, replicas }, sentence);
    },
    onRefusal: (workload, refusal) => {
      metrics.onRefusal(workload, refusal);
      log.warn({ namespace: workload.namespace, name: workload.name, code: refusal.code }, 'no decision');
    },
    onFailure: (reason, cause) => log.error({ reason, error: errorField(cause) }, 'a part failed'),
    onForgotten: (workload) => metrics.forget(workload),
  };
}

function addProcessGauges({ metrics }: Shared, service: DecisionService): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  metrics.addProcessMetrics();
  metrics.addGauge('kiscaler_workloads', 'Workloads that are decided.', () => service.workloads.length);
  metrics.addGauge('kiscaler_event_loop_delay_seconds', 'p99 delay of the event loop since the last scrape.', () => {
    const seconds = delay.percentile(99) / 1e9;
    delay.reset();
    return seconds;
  });
}
