import { expect } from 'chai';
import {
  initialKedaState,
  type KedaInput,
  type KedaState,
  pollKeda,
  pushActive,
  queryMetrics,
  type Reading,
} from '../../src/autoscaling/keda.js';
import { type ActivityTimes, requestScale, type ScaleRequest } from '../../src/autoscaling/keda-executor.js';
import type { Fallback, ScaledObjectSpec } from '../../src/autoscaling/scaled-object-spec.js';

const TRIGGER = { target: 1, metricType: 'AverageValue', useCachedMetrics: false } as const;
const spec = (changes: Partial<ScaledObjectSpec> = {}): ScaledObjectSpec => ({
  minReplicas: 0,
  maxReplicas: 20,
  pollingInterval: 30,
  cooldownPeriod: 300,
  initialCooldownPeriod: 0,
  behavior: 'none',
  triggers: [TRIGGER],
  ...changes,
});
const value = (v: number): Reading => ({ kind: 'value', value: v, isActive: v > 0 });
const ERROR: Reading = { kind: 'error' };
const GONE: Reading = { kind: 'unreachable' };

const input = (changes: Partial<KedaInput> = {}): KedaInput => ({
  now: 1000,
  spec: spec(),
  specReplicas: 3,
  readyReplicas: 3,
  readings: [value(3)],
  isScalingActive: true,
  ...changes,
});

describe("KEDA's executor", () => {
  const times: ActivityTimes = { createdAt: 0, lastActiveAt: 700 };
  const request = (changes: Partial<ScaleRequest> & { object?: Partial<ScaledObjectSpec> }): ScaleRequest => {
    const { object, ...rest } = changes;
    const defaults = { now: 1000, specReplicas: 3, annotations: {}, isActive: false, isError: false };
    return { ...defaults, spec: spec(object), ...rest };
  };
  const fallback: Fallback = { failureThreshold: 3, replicas: 2, behavior: 'static' };
  const table: { what: string; of: Parameters<typeof request>[0]; to: number; activeAt?: number }[] = [
    { what: 'active at 0: to 1', of: { isActive: true, specReplicas: 0 }, to: 1, activeAt: 1000 },
    {
      what: 'active at 0 with minimum 4: to 4',
      of: { isActive: true, specReplicas: 0, object: { minReplicas: 4 } },
      to: 4,
      activeAt: 1000,
    },
    {
      what: 'active at idle 1: to the minimum',
      of: { isActive: true, specReplicas: 1, object: { minReplicas: 4, idleReplicas: 1 } },
      to: 4,
      activeAt: 1000,
    },
    {
      what: 'active at 2 below the minimum 4 without idle: left to the HPA',
      of: { isActive: true, specReplicas: 2, object: { minReplicas: 4 } },
      to: 2,
      activeAt: 1000,
    },
    {
      what: 'active with an error elsewhere: no change, and no activity noted',
      of: { isActive: true, isError: true },
      to: 3,
      activeAt: 700,
    },
    { what: 'inactive after the cooldown: straight to 0 from any count', of: { specReplicas: 17 }, to: 0 },
    { what: 'inactive a moment before: not yet', of: { now: 999.9 }, to: 3 },
    { what: 'inactive with idle 1: to idle', of: { object: { minReplicas: 2, idleReplicas: 1 } }, to: 1 },
    { what: 'inactive with a minimum and no idle: no change', of: { object: { minReplicas: 2 } }, to: 3 },
    { what: 'inactive below the minimum: to the minimum', of: { specReplicas: 0, object: { minReplicas: 2 } }, to: 2 },
    { what: 'an error without fallback: no change', of: { isError: true }, to: 3 },
    { what: 'an error with a fallback above 0: no change', of: { isError: true, object: { fallback } }, to: 3 },
    {
      what: 'an error with a fallback of 0: to 0 (an outage)',
      of: { isError: true, object: { fallback: { ...fallback, replicas: 0 } } },
      to: 0,
    },
    { what: 'paused: no change', of: { isActive: true, specReplicas: 0, annotations: { paused: true } }, to: 0 },
    {
      what: 'paused at 0 replicas: no change',
      of: { isActive: true, specReplicas: 0, annotations: { paused: 0 } },
      to: 0,
    },
    { what: 'paused scale-in: not to 0', of: { annotations: { pausedScaleIn: true } }, to: 3 },
    {
      what: 'paused scale-out: not from 0',
      of: { isActive: true, specReplicas: 0, annotations: { pausedScaleOut: true } },
      to: 0,
    },
    {
      what: 'activation forced: from 0 to 1',
      of: { specReplicas: 0, annotations: { forceActivation: true } },
      to: 1,
      activeAt: 1000,
    },
    {
      what: 'activation forced: stays, and counts as activity',
      of: { annotations: { forceActivation: true } },
      to: 3,
      activeAt: 1000,
    },
  ];
  for (const { what, of, to, activeAt = 700 } of table) {
    it(what, () => {
      expect(requestScale(request(of), times)).to.deep.equal({ specReplicas: to, lastActiveAt: activeAt });
    });
  }

  it('waits for the initial cooldown before any activity', () => {
    const never = { createdAt: 900, lastActiveAt: undefined };
    const at = (now: number): number =>
      requestScale(request({ now, object: { initialCooldownPeriod: 200 } }), never).specReplicas;
    expect([at(1099), at(1100)]).to.deep.equal([3, 0]);
  });
});

