import { rmSync } from 'node:fs';
import { freePorts } from '../../support/free-port.js';
import type { Bed } from './bed.js';
import { openRunFolder, pidsFile } from './folders.js';
import { untilAvailable } from './keda.js';
import { Kube } from './kube.js';
import { Processes } from './processes.js';

/** The HPA's default, which a cluster that somebody else runs will have. */
const HPA_SYNC = 15;

/**
 * The cluster of the current kubeconfig, with the KEDA that is there, by way of `kubectl proxy`. KEDA must be able to reach this
 * machine under `hostAddress`. Nothing but namespaces called story-N is made in it, and those are deleted again.
 */
export async function openCurrentBed(hostAddress: string): Promise<Bed> {
  const folder = openRunFolder(new Date());
  const processes = new Processes(folder);
  const [port] = await freePorts(1);
  const server = `http://127.0.0.1:${port}`;
  const kube = new Kube({ server });
  const { KUBECONFIG, HOME = '' } = process.env;
  await processes.start({
    name: 'kubectl-proxy',
    command: 'kubectl',
    args: ['proxy', `--port=${port}`],
    env: KUBECONFIG === undefined ? {} : { KUBECONFIG },
    isReady: () => kube.isReady(),
  });
  await untilAvailable(kube);
  return {
    isOwn: false,
    folder,
    kube,
    hostAddress,
    hpaSync: HPA_SYNC,
    keda: 'keda',
    kubeconfig: KUBECONFIG ?? `${HOME}/.kube/config`,
    prometheusUrl: '',
    processes,
    syncHpasEvery: () => Promise.reject(new Error('the HPA of this cluster is not ours to set')),
    stop: async () => {
      await processes.stopAll();
      kube.close();
      rmSync(pidsFile(folder), { force: true });
    },
  };
}
