import type { Annotations, ScaledObjectSpec } from '../../autoscaling/scaled-object-spec.js';
import { createRng } from '../../base/rng.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { Control } from '../../kisim/control.js';
import type { LoopTimes } from '../../kisim/control-loop.js';
import { EventQueue, PRIORITY } from '../../kisim/event-queue.js';
import type { DesiredStep, SyncTimes } from './desired-files.js';
import { PlainDeployment } from './plain-deployment.js';

export interface ReplayOptions {
  readonly steps: readonly DesiredStep[];
  readonly spec: ScaledObjectSpec;
  readonly annotations: Annotations;
  /** Whether the trigger pushes (external-push). */
  readonly push: boolean;
  readonly podDelay: Seconds;
  readonly hpaSync: Seconds;
  readonly syncTimes: SyncTimes;
  /** Replicas at the start, ready. */
  readonly initialReplicas: Replicas;
  readonly end: Seconds;
  /** A row at every sync of the HPA too, changed or not. */
  readonly everySync: boolean;
}

/** One row of the result. */
export interface ReplicaRow {
  readonly time_s: Seconds;
  readonly desired: DesiredStep['desired'];
  readonly spec_replicas: Replicas;
  readonly status_replicas: Replicas;
  readonly ready_replicas: Replicas;
}

/**
 * What KEDA and the HPA make of a scaler's answers, and nothing else: one row at the start, and one whenever something has
 * changed. KEDA polls from the start on, the HPA first looks a period later, as after its creation. At one instant answers
 * change first, then KEDA polls, then the HPA syncs.
 */
export function replayDesired(options: ReplayOptions): readonly ReplicaRow[] {
  const { steps, everySync, end } = options;
  const start = (steps[0] as DesiredStep).at;
  const timers = new EventQueue();
  const deployment = new PlainDeployment(options.initialReplicas, start, {
    podDelay: options.podDelay,
    onChange: (readyAt) => timers.schedule(readyAt, PRIORITY.pod, (now) => deployment.advance(now)),
  });
  let desired = (steps[0] as DesiredStep).desired;
  let isSync = false;
  const control = openControl(options, start, deployment, timers, () => {
    isSync = true;
  });
  for (const step of steps)
    timers.schedule(step.at, PRIORITY.fault, (now) => {
      desired = step.desired;
      control.isScalerGone = desired === 'unreachable';
      control.answer(typeof desired === 'number' ? desired : undefined, now);
    });
  const rows = [rowOf(start, desired, deployment)];
  for (let now = timers.nextAt; now <= end; now = timers.nextAt) {
    isSync = false;
    timers.fire();
    deployment.advance(now);
    const row = rowOf(now, desired, deployment);
    const isLast = timers.nextAt > now;
    if ((everySync && isSync) || isChanged(rows.at(-1) as ReplicaRow, row, isLast)) rows.push(row);
  }
  return rows;
}

function openControl(
  { spec, annotations, push, hpaSync, syncTimes }: ReplayOptions,
  start: Seconds,
  deployment: PlainDeployment,
  timers: EventQueue,
  onSync: () => void,
): Control {
  const turns = (at: readonly Seconds[] | undefined, first: Seconds, period: Seconds): LoopTimes =>
    at ? { at: at.filter((one) => one >= start) } : { first, period };
  const { metricType, useCachedMetrics } = spec.triggers[0] as ScaledObjectSpec['triggers'][number];
  return new Control(
    {
      ...spec,
      metricType,
      useCachedMetrics,
      push,
      bounds: spec,
      hpaSync,
      createdAt: start,
      annotations: [{ at: start, until: Number.POSITIVE_INFINITY, annotations }],
      kedaTurns: turns(syncTimes.keda, start, spec.pollingInterval),
      hpaTurns: turns(syncTimes.hpa, start + hpaSync, hpaSync),
      onTurn: (loop) => {
        if (loop === 'hpa') onSync();
      },
    },
    deployment,
    timers,
    createRng(0),
  );
}

function rowOf(now: Seconds, desired: DesiredStep['desired'], deployment: PlainDeployment): ReplicaRow {
  return {
    // Sums of periods carry rounding; real clocks of the comparison count milliseconds.
    time_s: Math.round(now * 1000) / 1000,
    desired,
    spec_replicas: deployment.spec,
    status_replicas: deployment.statusReplicas,
    ready_replicas: deployment.readyReplicas,
  };
}

/** A new answer alone makes a row at the end of its instant, when it is known what it led to at once. */
function isChanged(before: ReplicaRow, row: ReplicaRow, isLast: boolean): boolean {
  return (
    (isLast && before.desired !== row.desired) ||
    before.spec_replicas !== row.spec_replicas ||
    before.status_replicas !== row.status_replicas ||
    before.ready_replicas !== row.ready_replicas
  );
}
