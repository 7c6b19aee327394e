import { type Clock, createSystemClock } from '../../base/clock.js';
import type { Seconds } from '../../base/units.js';
import { type DecisionInput, decideWith } from '../../decision/decide-all.js';
import type { Decision } from '../../decision/decision.js';
import { describeExplanation } from '../../decision/describe-explanation.js';
import { explainDecision } from '../../decision/explain-decision.js';
import { tickAt } from '../../decision/window.js';
import type { Bounds } from '../../decision/workload.js';
import type { ReplicaKind } from '../../kisim/replica-kind.js';
import type { Feed, Frame, LogLine, PageAction } from '../../page/feed.js';
import type { OnnxPolicy } from '../../policies/onnx/onnx-policy.js';
import { createPlanner } from '../../policies/planner.js';
import type { Policy } from '../../policies/policy.js';
import { createServedPolicies } from '../../policies/registry.js';
import { DecisionService } from '../../scaler/decision-service.js';
import { References } from '../../scaler/references.js';
import { type ScalerServer, startServer } from '../../scaler/server.js';
import type { RunStatistics } from '../../scenarios/fleet-run.js';
import { answerRival, createFleets, type DemoFleet, toFrame } from './demo-fleets.js';
import { KedaClient } from './keda-client.js';
import { runKedaLoop } from './keda-loop.js';
import { KisimSource } from './kisim-source.js';

export interface DemoOptions {
  readonly kind: ReplicaKind;
  readonly learned: OnnxPolicy | undefined;
  readonly speed: number;
  readonly seed: number;
}

/** What a demo came to. */
export interface DemoResult {
  readonly decisions: number;
  readonly grpcCalls: number;
  readonly minReplicasSeen: number;
  readonly maxReplicasSeen: number;
  readonly sources: Readonly<Record<LogLine['source'], number>>;
  /** By fleet, ours first. */
  readonly fleets: readonly { readonly name: string; readonly statistics: RunStatistics }[];
}

const SLO: Seconds = 2;
const BOUNDS: Bounds = { minReplicas: 2, maxReplicas: 14 };
/** Frames that a page opened late still gets. */
const KEPT_FRAMES = 480;

/**
 * The whole chain on one scaled clock: a KISim fleet, its telemetry behind the signals port, the real gRPC scaler, and a loop
 * that calls it as KEDA does and resizes the fleet as the HPA would; two rival fleets beside it on the same requests.
 */
export class Demo implements Feed {
  readonly #options: DemoOptions;
  readonly #clock: Clock;
  readonly #fleets: readonly DemoFleet[];
  readonly #source: KisimSource;
  readonly #service: DecisionService;
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #planner = createPlanner();
  readonly #ending = new AbortController();
  readonly #listeners = new Set<(frames: readonly Frame[]) => void>();
  readonly #frames: Frame[] = [];
  readonly #sources: Record<LogLine['source'], number> = { policy: 0, planner: 0, refusal: 0 };
  #newLines: LogLine[] = [];
  #lastSource: LogLine['source'] = 'policy';
  #lastLine = '';
  #lastReplicas = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = 0;
  #injected = 0;
  #publishedAt: Seconds = 0;
  #server: ScalerServer | undefined;
  #keda: KedaClient | undefined;
  #loops: readonly Promise<void>[] = [];

  constructor(options: DemoOptions) {
    this.#options = options;
    this.#clock = createSystemClock(options.speed, 0);
    this.#fleets = createFleets(options.kind, BOUNDS, SLO, options.seed);
    this.#source = new KisimSource(this.#ours.run);
    this.#policies = createServedPolicies(options.learned);
    this.#service = this.#createService();
  }

  /** Starts the scaler on a free port and lets time run. */
  async start(): Promise<void> {
    const { kind } = this.#options;
    this.#service.start();
    this.#server = await startServer({
      clock: createSystemClock(),
      address: '127.0.0.1:0',
      references: new References({
        context: { findProfile: () => kind.profile, hasPolicy: () => true, hasBackend: () => true },
        onUnknownKeys: () => {},
      }),
      service: this.#service,
      recorder: { onCall: () => {}, onError: (method, cause) => this.#log('refusal', `${method}: ${String(cause)}`) },
      hasReflection: false,
      drainDelay: 0,
      drainGrace: 1,
    });
    const scalerMetadata = {
      scalerAddress: `127.0.0.1:${this.#server.port}`,
      engine: 'vllm',
      slo: `${SLO}s`,
      profile: kind.profile.name,
      coldStart: `${kind.profile.coldStart}s`,
      target: 'chat',
      policy: this.#options.learned ? 'learned' : 'planner',
      minReplicas: String(BOUNDS.minReplicas),
      maxReplicas: String(BOUNDS.maxReplicas),
    };
    this.#keda = new KedaClient(scalerMetadata.scalerAddress, { name: 'chat', namespace: 'demo', scalerMetadata });
    const { signal } = this.#ending;
    this.#loops = [
      runKedaLoop(
        () => (this.#keda as KedaClient).read(),
        this.#scalable(),
        { bounds: BOUNDS, clock: this.#clock },
        signal,
      ),
      this.#runFrames(signal),
    ];
  }

