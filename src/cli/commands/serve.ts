import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Command } from '@commander-js/extra-typings';
import { ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { createSystemClock } from '../../base/clock.js';
import { loadProfile } from '../../kisim/profiles/load-profile.js';
import { startHttpEndpoint } from '../../observability/http-endpoint.js';
import { createLogger, errorField } from '../../observability/logger.js';
import { createDelayGauge, createMetrics, type Metrics } from '../../observability/metrics.js';
import { loadOnnxPolicy } from '../../policies/onnx/onnx-policy.js';
import { createPolicy, createServedPolicies } from '../../policies/registry.js';
import { DecisionService } from '../../scaler/decision-service.js';
import { References } from '../../scaler/references.js';
import { type ScalerServer, startServer } from '../../scaler/server.js';
import { PrometheusClient } from '../../signals/prometheus-client.js';
import { PrometheusSource } from '../../signals/prometheus-source.js';
import { parseBackends, parseServeConfig, SETTINGS, type ServeConfig } from '../serve-config.js';

const EXIT_CONFIG = 78;

/** `kiscaler serve`: the external scaler. Configuration errors end it with 78, all of them listed. */
export function serveCommand() {
  const command = new Command('serve')
    .description("Serve KEDA's external scaler over gRPC.")
    .option('--print-config', 'print the configuration that would be used, and end');
  for (const { flag, default: fallback, doc, env } of SETTINGS) {
    command.option(`--${flag} <value>`, `${doc} (default: ${JSON.stringify(fallback)}, environment: ${env})`);
  }
  return command.action(async (_, self) => {
    const flags = toFlags(self.opts());
    const config = parseServeConfig(flags, process.env);
    if (!config.ok) {
      process.stderr.write(`${config.error.map((problem) => `kiscaler: ${problem}`).join('\n')}\n`);
      process.exit(EXIT_CONFIG);
    }
    if (self.opts().printConfig) process.stdout.write(`${JSON.stringify(config.value, undefined, 2)}\n`);
    else await serve(config.value);
  });
}

/** Commander answers camel case; settings are known by their flag. */
function toFlags(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  return Object.fromEntries(
    SETTINGS.map(({ flag }) => [
      flag,
      options[flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())] as string,
    ]),
  );
}

/** Puts the process together and runs until a signal ends it. */
async function serve(config: ServeConfig): Promise<void> {
  const log = createLogger(config.logLevel);
  const metrics = createMetrics();
  const clock = createSystemClock();
  const backends = parseBackends(config.prometheusUrl);
  const source = createSource(config, backends);
  const learned = await loadOnnxPolicy(config.model, clock.monotonic);
  if (learned.ok) metrics.setModel(learned.value.card.observationSchema, learned.value.card.sha256);
  else log.error({ reason: learned.error }, 'no learned policy: the planner answers');
  const policies = createServedPolicies(learned.ok ? learned.value : undefined);
  const findPolicy = (name: string) => policies.get(name) ?? createPolicy(name);
  const service = new DecisionService({
    clock,
    grid: { interval: config.tick, ticks: config.windowTicks, lag: config.lag },
    source,
    policies: [...policies.values()],
    findPolicy,
    recorder: createRecorder(log, metrics),
    ...(config.policyOverride === '' ? {} : { policyOverride: () => config.policyOverride }),
  });
  service.start();
  const references = new References({
    context: {
      findProfile: (name) => {
        // Names only: a path in a tenant's metadata would read this pod's files.
        const profile = name.includes('/') || name.endsWith('.yaml') ? undefined : loadProfile(name);
        return profile?.ok ? profile.value : undefined;
      },
      hasPolicy: (name) => name === 'learned' || findPolicy(name) !== undefined,
      hasBackend: (name) => backends.has(name),
    },
    onUnknownKeys: (workload, keys) => {
      metrics.onUnknownKeys(workload, keys);
      log.warn({ namespace: workload.namespace, name: workload.name, keys }, 'metadata keys that nobody reads');
    },
  });
  const server = await startServer({
    clock,
    address: config.listen,
    references,
    service,
    recorder: {
      onCall: (method, code, seconds) => metrics.onCall(method, code, seconds),
      onError: (method, cause) => log.error({ method, error: errorField(cause) }, 'a handler failed'),
    },
    hasReflection: config.reflection,
    drainDelay: config.drainDelay,
    drainGrace: config.drainGrace,
    ...(config.tlsDir === '' ? {} : { credentials: readCredentials(config.tlsDir) }),
  });
  const { host, port } = splitAddress(config.metricsListen);
  let isReady = true;
  const endpoint = await startHttpEndpoint({ host, port, registry: metrics.registry, isReady: () => isReady });
  watchEventLoop(metrics);
  log.info({ port: server.port, address: config.listen }, 'serving');
  process.stdout.write(`${JSON.stringify({ grpcPort: server.port, metricsPort: endpoint.port })}\n`);
  endOnSignal(log, server, async () => {
    isReady = false;
    await server.drain();
    await service.stop();
    await endpoint.close();
  });
}

function createSource(config: ServeConfig, backends: ReadonlyMap<string, string>): PrometheusSource {
  const clock = createSystemClock();
  const token =
    config.prometheusTokenFile === ''
      ? {}
      : { readToken: () => readFileSync(config.prometheusTokenFile, 'utf8').trim() };
  const clients = [...backends].map(([name, baseUrl]): [string, PrometheusClient] => [
    name,
    new PrometheusClient({ baseUrl, clock, ...token }),
  ]);
  const grid = { interval: config.tick, ticks: config.windowTicks, lag: config.lag };
  return new PrometheusSource({ clients: new Map(clients), grid });
}

function createRecorder(log: Logger, metrics: Metrics): ConstructorParameters<typeof DecisionService>[0]['recorder'] {
  return {
    onDecision: (workload, decision, window) => {
      metrics.onDecision(workload, decision, window);
      const { namespace, name } = workload;
      const { sentence, source, replicas } = decision;
      log[decision.replicas === decision.currentReplicas ? 'debug' : 'info'](
        { namespace, name, source, replicas },
        sentence,
      );
    },
    onRefusal: (workload, refusal) => {
      metrics.onRefusal(workload, refusal);
      log.warn({ namespace: workload.namespace, name: workload.name, code: refusal.code }, 'no decision');
    },
    onFailure: (reason, cause) => log.error({ reason, error: errorField(cause) }, 'a part failed'),
  };
}

/** @throws Error when a file is missing: better no server than one without the TLS that was asked for. */
function readCredentials(folder: string): ServerCredentials {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return ServerCredentials.createSsl(
    read('ca.crt'),
    [{ cert_chain: read('tls.crt'), private_key: read('tls.key') }],
    true,
  );
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at), port: Number(address.slice(at + 1)) };
}

function watchEventLoop({ registry }: Metrics): void {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  registry.registerMetric(createDelayGauge(() => histogram.percentile(99) / 1e9));
}

/** The first signal drains, the second one ends at once; so does an error that nobody caught, with exit code 1. */
function endOnSignal(log: Logger, server: ScalerServer, drain: () => Promise<void>): void {
  let isEnding = false;
  const end = (reason: string, code: number): void => {
    if (isEnding) {
      server.close();
      process.exit(code === 0 ? 1 : code);
    }
    isEnding = true;
    log.info({ reason }, 'draining');
    drain().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end(signal, 0));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (cause: unknown) => {
      log.error({ error: errorField(cause), reason: event }, 'an error that nobody caught');
      end(event, 1);
    });
  }
}
