import type { Requests, RequestsPerSecond, Seconds } from '../../base/units.js';
import { saturationThroughput } from '../../decision/serving-profile.js';
import type { ReplicaKind } from '../../kisim/replica-kind.js';
import { buildKind } from '../../scenarios/build-kind.js';
import { fleetOfScenario, type RunScenarioOptions } from '../../scenarios/run-scenario.js';

/** Every request of a run, known before it begins: what no policy sees. Columns [requests], in order of arrival. */
export interface Foreseen {
  readonly arrival: Float64Array;
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  /** Leading prompt tokens that others of its group may have left in the prefix cache. */
  readonly sharedTokens: Float64Array;
  readonly profile: ReplicaKind['profile'];
  /** Seconds that traffic lasts. */
  readonly duration: Seconds;
  /** Requests from the end of the warm-up on, and what one replica can serve of them: what cost is measured by. */
  readonly counted: Requests;
  readonly throughput: RequestsPerSecond;
}

/** A run, whatever the policy. */
export type World = Omit<RunScenarioOptions, 'policy'>;

let last: { readonly key: string; readonly foreseen: Foreseen } | undefined;

/** Reads the traffic of a run to its end; that of the last run is remembered. Throws as `runScenario` does. */
export function foresee(world: World): Foreseen {
  const { scenario, seed = scenario.seed } = world;
  const key = JSON.stringify([{ ...scenario, missPrice: 0 }, seed]);
  if (last?.key !== key) last = { key, foreseen: readTraffic(world) };
  return last.foreseen;
}

function readTraffic(options: World): Foreseen {
  const { scenario } = options;
  const { profile } = buildKind(scenario, options.kind);
  const { run, duration } = fleetOfScenario(options);
  const columns: [number[], number[], number[], number[]] = [[], [], [], []];
  let counted = 0;
  let input = 0;
  let output = 0;
  for (let request = run.traffic.next(); request; request = run.traffic.next()) {
    const { arrival, inputTokens, outputTokens, prefixTokens = 0 } = request;
    for (const [i, value] of [arrival, inputTokens, outputTokens, prefixTokens].entries()) columns[i]?.push(value);
    if (arrival < scenario.warmup) continue;
    counted++;
    input += inputTokens;
    output += outputTokens;
  }
  const [arrival, inputTokens, outputTokens, sharedTokens] = columns.map((column) => Float64Array.from(column));
  return {
    arrival: arrival as Float64Array,
    inputTokens: inputTokens as Float64Array,
    outputTokens: outputTokens as Float64Array,
    sharedTokens: sharedTokens as Float64Array,
    profile,
    duration,
    counted,
    throughput: saturationThroughput(profile, input / counted, output / counted),
  };
}
