/** The four load patterns of KIS-S. */
export const KIS_S_PATTERNS = ['random', 'spike', 'ramp', 'periodic'] as const;

export type KisSPattern = (typeof KIS_S_PATTERNS)[number];

type PerPattern = Readonly<Record<KisSPattern, number>>;

/**
 * What the KIS-S repository writes down of its own measurements, and what its accessors answer when nothing answers them
 * (GuilinDev/KISim at 421b2b3, MIT: scripts/rl/kubernetes_env.py). Latencies in ms, throughputs in requests/s.
 */
export const KIS_S_BASELINES = {
  gpuP95: { random: 2600, spike: 370, ramp: 5800, periodic: 2300 },
  cpuP95: { random: 5100, spike: 470, ramp: 6700, periodic: 2300 },
  gpuThroughput: { random: 10.4, spike: 6.4, ramp: 10.3, periodic: 11.5 },
  cpuThroughput: { random: 10.8, spike: 5.7, ramp: 10.2, periodic: 12.1 },
} as const satisfies Record<string, PerPattern>;

/** The published PPO: learning rate constant, one shared network there (here actor and critic apart, tanh for ReLU). */
export const KIS_S_PPO = {
  hidden: [256, 256, 256],
  learningRate: 3e-4,
  gamma: 0.99,
  gaeLambda: 0.95,
  clipCoef: 0.2,
  entCoef: 0.01,
  maxGradNorm: 0.5,
  epochs: 4,
  minibatch: 64,
  /** Steps between updates. */
  buffer: 2048,
} as const;

/** Steps of one episode, as its 500 environment steps in 100 episodes show. */
export const KIS_S_STEPS = 5;
