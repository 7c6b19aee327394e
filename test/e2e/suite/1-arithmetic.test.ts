import { expect } from 'chai';
import { EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import type { Scene } from '../support/scene.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

/** What a busy machine may add to any wait. */
const SLACK = 60;
const inTime = ({ bed }: Scene): number => POLL + 2 * bed.hpaSync + SLACK;

describe('the count that is decided is the count that runs', () => {
  story('row 1: every D exactly, with tolerance 0', async (scene) => {
    const stub = await StubScaler.open(scene);
    stub.set('exact', 1);
    await scene.scale({ name: 'exact', triggers: [externalTrigger(stub.address)], behavior: EXACT_BEHAVIOR });
    const seconds: number[] = [];
    for (const count of [7, 10, 11, 12, 20, 21, 64, 58, 57, 20, 19, 10, 9, 1, 12]) {
      stub.set('exact', count);
      seconds.push(await scene.reaches('exact', count, inTime(scene)));
    }
    scene.note(`15 values, each within ${Math.max(...seconds).toFixed(1)} s`);
    expect(await scene.hpaMetrics('exact'), 'our metric, not CPU').to.deep.equal(['s0-kiscaler-replicas']);
  });

  story('row 2: with the default tolerance, only steps above a tenth, and D - 0.999 on the way down', async (scene) => {
    const stub = await StubScaler.open(scene);
    const tolerant = (['scaleUp', 'scaleDown'] as const).map((way) => {
      const { tolerance: _, ...rules } = EXACT_BEHAVIOR[way];
      return [way, rules];
    });
    const behavior = Object.fromEntries(tolerant);
    stub.set('tolerant', 10);
    await scene.scale({ name: 'tolerant', triggers: [externalTrigger(stub.address)], behavior });
    await scene.reaches('tolerant', 10, inTime(scene));
    for (const [ignored, taken] of [
      [11, 12],
      [13, 20],
      [22, 23],
      [21, 20],
      [18, 17],
    ] as const) {
      // Inside the tolerance the HPA answers with status.replicas: one that lags behind would be taken for the wish.
      await scene.until('the status has followed', 30, async () => {
        const { spec, status } = await scene.deployment('tolerant');
        return status.replicas === spec.replicas;
      });
      const before = await scene.replicas('tolerant');
      stub.set('tolerant', ignored);
      await scene.stays('tolerant', before, 3 * scene.bed.hpaSync);
      stub.set('tolerant', taken);
      await scene.reaches('tolerant', taken, inTime(scene));
    }
  });
});
