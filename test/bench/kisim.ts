/**
 * `npm run bench:kisim [-- --json] [-- --short]`: how fast KISim is on one core, beside the goals and the figures that a peer
 * publishes for the same workload (Llama-3.1-8B on an H100, 512 tokens in, 200 out). Processor time, median [min, max].
 */

import { exponential } from '../../src/base/distributions.js';
import { createRng } from '../../src/base/rng.js';
import { OBSERVATION_SIZE, writeObservation } from '../../src/decision/observation.js';
import { assess } from '../../src/decision/situation.js';
import { createFastForwardEngine, createStepEngine } from '../../src/kisim/replica/engine.js';
import { engineOptionsFromProfile } from '../../src/kisim/replica/engine-options.js';
import { loadReplicaKind, type ReplicaKind } from '../../src/kisim/replica-kind.js';
import { answerGuarded } from '../../src/scenarios/answer.js';
import type { FleetRun } from '../../src/scenarios/fleet-run.js';
import { checkScenario } from '../../src/scenarios/read-scenario.js';
import { openScenario } from '../../src/scenarios/run-scenario.js';
import type { ScenarioInput } from '../../src/scenarios/scenario.js';
import { formatSpread, measure, type Spread, secondsOf } from './measure.js';

const PROFILE = 'h100-llama-3.1-8b';
const INPUT = 512;
const OUTPUT = 200;
const TICK = 15;
const isShort = process.argv.includes('--short');
const isJson = process.argv.includes('--json');
const TIMES = isShort ? 1 : 5;
const scale = isShort ? 0.1 : 1;

const kind = loadKind();
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const million = (value: number): string => `${(value / 1e6).toFixed(2)}M`;
const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Requests per second of one replica alone, Poisson arrivals. */
function single(rate: number, requests: number, create = createFastForwardEngine): (turn: number) => number {
  return (turn) => {
    const { profile } = kind;
    if (profile.engine !== 'vllm') throw new Error('the benchmark wants a vLLM profile');
    const rng = createRng(turn).stream('arrivals');
    const bounds = { ttftBounds: kind.latencyBounds.ttft, e2eBounds: kind.latencyBounds.e2e };
    let finished = 0;
    const replica = create(engineOptionsFromProfile(profile, bounds), {
      onFirstToken: () => {},
      onFinished: () => void finished++,
    });
    const seconds = secondsOf(() => {
      let at = 0;
      // More numbers than can be in flight at once, so that none is taken twice.
      for (let i = 0; i < requests; i++) {
        at += exponential(rng, 1 / rate);
        replica.submit(i & 0xffff, at, INPUT, OUTPUT, -1, 0);
      }
      replica.advance(Number.MAX_VALUE);
    });
    if (finished !== requests) throw new Error(`${finished} of ${requests} requests were finished`);
    return requests / seconds;
  };
}

interface FleetFigures {
  readonly requestsPerSecond: number;
  readonly stepsPerSecond: number;
  readonly seconds: number;
  /** Growth of the resident set over the run, per request. */
  readonly bytesPerRequest: number;
}

/** A fleet with router, gateway, scrapes, queries, planner, guards, KEDA and HPA in the loop, a decision a tick. */
function fleet(replicas: number, rate: number, duration: number, seed: number): FleetFigures {
  const run = openFleet(replicas, rate, duration, seed);
  const before = process.memoryUsage().rss;
  let peak = before;
  let ticks = 0;
  const observation = new Float32Array(OBSERVATION_SIZE);
  const seconds = secondsOf(() => {
    for (let tick = TICK; tick <= duration; tick += TICK) {
      run.advanceTo(tick);
      const window = run.window(tick);
      const situation = assess(run.workload, window);
      writeObservation(situation, observation);
      const proposal = { policy: 'planner', ok: true, replicas: Math.ceil(situation.plan) } as const;
      run.answer(answerGuarded(run.workload, window, [proposal]).metricTotal);
      if (ticks++ % 64 === 0) peak = Math.max(peak, process.memoryUsage().rss);
    }
  });
  const { injected } = run.finish();
  return {
    requestsPerSecond: injected / seconds,
    stepsPerSecond: ticks / seconds,
    seconds,
    bytesPerRequest: Math.max(0, peak - before) / injected,
  };
}

