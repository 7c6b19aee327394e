import type { Ratio, Seconds } from '../../base/units.js';
import type { Pod } from '../fleet/pod.js';

interface Look {
  readonly at: Seconds;
  readonly seconds: Seconds;
  readonly share: Ratio;
}

/** How busy GPUs are, as an exporter sees it that looks now and then. */
export class BusyShare {
  readonly #looks = new WeakMap<Pod, Look>();

  /** Share of the time since the last look during which the pod's GPU worked; looks within a second repeat the last answer. */
  since(pod: Pod, now: Seconds): Ratio {
    const last = this.#looks.get(pod) ?? { at: pod.readyAt, seconds: 0, share: 0 };
    if (now - last.at < 1) return last.share;
    const seconds = pod.replica?.counters.busySeconds ?? 0;
    const share = Math.max(0, Math.min(1, (seconds - last.seconds) / (now - last.at)));
    this.#looks.set(pod, { at: now, seconds, share });
    return share;
  }
}
