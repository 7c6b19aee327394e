/**
 * Which room may import which; all may import base. `only` narrows an arrow to the files that are ports. ARCHITECTURE.md shows
 * the same table, and a test compares the two.
 */
export interface RoomRule {
  readonly room: string;
  readonly holds: string;
  readonly mayImport: readonly string[];
  readonly only?: Readonly<Record<string, readonly string[]>>;
}

export const ROOMS: readonly RoomRule[] = [
  {
    room: 'base',
    holds: 'result, units, clock, named random streams, distributions, numbers, statistics',
    mayImport: [],
  },
  { room: 'autoscaling', holds: 'pure arithmetic of the HPA and of KEDA', mayImport: [] },
  { room: 'engines', holds: 'what serving engines and exporters look like from outside', mayImport: [] },
  {
    room: 'decision',
    holds: 'workload, window, observation, capacity, plan, guards, decide, explanation',
    mayImport: ['autoscaling'],
  },
  { room: 'policies', holds: 'everything that proposes, behind one port', mayImport: ['decision', 'autoscaling'] },
  { room: 'signals', holds: 'Prometheus: client, queries, windows on the grid', mayImport: ['decision', 'engines'] },
  {
    room: 'scaler',
    holds: 'the five RPCs, trigger metadata, errors, TLS, drain',
    mayImport: ['decision', 'policies', 'signals', 'observability'],
    only: { policies: ['policies/policy'], signals: ['signals/signal-source'] },
  },
  {
    room: 'kisim',
    holds: 'the simulator: replica, fleet, traffic, telemetry, profiles, live',
    mayImport: ['decision', 'autoscaling', 'engines'],
  },
  {
    room: 'scenarios',
    holds: 'scenario file, gallery, the run that ties everything together',
    mayImport: ['kisim', 'policies', 'decision'],
  },
  {
    room: 'training',
    holds: 'environment, PPO, ONNX writer, export',
    // kisim: an episode draws its own profile and traffic instead of reading a scenario file.
    mayImport: ['scenarios', 'policies', 'decision', 'kisim'],
  },
  {
    room: 'evaluation',
    holds: 'runs, scoreboard, intervals',
    // kisim: kinds of replica and traffic families by name.
    mayImport: ['scenarios', 'policies', 'decision', 'kisim'],
  },
  { room: 'observability', holds: 'own metrics, logger, health endpoint', mayImport: ['decision'] },
  { room: 'page', holds: 'the live page: server, feed, charts', mayImport: ['decision'] },
  {
    room: 'doctor',
    holds: 'checks of a set-up and what to change',
    mayImport: ['signals', 'scaler', 'autoscaling', 'engines', 'decision'],
  },
  { room: 'cli', holds: 'commands, settings, output; the only place that builds adapters', mayImport: ['*'] },
];

/**
 * What a file may import besides the tree's own: a room, or a folder, for every package and every built-in module. One that is
 * not listed here is refused, so a new dependency says where it belongs.
 */
export const MODULES: Readonly<Record<string, readonly string[]>> = {
  axios: ['signals'],
  '@grpc/grpc-js': ['scaler', 'cli/demo'],
  '@grpc/proto-loader': ['scaler', 'cli/demo'],
  '@grpc/reflection': ['scaler'],
  'grpc-health-check': ['scaler'],
  'onnxruntime-node': ['policies/onnx'],
  'prom-client': ['observability'],
  pino: ['observability', 'cli/serve'],
  hono: ['page', 'observability'],
  '@hono/node-server': ['page', 'observability'],
  commander: ['cli'],
  '@commander-js/extra-typings': ['cli'],
  'cli-progress': ['cli'],
  'cli-table3': ['cli'],
  zod: ['kisim', 'scenarios', 'signals', 'policies/onnx', 'doctor', 'cli'],
  yaml: ['kisim/profiles', 'scenarios', 'cli'],
  // The page's chart library; only its path is resolved, the browser runs it.
  echarts: ['page'],
  // A checksum is a pure function of its bytes.
  'node:crypto': ['decision/observation', 'policies/onnx', 'scaler', 'training'],
  'node:fs': ['kisim/profiles', 'kisim/traffic', 'scenarios', 'scaler', 'page', 'cli'],
  'node:fs/promises': ['policies/onnx', 'cli'],
  'node:path': ['scenarios', 'scaler', 'cli'],
  'node:url': ['scenarios', 'scaler', 'cli'],
  'node:module': ['page'],
  'node:string_decoder': ['kisim/traffic'],
  'node:events': ['scaler'],
  'node:tls': ['scaler'],
  // Live pods answer scrapes of a real Prometheus.
  'node:http': ['signals', 'kisim/live'],
  'node:https': ['signals'],
  // AddressInfo: which port a server got.
  'node:net': ['kisim/live', 'observability', 'page'],
  'node:perf_hooks': ['cli'],
  'node:child_process': ['cli'],
};

/** Files outside cli that may use ambient time, chance, the console or the environment, and why. */
export const EFFECT_EXCEPTIONS: Readonly<Record<string, string>> = {
  'base/clock.ts': 'the one source of time',
};

/** Files longer than 300 lines, and why they are one piece; above 400 there is no reason. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  'kisim/replica/engine.ts': 'one scheduler, step by step and fast-forward: its methods share every field',
  'training/ppo.ts': 'one iteration: collecting, actor and critic share the buffers of a rollout',
};
