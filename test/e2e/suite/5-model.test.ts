import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { averageValue, initialHpaState, syncHpa } from '../../../src/autoscaling/hpa.js';
import { BEHAVIOR_SCHEMA, toBehavior } from '../../../src/autoscaling/parse-behavior.js';
import { createRng, type Rng } from '../../../src/base/rng.js';
import { EXACT_BEHAVIOR, externalTrigger, RECOMMENDED } from '../support/objects.js';
import { ReplicaSeries } from '../support/replica-series.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { type Answer, StubScaler } from '../support/stub-scaler.js';

/** Random series per behaviour, and how long each is: 20 and 600 for a night, a few here. */
const { E2E_SERIES = '2', E2E_SECONDS = '100' } = process.env;
const SERIES = Number(E2E_SERIES);
const SECONDS = Number(E2E_SECONDS);
const BOUNDS = { minReplicas: 1, maxReplicas: 40 };
const FIRST = 5;

const tolerant = (
  rules: (typeof EXACT_BEHAVIOR)['scaleUp'] | (typeof EXACT_BEHAVIOR)['scaleDown'],
  window: number,
) => ({
  ...rules,
  tolerance: '0.1',
  stabilizationWindowSeconds: window,
});

/** Windows are odd, so that few syncs of two seconds fall on an edge, where milliseconds decide. */
const BEHAVIORS = {
  default: undefined,
  recommended: RECOMMENDED,
  stabilized: {
    scaleUp: { ...EXACT_BEHAVIOR.scaleUp, stabilizationWindowSeconds: 11 },
    scaleDown: {
      ...EXACT_BEHAVIOR.scaleDown,
      stabilizationWindowSeconds: 31,
      policies: [{ type: 'Percent', value: 50, periodSeconds: 15 }],
    },
  },
  tolerant: { scaleUp: tolerant(EXACT_BEHAVIOR.scaleUp, 0), scaleDown: tolerant(EXACT_BEHAVIOR.scaleDown, 5) },
} as const;

/** Sets random counts, each for 3 to 15 s, until the time is over: steps, jumps and long holds. */
async function play(stub: StubScaler, name: string, rng: Rng, until: number): Promise<void> {
  let count = FIRST;
  while (Date.now() < until) {
    const isJump = rng.next() < 0.3;
    const next = isJump ? 1 + Math.floor(rng.next() * BOUNDS.maxReplicas) : count + Math.round(6 * rng.next() - 3);
    count = Math.min(BOUNDS.maxReplicas, Math.max(BOUNDS.minReplicas, next));
    stub.set(name, count);
    await wait(1000 * Math.min(3 + 12 * rng.next(), Math.max(0, (until - Date.now()) / 1000)));
  }
}

/** One sync of the HPA: when, what it was told, and spec.replicas after it by our model and in reality. */
interface Sync extends Answer {
  readonly model: number;
  readonly real: number;
}

function replay(answers: readonly Answer[], name: string, behavior: object | undefined, seen: ReplicaSeries): Sync[] {
  const rules = toBehavior(BEHAVIOR_SCHEMA.parse(behavior));
  let state = initialHpaState();
  let spec = seen.before(name, (answers[0] as Answer).at)?.spec ?? FIRST;
  return answers.slice(0, -1).map((answer, i) => {
    const statusReplicas = seen.before(name, answer.at)?.status ?? spec;
    const metrics = [averageValue(answer.value, 1)];
    const input = { now: answer.at, specReplicas: spec, statusReplicas, metrics, bounds: BOUNDS, behavior: rules };
    const result = syncHpa(input, state);
    state = result.state;
    spec = result.desiredReplicas;
    return { ...answer, model: spec, real: seen.before(name, (answers[i + 1] as Answer).at)?.spec ?? Number.NaN };
  });
}

/** Syncs after which the counts differ, and not for one sync only: an edge of a window may be passed a sync earlier. */
function differing(syncs: readonly Sync[]): readonly Sync[] {
  const isEqual = (sync: Sync | undefined): boolean => sync === undefined || sync.model === sync.real;
  return syncs.filter((sync, i) => !isEqual(sync) && !(isEqual(syncs[i - 1]) && isEqual(syncs[i + 1])));
}

/** The series, for whoever wants to see where a difference came from. */
function keep({ bed }: Scene, fleet: string, syncs: readonly Sync[]): void {
  const rows = syncs.map(({ at, value, model, real }) => [at.toFixed(3), value, model, real].join(','));
  writeFileSync(join(bed.folder, `series-${fleet}.csv`), `${['at,value,model,real', ...rows].join('\n')}\n`);
}

describe('the model of the HPA beside the HPA', () => {
  for (const [name, behavior] of Object.entries(BEHAVIORS)) {
    story(
      `row 9: equal replica counts after every sync, behaviour ${name}`,
      async (scene) => {
        const seen = new ReplicaSeries(scene.kube, scene.namespace);
        scene.after(() => seen.stop());
        const until = { at: 0 };
        const runs = await Promise.all(
          Array.from({ length: SERIES }, async (_, i) => {
            const stub = await StubScaler.open(scene);
            const fleet = `${name}-${i}`;
            stub.set(fleet, FIRST);
            // KEDA's own poll stays out of it: every question is the HPA's.
            const spec = { pollingInterval: 3600, maxReplicaCount: BOUNDS.maxReplicas };
            const triggers = [externalTrigger(stub.address)];
            await scene.scale({ name: fleet, triggers, spec, behavior }, { replicas: FIRST });
            await scene.until('the first sync', 60, async () => stub.answers.length > 0);
            return { stub, fleet, rng: createRng(i + 1).stream(name) };
          }),
        );
        until.at = Date.now() + 1000 * SECONDS;
        await Promise.all(runs.map(({ stub, fleet, rng }) => play(stub, fleet, rng, until.at)));
        let syncs = 0;
        let changes = 0;
        let shifted = 0;
        for (const { stub, fleet } of runs) {
          const compared = replay(stub.answers, fleet, behavior, seen);
          keep(scene, fleet, compared);
          expect(differing(compared), `${fleet}: of ${compared.length} syncs`).to.deep.equal([]);
          syncs += compared.length;
          shifted += compared.filter(({ model, real }) => model !== real).length;
          changes += compared.filter(({ real }, i) => i > 0 && real !== compared[i - 1]?.real).length;
        }
        expect(changes, 'the fleets moved').to.be.at.least(SERIES);
        expect(shifted, 'syncs apart').to.be.at.most(Math.ceil(syncs / 20));
        scene.note(`${SERIES} series, ${syncs} syncs, ${changes} changes, ${shifted} a sync apart`);
      },
      { needsOwnBed: true },
    );
  }
});
