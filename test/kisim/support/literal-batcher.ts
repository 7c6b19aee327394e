import type { BatcherOptions } from '../../../src/kisim/replica/dynamic-batcher.js';

interface Payload {
  readonly arrivals: number[];
  state: 'uninitialized' | 'scheduled' | 'executing';
}

interface Run {
  readonly arrival: number;
  readonly startedAt: number;
  readonly size: number;
}

/**
 * Triton's batcher thread, enqueue and instance threads step by step, as its source has them, request by request and without any
 * short cut; every thread takes no time. Returns, in order of execution, when each request's batch began and how large it was.
 */
export function runLiteralBatcher(
  arrivals: readonly number[],
  options: BatcherOptions,
  seconds: (size: number) => number,
): readonly Run[] {
  const { maxBatchSize, maxQueueDelay, instances } = options;
  const preferred = new Set(options.preferredBatchSizes.length > 0 ? options.preferredBatchSizes : [maxBatchSize]);
  const largest = Math.max(...preferred);
  const runs: Run[] = [];
  const queue: number[] = [];
  const payloads: Payload[] = [];
  const ends: number[] = [];
  let idle = instances;
  let current: Payload = { arrivals: [], state: 'uninitialized' };
  let saturated = false;
  let nextPreferred = 0;
  let sleepsUntil = 0.5;
  const slot = (): boolean => payloads.length < 2 * instances;

  const take = (now: number): void => {
    while (idle > 0 && payloads.length > 0) {
      const payload = payloads.shift() as Payload;
      payload.state = 'executing';
      while (payloads[0] && maxQueueDelay > 0 && now - (payloads[0].arrivals[0] as number) > maxQueueDelay) {
        payloads[0].state = 'executing';
        if (payload.arrivals.length + payloads[0].arrivals.length > maxBatchSize) break;
        payload.arrivals.push(...(payloads.shift() as Payload).arrivals);
      }
      idle--;
      const size = payload.arrivals.length;
      for (const arrival of payload.arrivals) runs.push({ arrival, startedAt: now, size });
      ends.push(now + seconds(size));
    }
  };

  const formBatch = (now: number): { wait: number; pending: number } => {
    let pending = 0;
    let best = 0;
    let sendNow = false;
    const held = current.arrivals.length;
    for (let cursor = 0; cursor < queue.length; cursor++) {
      if (held + pending > 0) {
        if (held + pending + 1 > largest && best === 0) {
          best = pending;
          saturated = true;
        }
        if (held + pending + 1 > maxBatchSize) {
          sendNow = true;
          break;
        }
      }
      pending++;
      if (preferred.has(held + pending)) best = pending;
    }
    const due = (queue[0] as number) + maxQueueDelay;
    const exceeded = maxQueueDelay !== 0 && now >= due;
    if (best !== 0 && !exceeded) {
      if (maxQueueDelay === 0) saturated = true;
      return { wait: 0, pending: best };
    }
    if (pending === 0) return { wait: 0, pending };
    if (sendNow || held + pending >= largest) {
      saturated = true;
      return { wait: 0, pending };
    }
    if (exceeded || maxQueueDelay === 0) return { wait: 0, pending };
    nextPreferred = [...preferred].sort((a, b) => a - b).find((size) => size > held + pending) as number;
    nextPreferred -= held;
    if (!saturated && held !== 0 && !preferred.has(held)) return { wait: 0, pending };
    return { wait: due, pending };
  };

  const batcherThread = (now: number): void => {
    for (;;) {
      if (saturated || current.state === 'executing') {
        current = { arrivals: [], state: 'uninitialized' };
        saturated = false;
        nextPreferred = 0;
      }
      if (queue.length === 0) {
        sleepsUntil = now + 0.5;
        return;
      }
      if (!slot()) {
        sleepsUntil = Number.POSITIVE_INFINITY;
        return;
      }
      const { wait, pending } = formBatch(now);
      if (wait > 0) {
        sleepsUntil = wait;
        return;
      }
      if (pending === 0) continue;
      current.arrivals.push(...queue.splice(0, pending));
      if (current.state === 'uninitialized') {
        current.state = 'scheduled';
        payloads.push(current);
        take(now);
      }
    }
  };

  let next = 0;
  while (next < arrivals.length || queue.length > 0 || ends.length > 0) {
    const end = Math.min(...ends, Number.POSITIVE_INFINITY);
    const arrival = arrivals[next] ?? Number.POSITIVE_INFINITY;
    const now = Math.min(end, arrival, sleepsUntil);
    if (now === end) {
      ends.splice(ends.indexOf(end), 1);
      idle++;
      take(now);
      batcherThread(now);
    } else if (now === arrival) {
      next++;
      queue.push(arrival);
      if (slot() && (saturated || current.state === 'executing' || queue.length >= nextPreferred)) batcherThread(now);
    } else batcherThread(now);
  }
  return runs;
}
