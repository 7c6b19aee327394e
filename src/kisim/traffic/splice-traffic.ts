import type { Requests, Seconds } from '../../base/units.js';
import type { RequestSpec } from '../replica/request.js';
import type { RequestTrace } from './request-trace.js';
import type { Traffic } from './traffic.js';

/** The requests of [from, to), counted from `from` on. */
export function cutTraffic(traffic: Traffic, from: Seconds, to: Seconds): Traffic {
  let isOver = false;
  return {
    next() {
      if (isOver) return undefined;
      let request = traffic.next();
      while (request && request.arrival < from) request = traffic.next();
      if (request && request.arrival < to) return from === 0 ? request : movedBy(request, -from);
      isOver = true;
      return undefined;
    },
  };
}

/** The same requests, all of them later by `delay`. */
export function delayTraffic(traffic: Traffic, delay: Seconds): Traffic {
  if (delay === 0) return traffic;
  return {
    next() {
      const request = traffic.next();
      return request && movedBy(request, delay);
    },
  };
}

/** One traffic after the other; each is opened when its turn comes, and starts where the one before has its end. */
export function concatTraffic(parts: Iterable<{ readonly duration: Seconds; readonly open: () => Traffic }>): Traffic {
  const iterator = parts[Symbol.iterator]();
  let start = 0;
  let end = 0;
  let current: Traffic | undefined;
  return {
    next() {
      for (;;) {
        const request = current?.next();
        if (request) return movedBy(request, start);
        const step = iterator.next();
        if (step.done) {
          current = undefined;
          return undefined;
        }
        start = end;
        end += step.value.duration;
        current = step.value.open();
      }
    },
  };
}

/** The section [from, to) of a trace, counted from `from` on; it lasts as long as the section, or to the trace's end. */
export function cutTrace(trace: RequestTrace, from: Seconds, to: Seconds): RequestTrace {
  const open = (): Traffic => cutTraffic(trace.open(), from, to);
  return { requests: countRequests(open()), duration: Math.max(0, Math.min(to, trace.duration) - from), open };
}

/** The trace, over and over, without a pause between. */
export function repeatTrace(trace: RequestTrace, times: number): RequestTrace {
  const { requests, duration, open } = trace;
  if (times === 1) return trace;
  return {
    requests: requests * times,
    duration: duration * times,
    open: () => concatTraffic(Array.from({ length: times }, () => ({ duration, open }))),
  };
}

/** Plays it to its end. */
export function countRequests(traffic: Traffic): Requests {
  let count = 0;
  while (traffic.next()) count++;
  return count;
}

function movedBy(request: RequestSpec, delay: Seconds): RequestSpec {
  return { ...request, arrival: request.arrival + delay };
}
