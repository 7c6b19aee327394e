import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SCALED_OBJECT_SCHEMA, toAnnotations, toScaledObjectSpec } from '../../../src/autoscaling/scaled-object.js';
import { replayDesired } from '../../../src/cli/simulate/replay-desired.js';

/**
 * Eleven ScaledObjects that a real KEDA v2.21.0 and HPA controller of Kubernetes v1.35.4 (sync 5 s) followed side by side: what
 * the scaler answered, [second, count or error], and what spec.replicas became, [second, count].
 */
interface Recording {
  readonly hpaSync: number;
  readonly objects: Readonly<
    Record<
      string,
      {
        readonly scaledObject: unknown;
        readonly answers: readonly (readonly [number, number | 'error'])[];
        readonly seen: readonly (readonly [number, number])[];
      }
    >
  >;
}

const { hpaSync, objects }: Recording = JSON.parse(
  readFileSync(new URL('./real-control-plane.json', import.meta.url), 'utf8'),
);
/** Phases of polls and syncs are not known: either may be a period later. */
const POLL = 5;
/** A change at the very end may have come in one of the two only. */
const END = 190;

describe('kiscaler simulate --desired and a real control plane', () => {
  for (const [name, { scaledObject, answers, seen }] of Object.entries(objects)) {
    it(`have the same counts in the same order, within a poll and a sync of each other: ${name}`, () => {
      const object = SCALED_OBJECT_SCHEMA.parse(scaledObject);
      const spec = toScaledObjectSpec(object);
      if (typeof spec === 'string') throw new Error(spec);
      const rows = replayDesired({
        steps: answers.map(([at, desired]) => ({ at, desired })),
        spec,
        annotations: toAnnotations(object),
        push: false,
        podDelay: 1,
        hpaSync,
        syncTimes: {},
        initialReplicas: seen[0]?.[1] ?? 0,
        end: END,
        everySync: false,
      });
      const ours = rows.filter((row, i) => row.spec_replicas !== rows[i - 1]?.spec_replicas);
      const length = Math.min(ours.length, seen.length);
      expect(length).to.be.at.least(Math.max(ours.length, seen.length) - 2);
      const counts = ours.slice(0, length).map(({ spec_replicas }) => spec_replicas);
      expect(counts).to.deep.equal(seen.slice(0, length).map(([, count]) => count));
      for (const [i, [at]] of seen.slice(0, length).entries())
        expect(ours[i]?.time_s, `change ${i}`).to.be.closeTo(at, POLL + hpaSync);
    });
  }
});