describe("KEDA's fallback", () => {
  const fallback: Fallback = { failureThreshold: 3, replicas: 4, behavior: 'static' };
  const object = spec({ minReplicas: 1, fallback });
  const query = (state: KedaState, changes: Partial<KedaInput> = {}) =>
    queryMetrics(input({ spec: object, readings: [ERROR], isScalingActive: false, ...changes }), state);
  const total = ({ metrics }: ReturnType<typeof query>): number | undefined =>
    metrics[0]?.type === 'External' ? metrics[0].total : undefined;

  it('steps in at the first failure above the threshold, polls and queries counted alike; one success forgets all', () => {
    let state = initialKedaState(0);
    const totals: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      state = pollKeda(input({ spec: object, readings: [ERROR], isScalingActive: false }), state).state;
      const answer = query(state);
      state = answer.state;
      totals.push(total(answer));
    }
    expect(state.failures).to.deep.equal([6]);
    expect(totals, 'counts 2, 4 and 6').to.deep.equal([undefined, 4000, 4000]);
    expect(query(state, { readings: [value(7)] }).state.failures).to.deep.equal([0]);
  });

  it('counts nothing where there is no fallback', () => {
    const answer = query(initialKedaState(0), { spec: spec({ minReplicas: 1 }) });
    expect([total(answer), answer.state.failures]).to.deep.equal([undefined, [0]]);
  });

  const behaviors = [
    { behavior: 'static', current: 9, to: 4 },
    { behavior: 'currentReplicas', current: 9, to: 9 },
    { behavior: 'currentReplicasIfHigher', current: 9, to: 9 },
    { behavior: 'currentReplicasIfHigher', current: 2, to: 4 },
    { behavior: 'currentReplicasIfLower', current: 9, to: 4 },
    { behavior: 'currentReplicasIfLower', current: 2, to: 2 },
  ] as const;
  for (const { behavior, current, to } of behaviors) {
    it(`${behavior} at ${current} replicas asks for ${to}`, () => {
      const failing = { ...initialKedaState(0), failures: [3] };
      const answer = query(failing, {
        spec: { ...object, fallback: { ...fallback, behavior } },
        specReplicas: current,
      });
      expect(total(answer)).to.equal(to * 1000);
    });
  }

  it('divides by the ready pods for a metric of type Value, and fails without any', () => {
    const triggers = [{ ...TRIGGER, metricType: 'Value' as const }];
    const failing = { ...initialKedaState(0), failures: [3] };
    const at = (readyReplicas: number) => total(query(failing, { spec: { ...object, triggers }, readyReplicas }));
    expect([at(8), at(0)]).to.deep.equal([500, undefined]);
  });

  it('never steps in for a scaler that is gone: nothing is counted and the HPA gets an error (keda#8056)', () => {
    let state = initialKedaState(0);
    for (let i = 0; i < 20; i++) {
      state = pollKeda(input({ spec: object, readings: [GONE], isScalingActive: false }), state).state;
      const answer = query(state, { readings: [GONE] });
      state = answer.state;
      expect(total(answer)).to.equal(undefined);
    }
    expect(state.failures.some((count) => count > 0)).to.equal(false);
  });

  it('wakes a workload at 0, being active: from 0 to 2 on the fourth failing poll', () => {
    const idle = spec({ fallback: { ...fallback, replicas: 2 } });
    let state = initialKedaState(0);
    const counts = [0, 1, 2, 3].map(() => {
      const polled = pollKeda(input({ spec: idle, specReplicas: 0, readings: [ERROR] }), state);
      state = polled.state;
      return polled.specReplicas;
    });
    // The executor brings 1; the HPA then reads the substitute, 2.
    expect(counts).to.deep.equal([0, 0, 0, 1]);
    expect(total(query(state, { spec: idle }))).to.equal(2000);
    const gone = pollKeda(input({ spec: idle, specReplicas: 0, readings: [GONE] }), { ...state, failures: [9] });
    expect(gone.specReplicas, 'but not when it is gone').to.equal(0);
  });

  it('flaps with cached metrics: the HPA reads the substitute as a success, which resets the counter', () => {
    const cached = spec({ minReplicas: 1, fallback, triggers: [{ ...TRIGGER, useCachedMetrics: true }] });
    let state = initialKedaState(0);
    const seen: (number | undefined)[] = [];
    for (let i = 0; i < 8; i++) {
      state = pollKeda(input({ spec: cached, readings: [ERROR] }), state).state;
      const answer = query(state, { spec: cached });
      state = answer.state;
      seen.push(state.failures[0]);
    }
    expect(seen).to.deep.equal([2, 4, 0, 2, 4, 0, 2, 4]);
  });
});

