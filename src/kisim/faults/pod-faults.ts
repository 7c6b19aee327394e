import { z } from 'zod';
import { duration } from '../duration.js';
import { type EventQueue, PRIORITY } from '../event-queue.js';
import { START_PHASES, type StartPhase } from '../fleet/cold-start.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Pod } from '../fleet/pod.js';
import type { PodsOrPercent } from '../fleet/rollout.js';
import { at, count, during, until } from './fault-line.js';

const factor = z.number().min(0.1).max(100).describe('So many times as long.');
const pods = count;
const again = until.describe('Until when it happens again; default: once.');

/** As Kubernetes' IntOrString. */
const podsOrPercent = z
  .union(
    [
      z.number().int().min(0).max(1000),
      z
        .string()
        .regex(/^\d{1,3}%$/)
        .transform((text) => text as PodsOrPercent),
    ],
    { error: 'must be a number of pods from 0 to 1000, or a percentage such as 25%' },
  )
  .meta({ kind: 'pods or percent' });

const PLACED: readonly StartPhase[] = ['image', 'weights', 'engine', 'warmup'];

/** Lines about pods. Where `pods` are struck, they are the oldest that are ready, as many as there are. */
export const POD_FAULTS = [
  z
    .strictObject({ kind: z.literal('pod-crash'), at, pods, until: again })
    .describe('Containers die with all that they serve; with an `until` they also fail at every new start before it.'),
  z
    .strictObject({
      kind: z.literal('oom'),
      at,
      pods,
      until: again,
      after: duration(1, 86_400).default(60).describe('Service until the next kill.'),
    })
    .describe('Containers are killed for their memory; with an `until` again and again before it.'),
  z.strictObject({ kind: z.literal('slow-pods'), at, until, pods, factor }).describe('Engine steps take longer.'),
  z
    .strictObject({
      kind: z.literal('slow-start'),
      at,
      until,
      factor,
      phases: z
        .array(z.enum(START_PHASES))
        .min(1)
        .optional()
        .describe('Which ones; default: all that come after a pod has its place.'),
    })
    .describe('Phases of cold starts that begin meanwhile take longer (a cold registry, a slow disk).'),
  z
    .strictObject({
      kind: z.literal('rollout'),
      at,
      maxSurge: podsOrPercent.default('25%').describe('Pods above spec.replicas, as of a Deployment.'),
      maxUnavailable: podsOrPercent.default('25%').describe('Pods below spec.replicas that need not be ready.'),
    })
    .describe('The Deployment gets a new template: every pod is replaced.'),
] as const;

export type PodFault = z.output<(typeof POD_FAULTS)[number]>;

export function schedulePodFault(fault: PodFault, fleet: Fleet, timers: EventQueue): void {
  switch (fault.kind) {
    case 'pod-crash':
      timers.schedule(fault.at, PRIORITY.fault, (now) => {
        for (const pod of oldestReady(fleet, fault.pods)) {
          pod.failsUntil = fault.until ?? pod.failsUntil;
          fleet.kubelet.crash(pod, now);
        }
      });
      break;
    case 'oom':
      timers.schedule(fault.at, PRIORITY.fault, (now) => {
        for (const pod of oldestReady(fleet, fault.pods)) {
          if (fault.until !== undefined) pod.oom = { after: fault.after, until: fault.until };
          fleet.kubelet.crash(pod, now, 'OOMKilled');
        }
      });
      break;
    case 'slow-pods':
      scheduleSlowPods(fault, fleet, timers);
      break;
    case 'slow-start':
      scheduleSlowStart(fault, fleet, timers);
      break;
    case 'rollout':
      timers.schedule(fault.at, PRIORITY.fault, (now) => fleet.rollOut(fault, now));
      break;
  }
}

/** The `count` oldest ready pods. */
export function oldestReady(fleet: Fleet, count: number): readonly Pod[] {
  return fleet.pods.filter(({ phase }) => phase === 'ready').slice(0, count);
}

function scheduleSlowPods(fault: PodFault & { kind: 'slow-pods' }, fleet: Fleet, timers: EventQueue): void {
  let struck: readonly Pod[] = [];
  during(
    timers,
    fault,
    (now) => {
      struck = oldestReady(fleet, fault.pods);
      for (const pod of struck) fleet.kubelet.slow(pod, fault.factor, now);
    },
    (now) => {
      for (const pod of struck) fleet.kubelet.recover(pod, fault.factor, now);
    },
  );
}

function scheduleSlowStart(fault: PodFault & { kind: 'slow-start' }, fleet: Fleet, timers: EventQueue): void {
  const { factors, scheduler } = fleet.kubelet.starts;
  const phases = fault.phases ?? PLACED;
  const multiply = (factor: number): void => {
    for (const phase of phases) factors[phase] *= factor;
    if (phases.includes('node') && scheduler.nodes) scheduler.nodes.provisioningFactor *= factor;
  };
  during(
    timers,
    fault,
    () => multiply(fault.factor),
    () => multiply(1 / fault.factor),
  );
}
