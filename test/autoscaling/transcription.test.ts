import { expect } from 'chai';
import { type HpaState, initialHpaState, syncHpa } from '../../src/autoscaling/hpa.js';
import { initialKedaState, type KedaState, pollKeda, queryMetrics, type Reading } from '../../src/autoscaling/keda.js';
import type { Annotations, Fallback, ScaledObjectSpec } from '../../src/autoscaling/scaled-object-spec.js';
import { KUBERNETES_RELEASES } from '../../src/autoscaling/tolerance.js';
import { createRng } from '../../src/base/rng.js';
import { Draw, playHistory } from './support/draw-worlds.js';
import { TranscribedHpa } from './support/hpa-transcription.js';
import { TranscribedKeda } from './support/keda-transcription.js';

const STATES = 100_000;
const SYNCS = 50;

describe('HPA arithmetic against its transcription', () => {
  it(`agrees on ${STATES} random states: metrics, pods, behaviours, releases, bounds and histories`, function () {
    this.timeout(60_000);
    for (let seed = 0; seed < STATES / SYNCS; seed++) {
      const theirs = new TranscribedHpa();
      let state: HpaState = initialHpaState();
      playHistory(seed, SYNCS, KUBERNETES_RELEASES, (world) => {
        const ours = syncHpa({ ...world, bounds: { minReplicas: world.min, maxReplicas: world.max } }, state);
        const expected = theirs.reconcile(world);
        if (ours.desiredReplicas !== expected)
          expect.fail(`seed ${seed}: ${ours.desiredReplicas}, expected ${expected}\n${JSON.stringify(world)}`);
        state = ours.state;
        return expected;
      });
    }
  });

  it(`has KEDA agree on ${STATES} random polls and queries: errors, caches, fallbacks, pauses and cooldowns`, function () {
    this.timeout(60_000);
    for (let seed = 0; seed < STATES / SYNCS; seed++) {
      const draw = new Draw(createRng(seed).stream('keda'));
      const spec = drawSpec(draw);
      const theirs = new TranscribedKeda();
      let ours: KedaState = initialKedaState(0);
      let now = 0;
      let specReplicas = draw.int(0, 6);
      for (let i = 0; i < SYNCS; i++) {
        now += draw.of(5, 15, 15, 30, 100);
        const input = {
          now,
          spec,
          specReplicas,
          readyReplicas: draw.int(0, specReplicas),
          readings: spec.triggers.map(() => drawReading(draw)),
          annotations: drawAnnotations(draw),
          isScalingActive: draw.of(true, false, undefined),
        };
        if (draw.chance(0.5)) {
          const polled = pollKeda(input, ours);
          ours = polled.state;
          specReplicas = theirs.poll(input);
          expect(polled.specReplicas, `seed ${seed}, poll ${i}`).to.equal(specReplicas);
          expect(ours.lastActiveAt ?? null, `seed ${seed}, poll ${i}`).to.equal(theirs.lastActive);
        } else {
          const queried = queryMetrics(input, ours);
          ours = queried.state;
          const totals = queried.metrics.map((metric) => (metric.type === 'External' ? (metric.total ?? null) : null));
          expect(totals.join(), `seed ${seed}, query ${i}`).to.equal(theirs.query(input).join());
        }
        if (draw.chance(0.1)) specReplicas = draw.int(0, 6);
      }
    }
  });
});

function drawSpec(draw: Draw): ScaledObjectSpec {
  const minReplicas = draw.of(0, 1, 2, 4);
  const fallback: Fallback = {
    failureThreshold: draw.int(0, 3),
    replicas: draw.of(0, 2, 5),
    behavior: draw.of('static', 'currentReplicas', 'currentReplicasIfHigher', 'currentReplicasIfLower'),
  };
  return {
    minReplicas,
    maxReplicas: 10,
    ...(minReplicas > 1 && draw.chance(0.5) ? { idleReplicas: draw.int(0, minReplicas - 1) } : {}),
    pollingInterval: 15,
    cooldownPeriod: draw.of(0, 30, 300),
    initialCooldownPeriod: draw.of(0, 60),
    ...(draw.chance(0.7) ? { fallback } : {}),
    behavior: 'none',
    triggers: Array.from({ length: draw.of(1, 1, 2) }, () => ({
      target: draw.of(1, 1, 5),
      metricType: draw.of('AverageValue', 'AverageValue', 'Value'),
      useCachedMetrics: draw.chance(0.3),
    })),
  };
}

function drawReading(draw: Draw): Reading {
  const kind = draw.of('value', 'value', 'error', 'error', 'unreachable');
  const value = draw.int(0, 9);
  return kind === 'value' ? { kind, value, isActive: value > 0 } : { kind };
}

function drawAnnotations(draw: Draw): Annotations {
  if (draw.chance(0.8)) return {};
  return {
    paused: draw.of<boolean | number>(false, false, true, 0, 3),
    pausedScaleIn: draw.chance(0.3),
    pausedScaleOut: draw.chance(0.3),
    forceActivation: draw.chance(0.3),
  };
}
