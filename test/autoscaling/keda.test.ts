import { expect } from 'chai';
import {
  type Fallback,
  fallbackTotal,
  initialKedaState,
  type KedaInput,
  pollKeda,
} from '../../src/autoscaling/keda.js';

const poll = (overrides: Partial<KedaInput>): KedaInput => ({
  now: 1000,
  specReplicas: 3,
  isActive: true,
  minReplicas: 0,
  cooldownPeriod: 300,
  initialCooldownPeriod: 0,
  ...overrides,
});

describe('KEDA scale loop', () => {
  it('wakes from zero to one, or to the minimum', () => {
    const state = initialKedaState(0);
    expect(pollKeda(poll({ specReplicas: 0 }), state).specReplicas).to.equal(1);
    expect(pollKeda(poll({ specReplicas: 0, minReplicas: 4 }), state).specReplicas).to.equal(4);
  });

  it('goes straight to zero from any count, once the cooldown since the last activity is over', () => {
    const active = pollKeda(poll({ now: 1000 }), initialKedaState(0)).state;
    expect(pollKeda(poll({ now: 1299, isActive: false }), active).specReplicas).to.equal(3);
    expect(pollKeda(poll({ now: 1300, isActive: false }), active).specReplicas).to.equal(0);
  });

  it('goes to the idle count instead where one is set', () => {
    const idle = poll({ isActive: false, minReplicas: 2, idleReplicas: 0, now: 5000 });
    expect(pollKeda(idle, initialKedaState(0)).specReplicas).to.equal(0);
  });

  it('leaves an inactive fleet alone when the minimum is above zero and no idle count is set', () => {
    expect(pollKeda(poll({ isActive: false, minReplicas: 1, now: 9999 }), initialKedaState(0)).specReplicas).to.equal(
      3,
    );
  });

  it('changes nothing on an error', () => {
    const state = initialKedaState(0);
    expect(pollKeda(poll({ isActive: undefined, specReplicas: 0 }), state)).to.deep.equal({ specReplicas: 0, state });
  });

  it('falls back only after more failures than the threshold', () => {
    const fallback: Fallback = { failureThreshold: 3, replicas: 2, behavior: 'currentReplicasIfHigher' };
    expect(fallbackTotal(fallback, 3, 5, 1)).to.equal(undefined);
    expect(fallbackTotal(fallback, 4, 5, 1)).to.equal(5);
    expect(fallbackTotal(fallback, 4, 1, 1)).to.equal(2);
    expect(fallbackTotal({ ...fallback, behavior: 'static' }, 4, 5, 1)).to.equal(2);
    expect(fallbackTotal(undefined, 99, 5, 1)).to.equal(undefined);
  });
});
