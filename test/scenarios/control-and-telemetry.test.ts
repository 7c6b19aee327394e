import { expect } from 'chai';
import { parseScenario } from '../../src/scenarios/read-scenario.js';
import { toControlOptions } from '../../src/scenarios/schema/control.js';
import { toTelemetryOptions } from '../../src/scenarios/schema/telemetry.js';

const HEAD = 'version: 1\nname: one\nprofile: demo-small\ntraffic: { pattern: spike, high: 9 }\n';

function parse(text: string) {
  const result = parseScenario(HEAD + text);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

const problem = (text: string): string => {
  const result = parseScenario(HEAD + text);
  return result.ok ? '' : result.error;
};

describe('control and telemetry of a scenario file', () => {
  it('become the options of a run', () => {
    const { control, telemetry } = parse(`control:
  behavior: kubernetes
  pollingInterval: 30s
  cooldownPeriod: 5m
  initialCooldownPeriod: 1m
  idleReplicas: 0
  hpaSync: 10s
  kubernetes: '1.32'
  useCachedMetrics: true
  push: true
  fallback: { failureThreshold: 3, replicas: 2 }
  schedules: [{ from: 60, until: 120, replicas: 4 }]
  pauses:
    - { at: 10, until: 20, replicas: 3 }
    - { kind: paused-scale-in, at: 30, until: 40 }
telemetry: { scrapeInterval: 30s, kubeInterval: 60s, kubeDelay: 5s, lookback: 2m, lag: 30s }
`);
    const options = toControlOptions(control);
    expect(options).to.deep.include({ behavior: 'none', release: '1.32', hpaSync: 10, idleReplicas: 0, push: true });
    expect(options.annotations).to.deep.equal([
      { at: 10, until: 20, annotations: { paused: 3 } },
      { at: 30, until: 40, annotations: { pausedScaleIn: true } },
    ]);
    expect(options.fallback).to.deep.equal({ failureThreshold: 3, replicas: 2, behavior: 'static' });
    expect(toTelemetryOptions(telemetry)).to.deep.equal({
      grid: { interval: 15, ticks: 64, lag: 30 },
      scrapes: { scrapeInterval: 30, kubeInterval: 60, kubeDelay: 5, lookback: 120 },
    });
  });

  it('are those of a cluster with our examples where nothing is said', () => {
    const { control, telemetry } = parse('');
    expect(toControlOptions(control)).to.deep.include({
      pollingInterval: 15,
      hpaSync: 15,
      release: '1.35',
      push: false,
    });
    expect(toTelemetryOptions(telemetry).scrapes).to.deep.equal({ scrapeInterval: 15, kubeDelay: 0, lookback: 300 });
  });

  const bad: readonly [string, RegExp][] = [
    ['control: { hpaSync: 0 }', /^control.hpaSync: must be a duration from 1s to 3600s.*found 0/],
    ["control: { kubernetes: '1.20' }", /^control.kubernetes: must be one of 1.32, 1.33, 1.35, found "1.20"/],
    ['control: { idleReplicas: -1 }', /^control.idleReplicas: must be from 0 to 1000, found -1/],
    ['control: { metricType: Utilization }', /^control.metricType: must be one of AverageValue, Value/],
    ['control: { pauses: [{ kind: stop, at: 1 }] }', /^control.pauses.0.kind: must be one of paused/],
    [
      'control: { schedules: [{ from: 1, replicas: 1.5 }] }',
      /^control.schedules.0.replicas: must be an integer, found 1.5/,
    ],
    ['telemetry: { scrapeInterval: 1h }', /^telemetry.scrapeInterval: must be a duration from 1s to 120s.*found "1h"/],
    ['telemetry: { lookback: 0s }', /^telemetry.lookback: must be a duration from 1s to 3600s/],
    ['telemetry: { delay: 3s }', /^telemetry: unknown key delay/],
    ['faults: [{ kind: metrics-partial, at: 1, share: 2 }]', /^faults.0.share: must be from 0.01 to 1, found 2/],
    ['faults: [{ kind: metrics-slow, at: 1, delay: 1h }]', /^faults.0.delay: must be a duration from 0.1s to 120s/],
    [
      'faults: [{ kind: metrics-renamed, at: 1, series: [cpu] }]',
      /^faults.0.series.0: must be one of waiting, running/,
    ],
    ['faults: [{ kind: keda-restart }]', /^faults.0.at: /],
    [
      'faults: [{ kind: oom, at: 1 }, { kind: slow-pods, at: 3m, until: 1m, factor: 2 }]',
      /^faults.1.until: must be after at \(180 s\), found "1m"$/,
    ],
    ['control: { pauses: [{ at: 60, until: 60 }] }', /^control.pauses.0.until: must be after at \(60 s\), found 60$/],
    ['control: { schedules: [{ from: 9, until: 1, replicas: 2 }] }', /^control.schedules.0.until: must be after from/],
    ['control: { idleReplicas: 1 }', /^control.idleReplicas: must be below replicas.min \(1\), found 1$/],
    ['seed: 9007199254740993', /^seed: must be <= 9007199254740991, found 9007199254740992$/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${text}`, () => {
      expect(problem(text)).to.match(message);
    });
  }
});
