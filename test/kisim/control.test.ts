import { expect } from 'chai';
import { createRng } from '../../src/base/rng.js';
import { BEHAVIORS, Control, type ControlOptions } from '../../src/kisim/control.js';
import { EventQueue, PRIORITY, runUntil } from '../../src/kisim/event-queue.js';

interface Played {
  /** Changes of spec.replicas as time>count. */
  readonly changes: readonly string[];
  readonly turns: readonly string[];
}

/** A fleet whose pods are there and ready at once, under control; `script` is called with the control at its times. */
function play(
  options: Partial<ControlOptions>,
  script: Readonly<Record<number, (control: Control, now: number) => void>>,
  { start = 2, end = 600, answer = start as number | undefined } = {},
): Played {
  const timers = new EventQueue();
  const changes: string[] = [];
  const turns: string[] = [];
  let spec = start;
  const fleet = {
    get spec() {
      return spec;
    },
    get statusReplicas() {
      return spec;
    },
    get readyReplicas() {
      return spec;
    },
    scaleTo(replicas: number, now: number) {
      spec = replicas;
      changes.push(`${now}>${replicas}`);
    },
  };
  const control = new Control(
    {
      bounds: { minReplicas: 0, maxReplicas: 20 },
      behavior: BEHAVIORS.recommended,
      pollingInterval: 30,
      cooldownPeriod: 60,
      kedaTurns: { first: 0, period: 30 },
      hpaTurns: { first: 10, period: 15 },
      onTurn: (loop, now) => turns.push(`${loop}@${now}`),
      ...options,
    },
    fleet,
    timers,
    createRng(1),
  );
  control.metricTotal = answer;
  for (const [at, act] of Object.entries(script))
    timers.schedule(Number(at), PRIORITY.fault, (now) => act(control, now));
  runUntil([timers], end);
  return { changes, turns };
}

const answer =
  (total: number | undefined) =>
  (control: Control, now: number): void =>
    control.answer(total, now);

function vanish(control: Control): void {
  control.isScalerGone = true;
}

