import { expect } from 'chai';
import type { Pod } from '../../../src/kisim/fleet/pod.js';
import { renderExposition } from '../../../src/kisim/telemetry/exposition.js';
import { kubeFamilies } from '../../../src/kisim/telemetry/kube-exposition.js';
import { readKubeState } from '../../../src/kisim/telemetry/kube-state.js';
import { bench, testNodes, testPool } from '../support/fleet-bench.js';

const NAMES = {
  namespace: 'test',
  deployment: 'llm',
  scaledObject: 'llm',
  bounds: { minReplicas: 1, maxReplicas: 9 },
  epoch: 1000,
};

describe('kube-state-metrics of the simulator', () => {
  const phases = { image: { median: 30, sigma: 0 }, engine: { median: 20, sigma: 0 } };
  const { fleet, at } = bench({
    pools: [testPool({ coldStart: { phases } })],
    nodePools: [testNodes({ gpusPerNode: 3 })],
  });
  fleet.startWarm(2);
  at(10);
  const [crashing] = fleet.pods;
  fleet.kubelet.crash(crashing as Pod, 10);
  at(35);
  fleet.kubelet.crash(crashing as Pod, 35, 'OOMKilled');
  fleet.scaleTo(4, 36);
  const lines = renderExposition(kubeFamilies(fleet.spec, fleet.pods, NAMES)).split('\n');
  const of = (name: string): string[] => lines.filter((line) => line.startsWith(`${name}{`));

  it('shows the pod that finds no room as unschedulable, and no other', () => {
    expect(of('kube_pod_status_unschedulable')).to.deep.equal([
      'kube_pod_status_unschedulable{namespace="test",pod="llm-kisim-3",uid="kisim-3"} 1.0',
    ]);
  });

  it('shows restarts, and why a container waits or was ended last', () => {
    const labels = 'container="engine",namespace="test",pod="llm-kisim-0"';
    expect(of('kube_pod_container_status_restarts_total')[0]).to.equal(
      `kube_pod_container_status_restarts_total{${labels},uid="kisim-0"} 2.0`,
    );
    expect(of('kube_pod_container_status_restarts_total')).to.have.length(3);
    expect(of('kube_pod_container_status_last_terminated_reason')).to.deep.equal([
      `kube_pod_container_status_last_terminated_reason{${labels},reason="OOMKilled",uid="kisim-0"} 1.0`,
    ]);
    expect(
      of('kube_pod_container_status_waiting_reason').map((line) => /reason="(\w+)"/.exec(line)?.[1]),
    ).to.deep.equal(['CrashLoopBackOff']);
  });

  it('counts a crashed pod and an unschedulable one as starting, in the window too', () => {
    expect(of('kube_deployment_status_replicas')).to.deep.equal([
      'kube_deployment_status_replicas{deployment="llm",namespace="test"} 4.0',
    ]);
    expect(of('kube_deployment_status_replicas_ready')[0]).to.match(/ 1\.0$/);
    const state = readKubeState(fleet.spec, fleet.pods);
    expect(state).to.include({ readyReplicas: 1, startingReplicas: 3, oldestStartedAt: -50, youngestStartedAt: 36 });
  });

  it('takes no restart for a cold start: a pod that came back after an hour says nothing about one', () => {
    const later = bench({ pools: [testPool({ coldStart: { median: 40, sigma: 0 } })] });
    later.fleet.startWarm(2);
    later.at(3600);
    later.fleet.kubelet.crash(later.fleet.pods[0] as Pod, 3600);
    later.at(3700);
    expect(readKubeState(2, later.fleet.pods)).to.include({ readyReplicas: 2, coldStartP90: 40 });
  });
});
