import { expect } from 'chai';
import parsePrometheusTextFormat from 'parse-prometheus-text-format';
import type { Decision } from '../../src/decision/decision.js';
import { Metrics } from '../../src/observability/metrics.js';
import { buildWindow, buildWorkload } from '../support/windows.js';

const DECISION: Decision = {
  kind: 'decision',
  tick: 15_000,
  replicas: 6,
  currentReplicas: 4,
  source: 'policy',
  proposals: [
    { policy: 'learned', ok: true, replicas: 7 },
    { policy: 'planner', ok: true, replicas: 5 },
    { policy: 'kpa', ok: false, because: 'KIS_OBSERVATION_INCOMPLETE' },
  ],
  corrections: [{ guard: 'step', from: 7, to: 6 }],
  sentence: '4 -> 6',
};
const CHAT = buildWorkload();
const WINDOW = buildWindow();

describe('metrics', () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = new Metrics();
  });

  /** Values of a metric by its labels, as a scrape shows them. */
  const scrape = async (name: string): Promise<Record<string, number>> => {
    const families = parsePrometheusTextFormat(await metrics.registry.metrics());
    const family = families.find((one) => one.name === name);
    return Object.fromEntries(
      (family?.metrics ?? []).map((metric) => [Object.values(metric.labels ?? {}).join(' '), Number(metric.value)]),
    );
  };

  it('show a decision: count, source, guards, age, and what every policy would do', async () => {
    metrics.onDecision(CHAT, DECISION, WINDOW);
    expect(await scrape('kiscaler_desired_replicas')).to.deep.equal({ 'team-a chat': 6 });
    expect(await scrape('kiscaler_current_replicas')).to.deep.equal({ 'team-a chat': 4 });
    expect(await scrape('kiscaler_proposed_replicas')).to.deep.equal({
      'team-a chat learned': 7,
      'team-a chat planner': 5,
    });
    expect(await scrape('kiscaler_decisions_total')).to.deep.equal({ 'policy none': 1 });
    expect(await scrape('kiscaler_guardrail_total')).to.deep.equal({ step: 1 });
    expect((await scrape('kiscaler_observation_age_seconds'))['team-a chat']).to.be.within(5, 60);
  });

  it('count why the planner stepped in, and refusals by code', async () => {
    metrics.onDecision(CHAT, { ...DECISION, source: 'planner', because: 'KIS_MODEL_SLOW' }, WINDOW);
    metrics.onRefusal(CHAT, { kind: 'refusal', tick: 15_000, code: 'KIS_METRICS_STALE' });
    expect(await scrape('kiscaler_decisions_total')).to.deep.equal({
      'planner KIS_MODEL_SLOW': 1,
      'refusal KIS_METRICS_STALE': 1,
    });
  });

  it('show nothing of a scaled object after a refusal or when it is forgotten: an old count would look like a new one', async () => {
    for (const end of [
      () => metrics.onRefusal(CHAT, { kind: 'refusal', tick: 15_000, code: 'KIS_METRICS_DOWN' }),
      () => metrics.forget(CHAT),
    ]) {
      metrics.onDecision(CHAT, DECISION, WINDOW);
      end();
      for (const name of ['desired_replicas', 'current_replicas', 'proposed_replicas', 'observation_age_seconds']) {
        expect(await scrape(`kiscaler_${name}`), name).to.deep.equal({});
      }
    }
  });

  it('take away the proposal of a policy that no longer answers', async () => {
    metrics.onDecision(CHAT, DECISION, WINDOW);
    metrics.onDecision(CHAT, { ...DECISION, proposals: DECISION.proposals.slice(1) }, WINDOW);
    expect(await scrape('kiscaler_proposed_replicas')).to.deep.equal({ 'team-a chat planner': 5 });
  });

  it('T10: are bounded whatever a tenant does, and places become free again', async () => {
    for (let i = 0; i < 1200; i++) metrics.onDecision(buildWorkload({ name: `flood-${i}` }), DECISION, WINDOW);
    metrics.onDecision(CHAT, DECISION, WINDOW);
    expect(Object.keys(await scrape('kiscaler_desired_replicas'))).to.have.length(1000);
    expect((await scrape('kiscaler_decisions_total'))['policy none']).to.equal(1201);
    metrics.forget(buildWorkload({ name: 'flood-7' }));
    metrics.onDecision(CHAT, DECISION, WINDOW);
    expect(await scrape('kiscaler_desired_replicas')).to.include({ 'team-a chat': 6 });
  });

  it('time calls and reads by code', async () => {
    metrics.onCall('GetMetrics', 'OK', 0.0004);
    metrics.onRead('default', 'KIS_METRICS_SLOW', 10);
    const text = await metrics.registry.metrics();
    expect(text).to.include('kiscaler_rpc_seconds_bucket{le="0.0005",method="GetMetrics",code="OK"} 1');
    expect(text).to.include('kiscaler_prom_request_seconds_sum{backend="default",code="KIS_METRICS_SLOW"} 10');
  });

  it('count the streams that are open', async () => {
    for (const change of [1, 1, -1] as const) metrics.onStream('StreamIsActive', change);
    expect(await metrics.registry.metrics()).to.include('kiscaler_open_streams{method="StreamIsActive"} 1');
  });

  it('count unknown keys without their names, and name the model', async () => {
    metrics.onUnknownKeys(['hunter2', 'x']);
    metrics.setModel('1-abc', 'f00');
    const text = await metrics.registry.metrics();
    expect(text).to.include('kiscaler_unknown_metadata_keys_total 2').and.not.to.include('hunter2');
    expect(text).to.include('kiscaler_model_info{schema="1-abc",sha256="f00"} 1');
  });

  it('read a number when they are scraped', async () => {
    let value = 1;
    metrics.addGauge('kiscaler_test', 'A test.', () => value);
    expect(await scrape('kiscaler_test')).to.deep.equal({ '': 1 });
    value = 2;
    expect(await scrape('kiscaler_test')).to.deep.equal({ '': 2 });
  });

  it('have names in base units and no label that a scrape would rename', async () => {
    metrics.onDecision(CHAT, DECISION, WINDOW);
    const families = parsePrometheusTextFormat(await metrics.registry.metrics());
    for (const { name, type } of families) {
      expect(name).to.match(/^kiscaler_[a-z0-9_]+$/);
      if (type === 'COUNTER') expect(name).to.match(/_total$/);
    }
    expect(await metrics.registry.metrics()).not.to.match(/[{,](namespace|pod|job|instance)=/);
  });
});
