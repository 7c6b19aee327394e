import { SIGNAL_NAMES, SIGNALS } from '../decision/signal.js';
import type { Window } from '../decision/window.js';
import { latest } from '../decision/window.js';
import type { Finding } from './finding.js';

/** What a window read from the user's own Prometheus has to say: which signals have samples, how old, and which are missing. */
export function checkWindow(window: Window): readonly Finding[] {
  return SIGNAL_NAMES.map((name): Finding => {
    const sample = latest(window, name);
    const { required, meaning } = SIGNALS[name];
    const field = `signal ${name}`;
    if (sample) {
      const age = sample.ticksAgo * window.grid.interval;
      return {
        severity: 'ok',
        field,
        message: `${Number(sample.value.toPrecision(4))} (${age === 0 ? 'now' : `${age} s ago`})`,
      };
    }
    if (!required) return { severity: 'ok', field, message: `no samples; optional: ${meaning}` };
    const fix = 'check that the scrape adds namespace and pod labels, and that model and target name what runs';
    return { severity: 'error', field, message: `no samples; required: ${meaning}`, fix };
  });
}
