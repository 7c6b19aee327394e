import { InvalidArgumentError, Option, type OptionValues } from '@commander-js/extra-typings';
import { type ScaledObject, toAnnotations, toScaledObjectSpec } from '../../autoscaling/scaled-object.js';
import type { ScaledObjectSpec } from '../../autoscaling/scaled-object-spec.js';
import { parseDuration } from '../../base/numbers.js';
import type { Replicas, Seconds } from '../../base/units.js';
import { HPA_SYNC } from '../../kisim/control.js';
import { TraceError } from '../../kisim/traffic/trace-error.js';
import { readScaledObjects } from '../scaled-object-file.js';
import { readDesired, readSyncTimes } from './desired-files.js';
import type { SimulateMode } from './mode.js';
import { type ReplayOptions, type ReplicaRow, replayDesired } from './replay-desired.js';
import { UsageError } from './usage-error.js';

const DAY: Seconds = 86_400;

/** `simulate --desired FILE`: only KEDA's and the HPA's arithmetic, for comparison with a real control plane. */
export const DESIRED_MODE: SimulateMode = {
  heading: 'KEDA and HPA arithmetic alone:',
  options: [
    new Option(
      '--desired <file>',
      "what a scaler answers (CSV time_s,desired; nothing or error: it fails, unreachable: it is gone), run through a ScaledObject's KEDA and HPA",
    ),
    new Option('--scaledobject <file>', 'YAML with one ScaledObject: bounds, polling, cooldown, fallback, behaviour'),
    new Option('--pod-delay <time>', 'from creation of a pod until it is ready (default: 0s)').argParser(seconds),
    new Option('--hpa-sync <time>', `sync period of the HPA controller (default: ${HPA_SYNC}s)`).argParser(period),
    new Option('--sync-times <file>', 'turns instead of periods (CSV time_s[,loop], loop keda or hpa; default: hpa)'),
    new Option('--initial <n>', 'replicas at the start (default: minReplicaCount)').argParser(replicas),
    new Option('--every-sync', 'a row at every sync of the HPA, not only where something changes'),
  ],
  shared: ['json', 'duration'],
  async run(options) {
    const rows = replayDesired(readReplay(options));
    process.stdout.write(options['json'] ? `${JSON.stringify(rows, undefined, 2)}\n` : toCsv(rows));
  },
};

/** As commander reads them. */
interface DesiredOptions {
  readonly desired: string;
  readonly scaledobject?: string;
  readonly podDelay?: Seconds;
  readonly hpaSync?: Seconds;
  readonly syncTimes?: string;
  readonly initial?: Replicas;
  readonly everySync?: true;
  readonly duration?: string;
}

/** What the options ask for. Throws UsageError, and as `fs` does. */
export function readReplay(options: OptionValues): ReplayOptions {
  const {
    desired,
    scaledobject,
    podDelay = 0,
    hpaSync = HPA_SYNC,
    duration,
    ...rest
  } = options as unknown as DesiredOptions;
  if (scaledobject === undefined) throw new UsageError('--scaledobject: needed with --desired');
  const object = readOne(scaledobject);
  const spec = toScaledObjectSpec(object);
  if (typeof spec === 'string') throw new UsageError(`${scaledobject}: ${spec}`);
  if (spec.triggers.length > 1)
    throw new UsageError(`${scaledobject}: spec.triggers must be one trigger, found ${spec.triggers.length}`);
  const steps = asUsage(() => readDesired(desired));
  const syncTimes = rest.syncTimes === undefined ? {} : asUsage(() => readSyncTimes(rest.syncTimes as string));
  const start = steps[0]?.at ?? 0;
  const last = Math.max(steps.at(-1)?.at ?? 0, syncTimes.keda?.at(-1) ?? 0, syncTimes.hpa?.at(-1) ?? 0);
  const settled = syncTimes.keda && syncTimes.hpa ? last + podDelay : last + podDelay + settling(spec, hpaSync);
  return {
    steps,
    spec,
    annotations: toAnnotations(object),
    push: object.spec.triggers[0]?.type === 'external-push',
    podDelay,
    hpaSync,
    syncTimes,
    initialReplicas: rest.initial ?? spec.minReplicas,
    end: duration === undefined ? settled : start + readDuration(duration),
    everySync: rest.everySync === true,
  };
}

/** After so long the last answer has been carried out, unless policies allow only a part of it in all this time. */
function settling({ behavior, pollingInterval, cooldownPeriod }: ScaledObjectSpec, hpaSync: Seconds): Seconds {
  const windows =
    behavior === 'none'
      ? [300]
      : [behavior.scaleUp, behavior.scaleDown].flatMap(({ stabilizationWindow, policies }) => [
          stabilizationWindow,
          ...policies.map(({ period }) => period),
        ]);
  return Math.max(...windows, cooldownPeriod) + 10 * Math.max(hpaSync, pollingInterval);
}

function readOne(file: string): ScaledObject {
  const objects = readScaledObjects(file);
  if (typeof objects === 'string') throw new UsageError(`${file}: ${objects}`);
  const [object] = objects;
  if (!object || objects.length > 1)
    throw new UsageError(`${file}: must hold one ScaledObject, found ${objects.length}`);
  return object;
}

function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function toCsv(rows: readonly ReplicaRow[]): string {
  const lines = rows.map((row) => Object.values(row).join(','));
  return `time_s,desired,spec_replicas,status_replicas,ready_replicas\n${lines.map((line) => `${line}\n`).join('')}`;
}

function readDuration(text: string): Seconds {
  try {
    return seconds(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`--duration: ${error.message}`, { cause: error });
    throw error;
  }
}

function seconds(text: string): Seconds {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value <= 400 * DAY) return parsed.value;
  throw new InvalidArgumentError(`must be a duration from 0s to ${400 * DAY}s, like 90s or 24h.`);
}

function period(text: string): Seconds {
  const value = seconds(text);
  if (value >= 0.1) return value;
  throw new InvalidArgumentError('must be a duration of at least 100ms.');
}

function replicas(text: string): Replicas {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('must be a whole number from 0 to 999999.');
}
