import { err, ok, type Result } from '../../base/result.js';
import type { Seconds } from '../../base/units.js';
import type { Window } from '../../decision/window.js';
import type { Workload } from '../../decision/workload.js';
import type { FleetRun } from '../../scenarios/fleet-run.js';
import type { Missing, SignalSource } from '../../signals/signal-source.js';

/**
 * KISim's telemetry through the port behind which Prometheus is elsewhere. While stopped, ticks after the stop are gaps, as
 * they are when Prometheus cannot be reached: the window ages until nothing can be said any more.
 */
export class KisimSource implements SignalSource {
  readonly #run: FleetRun;
  #stoppedAt: Seconds | undefined;

  constructor(run: FleetRun) {
    this.#run = run;
  }

  get isStopped(): boolean {
    return this.#stoppedAt !== undefined;
  }

  /** @param at simulated time from which on nothing is stored; undefined: all is well */
  stop(at: Seconds | undefined): void {
    this.#stoppedAt = at;
  }

  async read(_: Workload, tick: Seconds): Promise<Result<Window, readonly Missing[]>> {
    if (tick > this.#run.now) this.#run.advanceTo(tick);
    if (tick <= 0) return err([{ code: 'KIS_METRICS_EMPTY' }]);
    const window = this.#run.window(tick);
    if (this.#stoppedAt === undefined) return ok(window);
    const gap = Math.ceil((tick - this.#stoppedAt) / window.grid.interval);
    const series = Object.fromEntries(
      Object.entries(window.series).map(([name, values]) => {
        const kept = values.slice();
        if (kept.length > 1 && gap > 0) kept.fill(Number.NaN, Math.max(0, kept.length - gap));
        return [name, kept];
      }),
    ) as unknown as Window['series'];
    return ok({ ...window, series });
  }
}
