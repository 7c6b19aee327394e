import { createHash } from 'node:crypto';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { createPlanner } from '../../../src/policies/planner.js';
import { galleryNames, readScenario } from '../../../src/scenarios/read-scenario.js';
import { runScenario } from '../../../src/scenarios/run-scenario.js';

/** Longest run that is hashed: a whole day of traffic says no more than half an hour of it. */
const LONGEST = 3600;

/**
 * SHA-256 over every number of every request and of every tick's window, of every gallery scenario under the planner: what
 * `simulate --requests-out` and `--ticks-out` write comes from them. Numbers go in as their shortest decimal form, so one bit
 * anywhere changes the hash.
 */
export async function hashOfGallery(seed: number): Promise<string> {
  const hash = createHash('sha256');
  for (const name of galleryNames()) {
    const scenario = readScenario(name);
    if (!scenario.ok) throw new Error(scenario.error);
    if (scenario.value.traffic.file !== undefined) continue;
    const kind = loadReplicaKind(scenario.value.profile);
    if (!kind.ok) throw new Error(kind.error);
    const duration = Math.min(LONGEST, scenario.value.duration ?? LONGEST);
    const result = await runScenario({
      scenario: { ...scenario.value, duration },
      kind: kind.value,
      policy: createPlanner(),
      seed,
      onRequest: (record) => hash.update(`${Object.values(record).join(',')}\n`),
      onTick: ({ window }) =>
        hash.update(
          `${Object.values(window.series)
            .map((values) => values.at(-1))
            .join(',')}\n`,
        ),
    });
    hash.update(JSON.stringify(result.statistics));
  }
  return hash.digest('hex');
}
