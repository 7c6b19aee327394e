import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../support/free-port.js';
import { createClusterCertificates } from './certificates.js';
import { type ControlPlaneOptions, startControllerManager, startControlPlane } from './control-plane.js';
import { FLEET_KIND } from './fleets.js';
import { openRunFolder } from './folders.js';
import { type KedaBuild, startKeda, untilAvailable } from './keda.js';
import { Kube } from './kube.js';
import { startKwok } from './kwok.js';
import { startMonitoring } from './monitoring.js';
import { Processes } from './processes.js';

export interface BedOptions {
  readonly keda: KedaBuild;
  /** The HPA's sync period in seconds; short where only arithmetic is tested. */
  readonly hpaSync: number;
  readonly scrapeInterval: string;
  readonly nodes: number;
}

/** A real control plane with KEDA. */
export interface Bed {
  /** Its processes are this run's, with kwok and monitoring; else it is a cluster that somebody else runs. */
  readonly isOwn: boolean;
  /** Under which it reaches what stories start. */
  readonly hostAddress: string;
  /** Seconds. */
  readonly hpaSync: number;
  /** Where somebody else runs it, it is taken for the newest. */
  readonly keda: KedaBuild;
  readonly folder: string;
  readonly kube: Kube;
  readonly kubeconfig: string;
  readonly prometheusUrl: string;
  readonly processes: Processes;
  /** Has the HPA sync every so many seconds from now on; for a story that runs alone, which sets it back to {@link hpaSync}. */
  syncHpasEvery(seconds: number): Promise<void>;
  /** Ends everything that was started; logs stay, data and keys do not. */
  stop(): Promise<void>;
}

/** Starts everything in the order in which one needs the other; what has started is ended again when a part does not. */
export async function startBed(
  { hpaSync, scrapeInterval, nodes, keda }: BedOptions,
  report: (what: string) => void,
): Promise<Bed> {
  const folder = openRunFolder(new Date());
  const processes = new Processes(folder);
  const ports = await namePorts();
  const certificates = createClusterCertificates(folder, `https://127.0.0.1:${ports.apiserver}`);
  const kube = new Kube(certificates.access);
  const { kubeconfig } = certificates;
  const plane: ControlPlaneOptions = { folder, ports, certificates, kube, hpaSync: `${hpaSync}s` };
  const stop = async (): Promise<void> => {
    await processes.stopAll();
    kube.close();
    for (const part of ['audit', 'etcd', 'prometheus', 'pki', 'keda', 'targets', 'kubeconfig', 'pids'])
      rmSync(join(folder, part), { recursive: true, force: true });
  };
  try {
    report('control plane');
    await startControlPlane(processes, plane);
    await kube.apply(FLEET_KIND);
    report('kwok, KEDA and monitoring');
    const { prometheus, kubeState, kubeStateOwn, kwok } = ports;
    await startKwok(processes, { folder, kubeconfig, kube, nodes, port: kwok });
    await startKeda(processes, { build: keda, ports, certificates, kube });
    await startMonitoring(processes, {
      folder,
      kubeconfig,
      scrapeInterval,
      prometheusPort: prometheus,
      kubeStatePort: kubeState,
      kubeStateOwnPort: kubeStateOwn,
    });
    await untilAvailable(kube);
  } catch (cause) {
    await stop();
    throw cause;
  }
  const syncHpasEvery = async (seconds: number): Promise<void> => {
    await processes.find('kube-controller-manager').stop();
    await startControllerManager(processes, { ...plane, hpaSync: `${seconds}s` });
  };
  return {
    isOwn: true,
    hostAddress: '127.0.0.1',
    hpaSync,
    keda,
    folder,
    kube,
    kubeconfig,
    prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
    processes,
    syncHpasEvery,
    stop,
  };
}

const NAMES = [
  'etcd',
  'etcdPeer',
  'apiserver',
  'controllerManager',
  'scheduler',
  'kwok',
  'operatorGrpc',
  'operatorMetrics',
  'operatorHealth',
  'adapter',
  'adapterMetrics',
  'prometheus',
  'kubeState',
  'kubeStateOwn',
] as const;

async function namePorts(): Promise<Readonly<Record<(typeof NAMES)[number], number>>> {
  const ports = await freePorts(NAMES.length);
  return Object.fromEntries(NAMES.map((name, i) => [name, ports[i]])) as Record<(typeof NAMES)[number], number>;
}
