import type { VllmProfile } from '../../../src/decision/serving-profile.js';
import { scaleLaw } from '../../../src/decision/step-law.js';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import { replicaKindOf } from '../../../src/kisim/replica-kind.js';
import { createPlanner } from '../../../src/policies/planner.js';
import type { FleetRunOptions } from '../../../src/scenarios/create-fleet-run.js';
import { readScenario } from '../../../src/scenarios/read-scenario.js';
import { runScenario } from '../../../src/scenarios/run-scenario.js';
import { latencyOf, playFleet, REPLICA_RATE, summary, ttftOf } from '../laws/play-fleet.js';
import { atRate, unitRequests } from '../laws/requests.js';
import { type FidelityCheck, type FidelityRow, percent } from '../row.js';

const REPLICAS = 3;
const COMMAND = 'make fidelity ONLY=sensitivity';

/** What is wrong on purpose. */
interface Mistake {
  readonly name: string;
  readonly profile?: (profile: VllmProfile) => VllmProfile;
  readonly changes?: Partial<FleetRunOptions>;
}

const slower = (factor: number) => (profile: VllmProfile) => ({ ...profile, law: scaleLaw(profile.law, factor) });

const MISTAKES: readonly Mistake[] = [
  { name: 'steps 3 % too short (error of a kernel table)', profile: slower(1.03) },
  { name: 'steps 15 % too short (a GPU without kernel data)', profile: slower(1.15) },
  {
    name: '3.5 ms a step left out (host overhead that nobody fitted)',
    profile: (profile) => ({ ...profile, law: { ...profile.law, base: profile.law.base + 0.0035 } }),
  },
  {
    name: 'a balancer that knows nothing of the pods (round robin for least outstanding)',
    changes: { router: 'round-robin' },
  },
  { name: 'a balancer that looks at two pods (power of two)', changes: { router: 'power-of-two' } },
];

/** How far errors of the sizes that are named above carry to what a run reports. */
export const SENSITIVITY: FidelityCheck = {
  name: 'sensitivity',
  run: async ({ short, progress }) => {
    const seeds = short ? 2 : 30;
    const rows: FidelityRow[] = [];
    for (const load of [0.5, 0.75]) {
      progress(`load ${load}`);
      const base = playSeeds(seeds, load, {});
      for (const error of MISTAKES) rows.push(fleetRow(load, error, base, playSeeds(seeds, load, error)));
    }
    progress('control loop');
    return [...rows, ...(await loopRows(short ? 2 : 20))];
  },
};

type Figures = Readonly<Record<'mean TTFT' | 'p99 TTFT' | 'mean latency' | 'p99 latency', number>>;

function playSeeds(seeds: number, load: number, { profile, changes = {} }: Partial<Mistake>): Figures {
  const truth = loadDemo();
  const { createReplica } = replicaKindOf(profile ? profile(truth) : truth);
  const records = Array.from({ length: seeds }, (_, seed) => {
    const requests = atRate(unitRequests(2000, seed), REPLICAS * REPLICA_RATE * load);
    return playFleet(requests, REPLICAS, seed, { createReplica, ...changes }).records;
  }).flat();
  const [ttft, latency] = [summary(records, ttftOf), summary(records, latencyOf)];
  return { 'mean TTFT': ttft.mean, 'p99 TTFT': ttft.p99, 'mean latency': latency.mean, 'p99 latency': latency.p99 };
}

function loadDemo(): VllmProfile {
  const profile = loadVllmProfile('demo-small');
  if (!profile.ok) throw new Error(profile.error);
  return profile.value;
}

function fleetRow(load: number, { name }: Mistake, base: Figures, wrong: Figures): FidelityRow {
  const figures = (Object.keys(base) as (keyof Figures)[]).map(
    (figure) => `${figure} ${signed(wrong[figure] / base[figure] - 1)}`,
  );
  return row(`3 replicas, load ${load * REPLICA_RATE} req/s each`, name, figures.join(', '));
}

/** What the planner pays and misses on the gallery's spike when the world is not what it was told. */
async function loopRows(seeds: number): Promise<readonly FidelityRow[]> {
  const demo = loadDemo();
  const truth = await playLoop(seeds, demo, 1);
  const worlds = [
    ['cold starts half as long again (a registry that many pods pull from at once)', await playLoop(seeds, demo, 1.5)],
    ['steps 15 % longer', await playLoop(seeds, slower(1.15)(demo), 1)],
  ] as const;
  return worlds.map(([name, world]) =>
    row(
      `gallery scenario spike under the planner, ${seeds} seeds`,
      name,
      `replica-hours ${signed(world.hours / truth.hours - 1)}; misses ${percent(truth.missRate)} -> ${percent(world.missRate)}`,
    ),
  );
}

async function playLoop(seeds: number, profile: VllmProfile, coldStart: number) {
  const scenario = readScenario('spike');
  if (!scenario.ok) throw new Error(scenario.error);
  const kind = replicaKindOf(profile);
  const declared = scenario.value.coldStart.median ?? profile.coldStart;
  const changed = { ...scenario.value, coldStart: { ...scenario.value.coldStart, median: declared * coldStart } };
  let [hours, misses, injected] = [0, 0, 0];
  for (let seed = 1; seed <= seeds; seed++) {
    const { statistics } = await runScenario({ scenario: changed, kind, policy: createPlanner(), seed });
    hours += statistics.replicaSeconds / 3600;
    misses += statistics.misses;
    injected += statistics.injected;
  }
  return { hours, missRate: misses / injected };
}

function signed(ratio: number): string {
  return ratio >= 0 ? `+${percent(ratio)}` : percent(ratio);
}

function row(check: string, metric: string, measured: string): FidelityRow {
  return { section: 'sensitivity', check, metric, measured, tolerance: '-', within: 'reported', command: COMMAND };
}
