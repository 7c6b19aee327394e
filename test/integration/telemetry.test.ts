import { expect } from 'chai';
import type { SignalName } from '../../src/decision/signal.js';
import { buildQueries } from '../../src/signals/queries.js';
import { EPOCH, fleetOf, INTERVAL, type RecordedFleet, type Recording, record } from './support/record-telemetry.js';
import { canStorePrometheus, StoredPrometheus } from './support/stored-prometheus.js';

/** Stored timestamps are whole milliseconds: a rate over 15 s is off by up to 1 / 15,000 a sample. */
const ROUNDING = 1e-3;

const vllm = fleetOf('demo-small', [3, 12], 'ttft');

/** An outage in which the fleet shrinks: nobody is there to see its pods go. */
const OUTAGE = { kind: 'metrics-stop', at: 600, until: 800 } as const;

const FLEETS: readonly [string, RecordedFleet][] = [
  ['telemetry of vllm', vllm],
  ['telemetry of triton', fleetOf('t4-bert-large-384', [60, 600], 'e2e')],
  ['telemetry scraped every 5 s', { ...vllm, scrapes: { scrapeInterval: 5 } }],
  ['telemetry scraped every 30 s', { ...vllm, scrapes: { scrapeInterval: 30 } }],
  ['telemetry with kube-state-metrics 40 s behind', { ...vllm, scrapes: { kubeDelay: 40, kubeInterval: 30 } }],
  ['telemetry of frozen exporters', { ...vllm, faults: [{ kind: 'metrics-stale', at: 500, until: 700, share: 1 }] }],
  ['telemetry around an outage', { ...vllm, faults: [OUTAGE], wanted: (now) => (now >= 300 && now < 560 ? 6 : 2) }],
];

for (const [name, fleet] of FLEETS) describeAgreement(name, fleet);

function describeAgreement(title: string, fleet: RecordedFleet): void {
  describe(`${title} and a real Prometheus`, function () {
    this.timeout(60_000);
    let prometheus: StoredPrometheus | undefined;
    let recording: Recording;

    before(async function () {
      if (!canStorePrometheus()) {
        process.stderr.write('skipped: prometheus and promtool are not installed\n');
        this.skip();
      }
      recording = record(fleet);
      prometheus = await StoredPrometheus.start(recording.openMetrics);
    });

    after(() => prometheus?.stop());

    const scope = { workload: fleet.workload, deployment: 'llm', interval: INTERVAL };
    const queries = Object.entries(buildQueries(scope)).filter(([name]) => !name.startsWith('gpu'));
    for (const [name, query] of queries as [SignalName, string][]) {
      it(`agree on ${name} at every tick`, async () => {
        const range = { start: recording.ticks[0]?.at ?? 0, end: recording.ticks.at(-1)?.at ?? 0, step: INTERVAL };
        const theirs = await (prometheus as StoredPrometheus).queryRange(query, range);
        const differing = recording.ticks.filter(
          ({ at, values }) => isAsked(fleet, at) && !isClose(values[name], theirs.get(at) ?? Number.NaN),
        );
        // Prometheus 2 and 3 extrapolate a series that begins inside the range differently; KISim follows 3.
        const isLoose = name.endsWith('Rate') || name.endsWith('Latency') || isRemembered(fleet, name);
        const allowed = isLoose ? 0.1 * recording.ticks.length : 0;
        expect(
          differing.length,
          JSON.stringify(differing.slice(0, 3).map(({ at }) => [at - EPOCH, theirs.get(at)])),
        ).to.be.at.most(allowed);
      });
    }
  });
}

/** Pods that went during an outage stay in kube-state-metrics' series for the look-back; KISim forgets them at once. */
function isRemembered({ faults = [] }: RecordedFleet, name: SignalName): boolean {
  return name === 'coldStartP90' && faults.some(({ kind }) => kind === 'metrics-stop');
}

/** While Prometheus is down KISim's queries fail; the stored samples would still answer. */
function isAsked({ faults = [] }: RecordedFleet, at: number): boolean {
  const isDown = faults.some(({ kind }) => kind === 'metrics-stop');
  return !isDown || at - EPOCH < OUTAGE.at || at - EPOCH >= OUTAGE.until;
}

function isClose(ours: number, theirs: number): boolean {
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return Number.isNaN(ours) && Number.isNaN(theirs);
  return Math.abs(ours - theirs) <= ROUNDING * Math.max(1, Math.abs(theirs));
}
