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
  {
    room: 'autoscaling',
    holds: 'pure arithmetic of the HPA and of KEDA, and the ScaledObject it follows',
    mayImport: [],
  },
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
    holds: 'the five RPCs, the HTTP door, trigger metadata, errors, TLS, drain',
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
    holds: 'runs, scoreboard, intervals, matrix of judging, sweeps, fronts, stress',
    // kisim: kinds of replica and traffic families by name.
    mayImport: ['scenarios', 'policies', 'decision', 'kisim'],
  },
  {
    room: 'report',
    holds: 'what runs are shown by: samples per tick, charts, HTML pages of a run and of a scoreboard',
    mayImport: ['evaluation', 'scenarios', 'kisim', 'decision'],
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

/** Packages with effects, and the rooms that own them; every other dependency is free of effects. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  axios: ['signals'],
  '@grpc/grpc-js': ['scaler', 'cli'],
  '@grpc/proto-loader': ['scaler', 'cli'],
  '@grpc/reflection': ['scaler'],
  'grpc-health-check': ['scaler'],
  'onnxruntime-node': ['policies'],
  'prom-client': ['observability'],
  pino: ['observability', 'cli'],
  hono: ['page', 'observability'],
  '@hono/node-server': ['page', 'observability'],
  commander: ['cli'],
  '@commander-js/extra-typings': ['cli'],
  'cli-progress': ['cli'],
  'cli-table3': ['cli'],
};

/** What ambient effects may stand outside base/clock and cli, and why. */
export const EFFECT_EXCEPTIONS: Readonly<Record<string, string>> = {
  'base/clock.ts': 'the one source of time',
};

/** Files longer than 400 lines, and why they are one piece. */
export const LONG_FILES: Readonly<Record<string, string>> = {
  'kisim/replica/fast-forward-engine.ts': 'one scheduler: its methods share every field',
};
