import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { expect } from 'chai';
import { parseAllDocuments, parseDocument } from 'yaml';
import { RECOMMENDED_BEHAVIOR } from '../../src/autoscaling/behavior.js';
import { BEHAVIOR_SCHEMA, toBehavior } from '../../src/autoscaling/parse-behavior.js';
import { SCALED_OBJECT_SCHEMA } from '../../src/autoscaling/scaled-object.js';
import { SETTINGS } from '../../src/cli/serve-config.js';
import { checkScaledObject } from '../../src/doctor/scaled-object.js';
import { loadProfile } from '../../src/kisim/profiles/load-profile.js';
import { Metrics } from '../../src/observability/metrics.js';
import { parseMetadata } from '../../src/scaler/metadata.js';

const ROOT = fileURLToPath(new URL('../../manifests/', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const parse = (path: string) =>
  parseAllDocuments(read(path)).map((document) => {
    expect(document.errors, path).to.deep.equal([]);
    return document.toJS();
  });

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' });
const yamls = files.filter((path) => path.endsWith('.yaml'));

describe('manifests', () => {
  it('are YAML with a kind and a version', () => {
    for (const path of yamls) {
      for (const object of parse(path)) expect(object, path).to.include.keys('apiVersion', 'kind');
    }
  });

  it('are all named by the kustomization beside them', () => {
    for (const path of yamls.filter((one) => one.endsWith('kustomization.yaml'))) {
      const [{ resources = [], configMapGenerator = [] }] = parse(path);
      const named = [
        ...resources,
        ...configMapGenerator.flatMap(({ files: generated }: { files: string[] }) => generated),
      ];
      const beside = readdirSync(join(ROOT, dirname(path))).filter((file) => file !== 'kustomization.yaml');
      expect([...named].sort(), path).to.deep.equal(beside.sort());
    }
  });

  describe('install', () => {
    const [deployment] = parse('install/deployment.yaml');
    const pod = deployment.spec.template.spec;
    const [container] = pod.containers;

    it('runs two replicas that are spread, with a budget that keeps one', () => {
      expect(deployment.spec.replicas).to.equal(2);
      expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).to.equal(0);
      expect(pod.topologySpreadConstraints).to.have.length(2);
      expect(parse('install/poddisruptionbudget.yaml')[0].spec.minAvailable).to.equal(1);
    });

    it('is a restricted pod', () => {
      expect(pod.automountServiceAccountToken).to.equal(false);
      expect(pod.securityContext).to.deep.include({ runAsNonRoot: true, runAsUser: 65532 });
      expect(pod.securityContext.seccompProfile.type).to.equal('RuntimeDefault');
      expect(container.securityContext).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(parse('install/namespace.yaml')[0].metadata.labels['pod-security.kubernetes.io/enforce']).to.equal(
        'restricted',
      );
    });

    it('gives the drain the time it asks for', () => {
      const seconds = (flag: string): number =>
        Number.parseInt(SETTINGS.find((row) => row.flag === flag)?.default ?? '', 10);
      expect(pod.terminationGracePeriodSeconds).to.be.above(seconds('drain-delay') + seconds('drain-grace') + 10);
    });

    it('configures with settings that exist', () => {
      const known = SETTINGS.map(({ env }) => env);
      for (const name of Object.keys(parse('install/configmap.yaml')[0].data)) expect(known).to.include(name);
    });

    it('has a headless service on the ports of the container', () => {
      const [service] = parse('install/service.yaml');
      expect(service.spec.clusterIP).to.equal('None');
      expect(service.spec.selector).to.deep.equal(deployment.spec.selector.matchLabels);
      expect(service.spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort)).to.deep.equal(
        container.ports.map(({ name }: { name: string }) => name),
      );
    });

    it('lets in KEDA and monitoring only, and out to Prometheus and DNS only', () => {
      const [policy] = parse('install/networkpolicy.yaml');
      expect(policy.spec.policyTypes).to.deep.equal(['Ingress', 'Egress']);
      expect(policy.spec.ingress).to.have.length(2);
      expect(policy.spec.egress).to.have.length(2);
    });
  });

  for (const engine of ['vllm', 'triton'])
    describe(`ScaledObject for ${engine}`, () => {
      const [object] = parse(`examples/${engine}/scaledobject.yaml`);
      const { metadata } = object.spec.triggers[0];

      it("is valid by KEDA's own schema, and a typo in it is not", () => {
        new ScaledObject(object).validate();
        expect(() =>
          new ScaledObject({ ...object, spec: { ...object.spec, pollingInterval: 'soon' } }).validate(),
        ).to.throw();
      });

      it('gives the doctor nothing to say', () => {
        expect(checkScaledObject(SCALED_OBJECT_SCHEMA.parse(object))).to.deep.equal([]);
      });

      it('has the behaviour that policies are trained with', () => {
        const behavior = toBehavior(BEHAVIOR_SCHEMA.parse(object.spec.advanced.horizontalPodAutoscalerConfig.behavior));
        expect(behavior).to.deep.equal(RECOMMENDED_BEHAVIOR);
      });

      it('has metadata that the scaler reads to the last key', () => {
        const findProfile = (name: string) => {
          const loaded = loadProfile(name);
          return loaded.ok ? loaded.value : undefined;
        };
        const context = {
          findProfile,
          hasPolicy: (name: string) => name === 'qplan',
          hasBackend: (name: string) => name === 'default',
        };
        const parsed = parseMetadata({ name: 'chat', namespace: 'inference', scalerMetadata: metadata }, context);
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
        expect(parsed.value.unknownKeys).to.deep.equal([]);
      });

      it('calls the service that is installed', () => {
        const [service] = parse('install/service.yaml');
        expect(metadata.scalerAddress).to.equal(`${service.metadata.name}.${service.metadata.namespace}.svc:9090`);
      });
    });

  describe('canary and shadow', () => {
    const context = {
      findProfile: (name: string) => {
        const loaded = loadProfile(name);
        return loaded.ok ? loaded.value : undefined;
      },
      hasPolicy: (name: string) => name === 'qplan',
      hasBackend: (name: string) => name === 'default',
    };
    const [canary] = parse('examples/canary/scaledobject.yaml');
    const [, ours] = canary.spec.triggers;

    it('have a ScaledObject that is valid and gives the doctor nothing to say', () => {
      new ScaledObject(canary).validate();
      expect(checkScaledObject(SCALED_OBJECT_SCHEMA.parse(canary))).to.deep.equal([]);
    });

    it('ask the second door of the service that is installed, with keys that are read to the last', () => {
      const url = new URL(ours.metadata.url);
      const [service] = parse('install/service.yaml');
      const { port } = service.spec.ports.find(({ name }: { name: string }) => name === 'decisions');
      expect(url.host).to.equal(`${service.metadata.name}.${service.metadata.namespace}.svc:${port}`);
      const [, , , namespace, name] = url.pathname.split('/');
      const scalerMetadata = Object.fromEntries(url.searchParams);
      const parsed = parseMetadata({ namespace, name, scalerMetadata }, context);
      expect(parsed.ok && parsed.value.unknownKeys).to.deep.equal([]);
      expect({ namespace, name }).to.deep.equal({
        namespace: canary.metadata.namespace,
        name: canary.metadata.name,
      });
    });

    it('take the token from a Secret, by the name under which KEDA wants it', () => {
      const [authentication] = parse('examples/canary/triggerauthentication.yaml');
      expect(ours.authenticationRef.name).to.equal(authentication.metadata.name);
      expect(authentication.spec.secretTargetRef[0].parameter).to.equal('token');
    });

    it('fall back to the minimum, which never wins against the other trigger', () => {
      expect(canary.spec.fallback).to.include({ replicas: canary.spec.minReplicaCount, behavior: 'static' });
    });

    it('list shadows that are read to the last key', () => {
      const [map] = parse('examples/shadow/configmap.yaml');
      const [{ workloads }] = [parseDocument(map.data['workloads.yaml']).toJS()];
      for (const { namespace, name, metadata } of workloads) {
        const parsed = parseMetadata({ namespace, name, scalerMetadata: metadata }, context);
        expect(parsed.ok && parsed.value.unknownKeys).to.deep.equal([]);
      }
    });
  });

  describe('dashboard', () => {
    const dashboard = JSON.parse(read('dashboards/kiscaler.json'));
    const queries: string[] = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );

    it('is a classic one with a stable name and no fixed data source', () => {
      expect(dashboard).to.deep.include({ id: null, uid: 'kiscaler-overview', schemaVersion: 39 });
      for (const panel of dashboard.panels) expect(panel.datasource.uid).to.equal('${' + 'datasource}');
    });

    it('asks for metrics that exist', async () => {
      const metrics = new Metrics();
      metrics.addProcessMetrics();
      const exposed = await metrics.registry.metrics();
      const names = new Set(queries.flatMap((query) => query.match(/kiscaler_[a-z_]+/g) ?? []));
      for (const name of names)
        expect(exposed, name).to.match(new RegExp(`^# TYPE ${name.replace(/_(bucket|count|sum)$/, '')} `, 'm'));
    });

    it('overlaps no panels', () => {
      const cells = dashboard.panels.flatMap(
        ({ gridPos: { x, y, w, h } }: { gridPos: Record<'x' | 'y' | 'w' | 'h', number> }) =>
          Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
      );
      expect(new Set(cells).size).to.equal(cells.length);
    });
  });
});
