import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ManualClock } from '../../src/base/clock.js';
import { ok, type Result } from '../../src/base/result.js';
import type { RefusalCode } from '../../src/decision/decision.js';
import { OBSERVATION_SIZE, writeObservation } from '../../src/decision/observation.js';
import type { SignalName } from '../../src/decision/signal.js';
import { assess } from '../../src/decision/situation.js';
import { DEFAULT_GRID, type Window } from '../../src/decision/window.js';
import type { Fault } from '../../src/kisim/fault.js';
import { createPlanner } from '../../src/policies/planner.js';
import type { Policy } from '../../src/policies/policy.js';
import { decideTick } from '../../src/scaler/decide-tick.js';
import { createFleetRun } from '../../src/scenarios/create-fleet-run.js';
import { drive } from '../../src/scenarios/drive.js';
import { PrometheusSource } from '../../src/signals/prometheus-source.js';
import { buildQueries } from '../../src/signals/queries.js';
import type { QueryResult } from '../../src/signals/response.js';
import { testRunOptions, testTraffic, testWorkload } from '../kisim/support/runs.js';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
const END = 900;
const FAULTS: readonly Fault[] = [
  { kind: 'metrics-partial', at: 300, until: 420, share: 0.5 },
  { kind: 'metrics-renamed', at: 480, until: 600, series: ['kvUsage', 'latency'] },
  { kind: 'pod-crash', at: 650, pods: 1 },
];
const workload = testWorkload({ target: { kind: 'Deployment', name: 'llm' } });

/** A policy that keeps what a network would be shown, and leaves the decision to the planner. */
class Observer implements Policy {
  readonly name = 'observer';
  readonly seen: Float32Array[] = [];

  async propose(batch: Parameters<Policy['propose']>[0]): ReturnType<Policy['propose']> {
    for (const one of batch) {
      const observation = new Float32Array(OBSERVATION_SIZE);
      writeObservation(assess(one.workload, one.window), observation);
      this.seen.push(observation);
    }
    return batch.map(() => ({ policy: this.name, ok: false, because: 'KIS_MODEL_SLOW' }) as const);
  }
}

/** A Prometheus that holds what KISim's telemetry evaluated at each instant. */
class ReplayedPrometheus {
  readonly #names: ReadonlyMap<string, SignalName>;
  readonly #windows: readonly Window[];

  constructor(windows: readonly Window[]) {
    this.#windows = windows;
    const queries = buildQueries({ workload, deployment: 'llm', interval: DEFAULT_GRID.interval });
    this.#names = new Map(Object.entries(queries).map(([name, query]) => [query, name as SignalName]));
  }

  async queryInstant(query: string, at: number): Promise<Result<QueryResult, RefusalCode>> {
    return this.#answer(query, [at]);
  }

  async queryRange(query: string, { start, end, step }: { start: number; end: number; step: number }) {
    return this.#answer(
      query,
      Array.from({ length: Math.round((end - start) / step) + 1 }, (_, i) => start + i * step),
    );
  }

  async queryTogether(queries: ReadonlyMap<string, string>, range: { start: number; end: number; step: number }) {
    const found = new Map<string, QueryResult>();
    for (const [name, query] of queries) {
      const answer = await this.queryRange(query, range);
      if (!answer.ok) return answer;
      found.set(name, answer.value);
    }
    return ok(found);
  }

  #answer(query: string, times: readonly number[]): Result<QueryResult, RefusalCode> {
    const name = this.#names.get(query) as SignalName;
    const samples = times.flatMap((at) => {
      const window = this.#windows.find(({ tick }) => tick === at + DEFAULT_GRID.lag);
      const value = window?.series[name].at(-1) ?? Number.NaN;
      return Number.isNaN(value) ? [] : [{ at, value }];
    });
    return ok({ samples, labels: {}, isPartial: false });
  }
}

describe('one observation', () => {
  it('of KISim and of the server is the same Float32Array for the same telemetry, and so is the decision', async () => {
    const simulated = new Observer();
    const windows: Window[] = [];
    const counts: (number | undefined)[] = [];
    const run = createFleetRun(
      testRunOptions(3, { workload, faults: FAULTS, traffic: testTraffic(3, { low: 2, high: 14, duration: END }) }),
    );
    await drive(run, {
      policy: simulated,
      guards: true,
      duration: END,
      patience: 0,
      onTick: ({ window, answer }) => {
        windows.push(window);
        counts.push(answer.metricTotal);
      },
    });
    const served = new Observer();
    const planner = createPlanner();
    const decider = {
      clock: new ManualClock(0),
      source: new PrometheusSource({
        clients: new Map([['default', new ReplayedPrometheus(windows)]]),
        grid: DEFAULT_GRID,
      }),
      policies: [planner, served],
      findPolicy: () => undefined,
      onFailure: (what: string, cause: unknown) => expect.fail(`${what}: ${cause}`),
    };
    expect(windows.length).to.be.above(50);
    for (const [i, { tick }] of windows.entries()) {
      const [result] = await decideTick(
        decider,
        [{ ...workload, policy: 'observer' }],
        tick,
        new AbortController().signal,
      );
      expect(served.seen[i], `observation at ${tick}`).to.deep.equal(simulated.seen[i]);
      const outcome = result?.outcome;
      expect(outcome?.kind === 'decision' ? outcome.replicas : undefined, `decision at ${tick}`).to.equal(counts[i]);
    }
    const varied = new Set(simulated.seen.map((row) => row.join()));
    expect(varied.size).to.be.above(40);
  });

  it('is written by one function, which simulator, trainer and server reach by the same imports', () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const texts = files.map((path) => ({ path, text: readFileSync(join(SOURCE, path), 'utf8') }));
    const having = (pattern: RegExp): string[] =>
      texts.filter(({ text }) => pattern.test(text)).map(({ path }) => path);
    expect(having(/function writeObservation/)).to.deep.equal(['decision/observation.ts']);
    expect(having(/function assess\(/)).to.deep.equal(['decision/situation.ts']);
    expect(having(/import .*\bwriteObservation\b/).sort()).to.deep.equal([
      'policies/onnx/onnx-policy.ts',
      'training/forecaster/collect.ts',
      'training/forecaster/forecaster.ts',
      'training/scaling-environment.ts',
    ]);
    // Nobody else looks at the features: the ways of both windows end at the same policy.
    expect(having(/from '.*\/features\.js'/).filter((path) => !path.startsWith('decision/'))).to.satisfy(
      (all: string[]) =>
        all.every(
          (path) =>
            path === 'cli/render-reference.ts' || path.startsWith('training/') || path.startsWith('policies/onnx/'),
        ),
    );
    expect(having(/function decide\(/)).to.deep.equal(['decision/decide.ts']);
  });
});
