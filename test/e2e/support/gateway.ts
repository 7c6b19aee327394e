import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GATEWAYS } from '../../../src/engines/gateway.js';
import type { DrivenFleet } from '../../../src/kisim/live/driven-fleet.js';
import { EXPOSITION_TYPE, renderExposition, single } from '../../../src/kisim/telemetry/exposition.js';
import { CHAT_KEYS } from './chat-fleet.js';
import { setTargets } from './monitoring.js';
import type { Scene } from './scene.js';

/** A gateway in front of a fleet of the scene, with the counter that Dynamo's frontend has: it counts also where no pod is. */
export async function startGateway(scene: Scene, fleet: DrivenFleet): Promise<void> {
  const { received, model, written } = GATEWAYS.dynamo;
  const server = createServer((_, response) => {
    fleet.advance();
    const family = single(received, { [model]: written(CHAT_KEYS.model) }, fleet.ledger.injected);
    response.writeHead(200, { 'content-type': EXPOSITION_TYPE }).end(renderExposition([family]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const labels = { namespace: scene.namespace, pod: 'frontend', container: 'frontend' };
  setTargets(scene.bed.folder, 'gateway', [{ address: `127.0.0.1:${port}`, path: '/metrics', labels }]);
  scene.after(() => {
    setTargets(scene.bed.folder, 'gateway', []);
    server.close();
    server.closeAllConnections();
  });
}