describe("KEDA's reads", () => {
  const two = spec({ minReplicas: 1, triggers: [TRIGGER, TRIGGER] });
  const totals = (readings: readonly Reading[], state = initialKedaState(0), object = two): (number | undefined)[] =>
    queryMetrics(input({ spec: object, readings }), state).metrics.map((metric) =>
      metric.type === 'External' ? metric.total : undefined,
    );

  it('fails one trigger alone for an error, and every trigger for one that is gone', () => {
    expect(totals([value(8), ERROR])).to.deep.equal([8000, undefined]);
    expect(totals([value(8), GONE])).to.deep.equal([undefined, undefined]);
  });

  it('still gives the substitute of a trigger in fallback while its neighbour is gone', () => {
    const object = { ...two, fallback: { failureThreshold: 0, replicas: 5, behavior: 'static' as const } };
    expect(totals([ERROR, GONE], initialKedaState(0), object)).to.deep.equal([5000, undefined]);
  });

  it('turns what is no count into 0: NaN, infinities and negatives', () => {
    const one = spec({ minReplicas: 1 });
    for (const v of [Number.NaN, Number.POSITIVE_INFINITY, -1])
      expect(totals([value(v)], initialKedaState(0), one)).to.deep.equal([0]);
  });

  it('is active when any trigger is', () => {
    const object = spec({ triggers: [TRIGGER, TRIGGER] });
    const poll = (readings: readonly Reading[]): number =>
      pollKeda(input({ spec: object, specReplicas: 0, readings }), initialKedaState(0)).specReplicas;
    expect([poll([value(0), value(2)]), poll([value(0), value(0)]), poll([ERROR, value(2)])]).to.deep.equal([1, 0, 1]);
  });

  it('polls nobody while the HPA sees everything and the loop has nothing to do; the HPA going blind makes it ask again', () => {
    const object = spec({ minReplicas: 1, fallback: { failureThreshold: 3, replicas: 2, behavior: 'static' } });
    const { state } = queryMetrics(input({ spec: object }), initialKedaState(0));
    const poll = (changes: Partial<KedaInput>) =>
      pollKeda(input({ spec: object, readings: [ERROR], ...changes }), state).state.failures;
    expect(poll({ isScalingActive: true })).to.deep.equal([0]);
    expect(poll({ isScalingActive: false })).to.deep.equal([1]);
    const toZero = { ...object, minReplicas: 0 };
    expect(pollKeda(input({ spec: toZero, readings: [ERROR] }), state).state.failures).to.deep.equal([1]);
  });

  it('gives the HPA what the last poll read where metrics are cached', () => {
    const object = spec({ minReplicas: 1, triggers: [{ ...TRIGGER, useCachedMetrics: true }] });
    const { state } = pollKeda(input({ spec: object, readings: [value(3)] }), initialKedaState(0));
    expect(totals([value(9)], state, object)).to.deep.equal([3000]);
    expect(totals([value(9)], initialKedaState(0), object), 'before the first poll').to.deep.equal([9000]);
  });

  it('wakes at once on a push, without a poll', () => {
    const woken = pushActive(input({ specReplicas: 0, readings: [ERROR] }), initialKedaState(0));
    expect([woken.specReplicas, woken.state.lastActiveAt]).to.deep.equal([1, 1000]);
  });
});