  /** Ends the demo; the server drains, requests under way are counted as unfinished. */
  async end(): Promise<DemoResult> {
    this.#ending.abort();
    await Promise.all(this.#loops);
    this.#keda?.close();
    await this.#server?.drain();
    await this.#service.stop();
    const { policy, planner, refusal } = this.#sources;
    return {
      decisions: policy + planner,
      grpcCalls: this.#keda?.calls ?? 0,
      minReplicasSeen: this.#lowest,
      maxReplicasSeen: this.#highest,
      sources: { policy, planner, refusal },
      fleets: this.#fleets.map(({ name, run }) => ({ name, statistics: run.finish() })),
    };
  }

  subscribe(listener: (frames: readonly Frame[]) => void): () => void {
    this.#listeners.add(listener);
    if (this.#frames.length > 0) listener(this.#frames);
    return () => this.#listeners.delete(listener);
  }

  act(action: PageAction): void {
    const { learned } = this.#options;
    switch (action) {
      case 'spike':
        for (const { traffic, run } of this.#fleets) traffic.spike(Math.max(run.now, this.#clock.now()) + 1);
        break;
      case 'metrics':
        this.#source.stop(this.#source.isStopped ? undefined : this.#clock.now());
        break;
      case 'model':
        if (learned) learned.isBroken = !learned.isBroken;
        break;
    }
  }

  get #ours(): DemoFleet {
    return this.#fleets[0] as DemoFleet;
  }

  #createService(): DecisionService {
    const policies = this.#policies;
    return new DecisionService({
      clock: this.#clock,
      grid: this.#ours.run.grid,
      source: this.#source,
      policies: [...policies.values()],
      findPolicy: (name) => policies.get(name),
      recorder: {
        onDecision: (workload, decision, window) => {
          this.#sources[decision.source]++;
          const hasChanged = decision.replicas !== this.#lastReplicas || decision.source !== this.#lastSource;
          this.#lastSource = decision.source;
          this.#lastReplicas = decision.replicas;
          if (hasChanged) void this.#logDecision({ workload, window }, decision);
        },
        onRefusal: (_, { code }) => {
          this.#sources.refusal++;
          this.#lastSource = 'refusal';
          this.#log('refusal', `no answer (${code}): the HPA holds the count`);
        },
        onFailure: (what, cause) => this.#log('refusal', `${what}: ${String(cause)}`),
      },
    });
  }

  #scalable(): Parameters<typeof runKedaLoop>[1] {
    const { run } = this.#ours;
    return {
      get specReplicas() {
        return run.replicas.spec;
      },
      get statusReplicas() {
        return run.replicas.ready + run.replicas.starting;
      },
      scaleTo: (replicas) => run.applySpec(replicas),
    };
  }

  /** One frame a tick: every fleet is brought to the same time, the rivals decide, the page is told. */
  async #runFrames(signal: AbortSignal): Promise<void> {
    const { interval } = this.#ours.run.grid;
    while (!signal.aborted) {
      const next = tickAt(this.#clock.now(), interval) + interval;
      await this.#clock.sleep(next - this.#clock.now(), signal);
      if (signal.aborted) return;
      // The system may have slept: fleets move tick by tick, so that no rival misses one of its own, and all to the same tick.
      const goal = Math.max(next, tickAt(this.#clock.now(), interval));
      for (const fleet of this.#fleets) {
        for (let tick = tickAt(fleet.run.now, interval) + interval; tick <= goal; tick += interval) {
          fleet.run.advanceTo(tick);
          await answerRival(fleet, tick);
        }
      }
      this.#publish(goal);
    }
  }

  #publish(tick: Seconds): void {
    const { pricePerHour } = this.#options.kind.profile;
    const { spec } = this.#ours.run.replicas;
    this.#lowest = Math.min(this.#lowest, spec);
    this.#highest = Math.max(this.#highest, spec);
    const { now } = this.#ours.run;
    const { injected } = this.#ours.run.totals();
    const frame: Frame = {
      at: tick,
      arrivals: (injected - this.#injected) / Math.max(1, now - this.#publishedAt),
      slo: SLO,
      source: this.#lastSource,
      areMetricsStopped: this.#source.isStopped,
      isModelBroken: this.#options.learned?.isBroken ?? true,
      fleets: this.#fleets.map((fleet) => toFrame(fleet, fleet.run.window(tick), pricePerHour)),
      log: this.#newLines.splice(0),
    };
    this.#injected = injected;
    this.#publishedAt = now;
    this.#frames.push(frame);
    this.#frames.splice(0, Math.max(0, this.#frames.length - KEPT_FRAMES));
    for (const listener of this.#listeners) listener([frame]);
  }

  /** A decision's line opens on what drove it, what would have changed it, and what the other laws say. */
  async #logDecision(input: DecisionInput, decision: Decision): Promise<void> {
    const own = this.#policies.get(input.workload.policy) ?? this.#planner;
    const decideAll = decideWith([own], { fallback: this.#planner });
    const explanation = describeExplanation(await explainDecision(input, decision, decideAll));
    this.#log(decision.source, decision.sentence, explanation.slice(1));
  }

  #log(source: LogLine['source'], sentence: string, explanation?: LogLine['explanation']): void {
    if (sentence === this.#lastLine) return;
    this.#lastLine = sentence;
    this.#newLines.push({ at: this.#clock.now(), source, sentence, ...(explanation ? { explanation } : {}) });
  }
}