function openFleet(replicas: number, rate: number, duration: number, seed: number): FleetRun {
  const input: ScenarioInput = {
    version: 1,
    name: 'bench',
    profile: PROFILE,
    replicas: { min: replicas, max: replicas, initial: replicas },
    traffic: { pattern: 'constant', high: rate, inputTokens: INPUT, outputTokens: OUTPUT },
    duration,
    seed,
  };
  const scenario = checkScenario(input);
  if (!scenario.ok) throw new Error(scenario.error);
  return openScenario({ scenario: scenario.value, kind }).run;
}

function loadKind(): ReplicaKind {
  const loaded = loadReplicaKind(PROFILE);
  if (!loaded.ok) throw new Error(loaded.error);
  return loaded.value;
}

function row(what: string, spread: Spread, format: (value: number) => string, goal: string): void {
  say(`${what.padEnd(62)} ${formatSpread(spread, format).padEnd(30)} ${goal}`);
}

say(`node ${process.version}, ${TIMES} runs each after a warm-up; processor time, median [min, max]`);
const requests = Math.round(1e6 * scale);
const at8 = measure(TIMES, single(8, requests));
row('one replica, fast-forward, 8 req/s: requests/s', at8, million, 'goal 1M; BLIS 404');
const at30 = measure(TIMES, single(30, requests));
row('one replica, fast-forward, 30 req/s: requests/s', at30, million, 'goal 1M; BLIS 802');
row(
  'one replica, step engine, 8 req/s: requests/s',
  measure(TIMES, single(8, requests / 20, createStepEngine)),
  whole,
  '',
);
const fleetOf64 = measure(TIMES, (seed) => fleet(64, 64 * 20, 900 * scale, seed).requestsPerSecond);
row('64 replicas, router, scrapes, control: requests/s', fleetOf64, million, 'goal 0.5M');
const steps = measure(TIMES, (seed) => fleet(2, 20, 36_000 * scale, seed).stepsPerSecond);
row('environment, 15 s a step, 20 req/s: steps/s', steps, whole, 'goal 1,000');
const week = fleet(2, 20, 7 * 86_400 * scale, 1);
say(`a week at 20 req/s${isShort ? ' (a tenth of it)' : ''}: ${week.seconds.toFixed(1)} s (goal 30)`);

say('\ncost of a request by replicas, 20 req/s each:');
for (const replicas of [1, 4, 16, 64, 256]) {
  const { requestsPerSecond } = fleet(replicas, 20 * replicas, Math.max(60, (24_000 * scale) / replicas), 1);
  say(`  ${String(replicas).padStart(4)} replicas  ${(1e9 / requestsPerSecond).toFixed(0)} ns`);
}
say('cost of a request and memory by length of the run, 2 replicas, 20 req/s:');
let bytesPerRequest = 0;
for (const count of isShort ? [1e4, 1e5] : [1e4, 1e5, 1e6, 1e7]) {
  const figures = fleet(2, 20, count / 20, 1);
  ({ bytesPerRequest } = figures);
  say(
    `  ${whole(count).padStart(10)} requests  ${(1e9 / figures.requestsPerSecond).toFixed(0)} ns  ` +
      `${figures.bytesPerRequest.toFixed(2)} bytes a request (BLIS 33,000)`,
  );
}
if (isJson)
  say(
    JSON.stringify({
      requestsPerSecond: at8.median,
      fleetRequestsPerSecond: fleetOf64.median,
      envStepsPerSecond: steps.median,
      weekSeconds: isShort ? week.seconds * 10 : week.seconds,
      bytesPerRequest,
    }),
  );
