import type { Ratio, Seconds } from '../../base/units.js';
import type { Pod } from '../fleet/pod.js';
import type { Replica } from '../replica/replica.js';

interface Look {
  readonly at: Seconds;
  readonly seconds: Seconds;
  readonly share: Ratio;
}

/** How busy GPUs are, as an exporter sees it that looks now and then; a container that restarts begins anew. */
export class BusyShare {
  readonly #looks = new WeakMap<Replica, Look>();

  /** Share of the time since the last look during which the pod's GPU worked; looks within a second repeat the last answer. */
  since({ replica, readyAt }: Pod, now: Seconds): Ratio {
    if (!replica) return 0;
    const last = this.#looks.get(replica);
    if (last && now - last.at < 1) return last.share;
    const { at, seconds } = last ?? { at: readyAt, seconds: 0 };
    const { busySeconds } = replica.counters;
    const share = now > at ? Math.max(0, Math.min(1, (busySeconds - seconds) / (now - at))) : 0;
    this.#looks.set(replica, { at: now, seconds: busySeconds, share });
    return share;
  }
}
