import { expect } from 'chai';
import { SCALED_OBJECT_SCHEMA, type ScaledObject } from '../../src/autoscaling/scaled-object.js';
import { checkScaledObject } from '../../src/doctor/scaled-object.js';
import { checkWindow } from '../../src/doctor/window-check.js';
import { buildWindow } from '../support/windows.js';

const recommended = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'chat', namespace: 'team-a' },
  spec: {
    minReplicaCount: 1,
    maxReplicaCount: 64,
    fallback: { failureThreshold: 8, replicas: 2, behavior: 'currentReplicasIfHigher' },
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 0, tolerance: '0', selectPolicy: 'Max' },
          scaleDown: { stabilizationWindowSeconds: 120, tolerance: '0', selectPolicy: 'Max' },
        },
      },
    },
    triggers: [
      {
        type: 'external',
        name: 'policy',
        metricType: 'AverageValue',
        metadata: { scalerAddress: 'kiscaler:9090', engine: 'vllm' },
      },
    ],
  },
} as const;

const parse = (spec: Record<string, unknown>): ScaledObject =>
  SCALED_OBJECT_SCHEMA.parse({ ...recommended, spec: { ...recommended.spec, ...spec } });

const fields = (spec: Record<string, unknown>): string[] => checkScaledObject(parse(spec)).map(({ field }) => field);

describe('doctor: ScaledObject', () => {
  it('has nothing to say about the recommended one', () => {
    expect(checkScaledObject(parse({}))).to.deep.equal([]);
  });

  it('finds by the arithmetic of the HPA from which size a default tolerance swallows a single step', () => {
    const findings = checkScaledObject(parse({ advanced: undefined }));
    const messages = findings.filter(({ field }) => field.endsWith('tolerance')).map(({ message }) => message);
    expect(messages).to.have.length(2);
    for (const message of messages) expect(message).to.match(/^from 10 replicas on/);
  });

  it('does not warn of tolerance where the fleet stays too small to notice', () => {
    expect(
      fields({ advanced: undefined, maxReplicaCount: 8 }).filter((field) => field.endsWith('tolerance')),
    ).to.deep.equal([]);
  });

  it('finds what makes a fallback useless or harmful', () => {
    expect(fields({ fallback: undefined })).to.deep.equal(['spec.fallback']);
    expect(fields({ minReplicaCount: 0 })).to.deep.equal(['spec.fallback']);
    expect(fields({ minReplicaCount: 4 })).to.deep.equal(['spec.fallback.replicas']);
  });

  it('finds a metric type, a cache and an address that KEDA would trip over', () => {
    const triggers = [{ type: 'external', metricType: 'Value', useCachedMetrics: true, metadata: { engine: 'vllm' } }];
    expect(fields({ triggers })).to.deep.equal([
      'spec.triggers[0].metricType',
      'spec.triggers[0].useCachedMetrics',
      'spec.triggers[0].metadata.scalerAddress',
    ]);
  });

  it('finds what KEDA would not read a count from through the HTTP door', () => {
    const http = (metadata: Record<string, string>) => ({
      triggers: [
        { type: 'metrics-api', metadata: { url: 'https://k:9092/v1/decisions/a/b?engine=vllm', ...metadata } },
      ],
    });
    const right = { valueLocation: 'value', targetValue: '1' };
    expect(fields(http(right))).to.deep.equal([]);
    expect(fields(http({ ...right, targetValue: '8' }))).to.deep.equal(['spec.triggers[0].metadata.targetValue']);
    expect(fields(http({ targetValue: '1' }))).to.deep.equal(['spec.triggers[0].metadata.valueLocation']);
    const twice = 'http://k/v1/decisions/a/b?slo=1s&slo=2s';
    expect(fields(http({ ...right, url: twice }))).to.deep.equal(['spec.triggers[0].metadata.url']);
    for (const url of ['http://other/v1/metrics', 'http://k/v1/explanations/a/b', ''])
      expect(fields(http({ url })), url).to.deep.equal([]);
  });

  it("leaves other people's triggers alone", () => {
    const cron = { type: 'cron', metricType: 'Value', metadata: { start: '0 8 * * *' } };
    expect(fields({ triggers: [cron] })).to.deep.equal([]);
  });
});

describe('doctor: window', () => {
  it('names every required signal that has no samples, and is content with optional ones that are absent', () => {
    const window = buildWindow();
    window.series.queueDepth.fill(Number.NaN);
    const findings = checkWindow(window);
    expect(findings.filter(({ severity }) => severity === 'error').map(({ field }) => field)).to.deep.equal([
      'signal queueDepth',
    ]);
    expect(findings.find(({ field }) => field === 'signal arrivalRate')).to.include({ severity: 'ok' });
    expect(findings.find(({ field }) => field === 'signal specReplicas')?.message).to.equal('4 (now)');
  });
});