describe('control loop', () => {
  it('polls and syncs at the periods and phases of its streams, the same for the same seed', () => {
    const drawn = { kedaTurns: undefined, hpaTurns: undefined, hpaSync: 20 } as unknown as Partial<ControlOptions>;
    const { turns } = play(drawn, {}, { end: 200 });
    expect(play(drawn, {}, { end: 200 }).turns).to.deep.equal(turns);
    const at = (loop: string): number[] =>
      turns.filter((turn) => turn.startsWith(loop)).map((turn) => Number(turn.split('@')[1]));
    for (const [loop, period] of [
      ['keda', 30],
      ['hpa', 20],
    ] as const) {
      const times = at(loop);
      expect(times[0]).to.be.within(0, period);
      for (let i = 1; i < times.length; i++)
        expect((times[i] as number) - (times[i - 1] as number)).to.be.closeTo(period, 1e-9);
    }
  });

  it('goes from 0 to 1 by a poll and on by a sync; and back to 0 once the cooldown is over', () => {
    const { changes } = play({}, { 40: answer(5), 200: answer(0) }, { start: 0 });
    // Active at the poll of 180 for the last time; the HPA, at 1 as its minimum, still remembers 5 for two minutes.
    expect(changes).to.deep.equal(['60>1', '70>5', '240>0']);
  });

  it('wakes at once where the scaler pushes, and only on an active answer', () => {
    const { changes } = play(
      { push: true },
      { 41: answer(0), 42: answer(undefined), 43: answer(3) },
      { start: 0, end: 50 },
    );
    expect(changes).to.deep.equal(['43>1']);
  });

  it('rests at the idle count', () => {
    const bounds = { minReplicas: 3, maxReplicas: 20 };
    const { changes } = play({ bounds, idleReplicas: 1 }, { 5: answer(0), 301: answer(4) }, { start: 3, end: 320 });
    // The HPA's minimum is 3: between its syncs and KEDA's idle count the fleet would swing, were it not for the cooldown.
    expect(changes[0]).to.equal('60>1');
  });

  it('takes the larger of its own trigger and a schedule', () => {
    const schedules = [{ from: 100, until: 200, replicas: 8 }];
    const { changes } = play({ schedules }, {}, { start: 2, end: 400 });
    expect(changes).to.deep.equal(['100>8', '310>2']);
  });

  it('stands still while paused, goes to the count of the pause, and starts anew afterwards', () => {
    const annotations = [{ at: 100, until: 200, annotations: { paused: 4 } }];
    const { changes, turns } = play({ annotations }, { 50: answer(6), 120: answer(9) }, { start: 2, end: 260 });
    expect(changes).to.deep.equal(['55>6', '100>4', '215>9']);
    const during = turns.map((turn) => Number(turn.split('@')[1])).filter((at) => at >= 100 && at < 200);
    expect(during).to.deep.equal([]);
    expect(turns).to.include('keda@200').and.include('hpa@215').and.not.include('keda@210');
  });

  it('keeps one direction while the other is paused', () => {
    const run = (annotations: object) =>
      play(
        { annotations: [{ at: 0, until: 300, annotations }], behavior: BEHAVIORS.kubernetes },
        { 20: answer(4), 100: answer(1) },
        { start: 2, end: 900 },
      ).changes;
    // Without a behaviour block the highest recommendation of five minutes rules, even on the way up.
    expect(run({ pausedScaleOut: true })).to.deep.equal(['310>4', '385>1']);
    expect(run({ pausedScaleIn: true })[0]).to.equal('25>4');
    expect(run({ pausedScaleIn: true })).to.have.length(2);
  });

  it('falls back by the failures of polls and queries together', () => {
    const fallback = { failureThreshold: 3, replicas: 9, behavior: 'static' } as const;
    const bounds = { minReplicas: 1, maxReplicas: 20 };
    // Failing from 50 on: queries at 55 and 70 (and the poll at 60, the HPA being blind), then the fourth at 85.
    expect(play({ bounds, fallback }, { 50: answer(undefined) }, { end: 200 }).changes).to.deep.equal(['85>9']);
    const gone = play({ bounds, fallback }, { 50: vanish }, { end: 600 });
    expect(gone.changes, 'never for a scaler that is gone').to.deep.equal([]);
  });

  it('holds while the operator is down, whatever would be answered, and starts with a poll when it is back', () => {
    const { changes, turns } = play(
      {},
      {
        60: (control, now) => control.setKedaDown(true, now),
        70: answer(7),
        200: (control, now) => control.setKedaDown(false, now),
      },
      { end: 250 },
    );
    expect(changes).to.deep.equal(['205>7']);
    expect(turns.filter((turn) => turn.startsWith('keda'))).to.deep.equal([
      'keda@0',
      'keda@30',
      'keda@200',
      'keda@230',
    ]);
  });

  it('forgets its windows when the HPA controller restarts, but takes the present count for a recommendation', () => {
    const restart = {
      100: (control: Control, now: number) => control.setHpaDown(true, now),
      110: (control: Control, now: number) => control.setHpaDown(false, now),
    };
    const { changes, turns } = play({}, { 20: answer(6), 31: answer(3), ...restart }, { end: 400 });
    expect(turns).to.include('hpa@85').and.include('hpa@125').and.not.include('hpa@100').and.not.include('hpa@115');
    expect(changes, 'two minutes count from its first sync').to.deep.equal(['25>6', '245>3']);
  });

  it('multiplies by the ready pods for a metric of type Value', () => {
    const { changes } = play(
      { metricType: 'Value', bounds: { minReplicas: 1, maxReplicas: 20 } },
      { 20: answer(1.5) },
      {
        start: 4,
        answer: 1,
        end: 60,
      },
    );
    expect(changes).to.deep.equal(['25>6', '40>9', '55>14']);
  });
});
