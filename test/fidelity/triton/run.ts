import { exponential } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import type { Ratio, Seconds } from '../../../src/base/units.js';
import { type Comparison, compare, fitEarlyWakes, type Recording } from './compare.js';
import type { Configuration } from './configurations.js';
import { sendOpenLoop } from './open-loop.js';
import { raisePriority, restorePriority } from './priority.js';
import { TritonServer } from './triton-server.js';
import type { TritonInstallation } from './venv.js';

export interface TritonRun extends Comparison {
  readonly configuration: string;
  readonly requests: number;
  /** How late the client sent, 99th percentile, in milliseconds; the noise of the machine during this run. */
  readonly latenessMs: number;
}

/** A client that is this late at its 99th percentile shares its processor with too much else. */
const QUIET: Seconds = 0.004;
const ATTEMPTS = 3;
const WARM_UP: readonly Seconds[] = [0, 0.3, 0.6, 0.9];

/** How the threads of a real server race on this machine: the one figure that its metrics do not tell (DynamicBatcher, rule 4). */
export async function measureEarlyWakes(
  installation: TritonInstallation,
  configuration: Configuration,
  seed: number,
): Promise<Ratio> {
  return fitEarlyWakes((await recordQuietly(installation, configuration, seed)).recording);
}

/** One configuration on a fresh server, and KISim's replica on the same arrivals. */
export async function runConfiguration(
  installation: TritonInstallation,
  configuration: Configuration,
  { seed, earlyWakes }: { readonly seed: number; readonly earlyWakes: Ratio },
): Promise<TritonRun> {
  const { recording, lateness } = await recordQuietly(installation, configuration, seed);
  return {
    configuration: configuration.name,
    requests: recording.requests.length,
    latenessMs: 1000 * lateness,
    ...compare(recording, earlyWakes),
  };
}

type Recorded = { readonly recording: Recording; readonly lateness: Seconds };

/**
 * A run during which the client was held up is repeated, twice at most, and the quietest counts: chosen by the noise at the
 * client, never by the error.
 */
async function recordQuietly(
  installation: TritonInstallation,
  configuration: Configuration,
  seed: number,
): Promise<Recorded> {
  let quietest = await record(installation, configuration, seed);
  for (let again = 1; again < ATTEMPTS && quietest.lateness > QUIET; again++) {
    const next = await record(installation, configuration, seed + again);
    if (next.lateness < quietest.lateness) quietest = next;
  }
  return quietest;
}

async function record(installation: TritonInstallation, model: Configuration, seed: number): Promise<Recorded> {
  const server = await TritonServer.start(installation, model);
  try {
    raisePriority(process.pid);
    await sendOpenLoop(server.port, WARM_UP);
    const before = await server.statistics();
    const { requests, lateness } = await sendOpenLoop(server.port, arrivalsOf(model, seed));
    const after = await server.statistics();
    return { recording: { model, requests, before, after }, lateness };
  } finally {
    restorePriority(process.pid);
    await server.stop();
  }
}

/** Poisson arrivals, phase by phase. */
function arrivalsOf({ phases }: Configuration, seed: number): readonly Seconds[] {
  const rng = createRng(seed, 'triton/arrivals');
  const arrivals: Seconds[] = [];
  let start = 0;
  for (const { rate, seconds } of phases) {
    for (let at = start + exponential(rng, 1 / rate); at < start + seconds; at += exponential(rng, 1 / rate))
      arrivals.push(at);
    start += seconds;
  }
  return arrivals;
}
