import { createSystemClock } from '../../../src/base/clock.js';
import { exponential } from '../../../src/base/distributions.js';
import { createRng } from '../../../src/base/rng.js';
import type { StagedStart } from '../../../src/kisim/fleet/cold-start.js';
import { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { type LiveExposition, startLiveServer } from '../../../src/kisim/live/live-server.js';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import type { RequestSpec } from '../../../src/kisim/replica/request.js';
import { replicaKindOf } from '../../../src/kisim/replica-kind.js';
import type { MetricFamily } from '../../../src/kisim/telemetry/exposition.js';
import type { Traffic } from '../../../src/kisim/traffic/traffic.js';
import { DRIVEN } from './kwok.js';
import type { Target } from './monitoring.js';
import { DRAIN, PodAgent, type PodRuntime } from './pod-agent.js';
import type { Scene } from './scene.js';

/** Poisson arrivals at a rate that a story turns up and down while they come. */
export class DialTraffic implements Traffic {
  /** Requests a second. */
  rate: number;
  readonly #rng = createRng(1).stream('dial');
  #at = 0;

  constructor(rate: number) {
    this.rate = rate;
  }

  next(): RequestSpec {
    this.#at += exponential(this.#rng, 1 / this.rate);
    return { arrival: this.#at, inputTokens: 256, outputTokens: 128 };
  }
}

const PROFILE = 'demo-small';
export const DRAIN_GRACE = 10;
export const PHASES = {
  image: { median: 2, sigma: 0.1 },
  weights: { median: 3, sigma: 0.1 },
  engine: { median: 3, sigma: 0.1 },
};

/** Trigger metadata for a fleet of {@link startChat}. */
export const CHAT_KEYS = {
  engine: 'vllm',
  slo: '2s',
  model: 'demo/chat',
  target: 'chat',
  profile: PROFILE,
  coldStart: '10s',
  maxReplicas: '8',
  policy: 'planner',
} as const;

/** What pods of such a Deployment carry, so that the agent starts and drains them. */
export const CHAT_PODS = { annotations: { [DRIVEN]: 'true' }, finalizers: [DRAIN], gpus: 1 } as const;

/** What a story may do to how the engines are seen. */
export class Exposure {
  /** In place of `vllm:` in the names of the engines' series, as after an upgrade. */
  prefix = 'vllm:';
  /** Pods for which nobody answers a scrape. */
  isHidden: (pod: string) => boolean = () => false;
}

/** How a fleet differs from the usual one. */
export interface ChatFleetOptions {
  /** Name of the replicas' profile; default: one that serves few requests a second. */
  readonly profile?: string;
  /** Seconds from now before which requests are not counted; default 0. */
  readonly countFrom?: number;
}

/** Simulated vLLM engines under `traffic`, in pods that somebody else makes, with an objective of 2 s for the TTFT. */
export function createChatFleet(
  namespace: string,
  modelName: string,
  traffic: Traffic,
  { profile: name = PROFILE, countFrom = 0 }: ChatFleetOptions = {},
): DrivenFleet {
  const profile = loadVllmProfile(name);
  if (!profile.ok) throw new Error(profile.error);
  return new DrivenFleet({
    namespace,
    modelName,
    profile: profile.value,
    createReplica: replicaKindOf(profile.value).createReplica,
    slo: { metric: 'ttft', limit: 2 },
    traffic,
    clock: createSystemClock(),
    router: 'least-outstanding',
    clientTimeout: 60,
    gatewayCapacity: 10_000,
    countFrom,
    seed: 1,
  });
}

export interface ChatOptions extends ChatFleetOptions {
  readonly exposure?: Exposure;
  /** Default: about eight seconds. */
  readonly coldStart?: StagedStart;
  /** Seconds. */
  readonly drainGrace?: number;
}

/** Such engines in the pods of the scene's Deployment `chat`. */
export async function startChat(
  scene: Scene,
  traffic: Traffic,
  { exposure = new Exposure(), coldStart = { phases: PHASES }, drainGrace = DRAIN_GRACE, ...rest }: ChatOptions = {},
): Promise<DrivenFleet> {
  const { namespace, kube, bed } = scene;
  const fleet = createChatFleet(namespace, CHAT_KEYS.model, traffic, rest);
  const server = await startLiveServer(exposed(fleet, exposure));
  const agent = new PodAgent({
    kube,
    folder: bed.folder,
    namespace,
    app: 'chat',
    runtime: simulated(fleet, `127.0.0.1:${server.port}`),
    coldStart,
    drainGrace,
    seed: 1,
  });
  scene.after(async () => {
    await agent.stop();
    await server.close();
  });
  return fleet;
}

function exposed(fleet: DrivenFleet, exposure: Exposure): LiveExposition {
  const { namespace } = fleet;
  const renamed = (family: MetricFamily): MetricFamily => ({
    ...family,
    name: family.name.replace(/^vllm:/, exposure.prefix),
  });
  return {
    namespace,
    servingPods: () => fleet.servingPods(),
    podFamilies: (pod) => (exposure.isHidden(pod) ? undefined : fleet.podFamilies(pod)?.map(renamed)),
    dcgmFamilies: () => fleet.dcgmFamilies(),
  };
}

/** Simulated engines at an address, with the labels that scrapes of a real set-up have. */
function simulated(fleet: DrivenFleet, address: string): PodRuntime {
  const { namespace } = fleet;
  return {
    start: (name) => fleet.start(name),
    drain: (name) => fleet.drain(name),
    isEmpty: (name) => fleet.isEmpty(name),
    remove: (name) => fleet.remove(name),
    advance: () => void fleet.advance(),
    targets: () => ({
      engine: fleet.servingPods().map((pod): Target => {
        return { address, path: `/pods/${pod}/metrics`, labels: { namespace, pod, container: 'engine' } };
      }),
      // One exporter for all nodes: what it watches becomes exported_namespace and exported_pod.
      dcgm: [{ address, path: '/dcgm', labels: { namespace: 'gpu-operator', pod: 'dcgm-exporter' } }],
    }),
  };
}
