import { stringify } from 'yaml';
import type { Seconds } from '../../base/units.js';

/** A Prometheus configuration, ready to run, that scrapes the live fleet on this port and finds its pods as they come and go. */
export function renderPrometheusConfig(port: number, interval: Seconds): string {
  const every = `${Math.max(1, Math.round(1000 * interval))}ms`;
  return stringify({
    global: { scrape_interval: every, scrape_timeout: every },
    scrape_configs: [
      {
        job_name: 'kisim',
        // Exporters say namespace and pod themselves.
        honor_labels: true,
        http_sd_configs: [{ url: `http://127.0.0.1:${port}/targets`, refresh_interval: every }],
      },
    ],
  });
}
