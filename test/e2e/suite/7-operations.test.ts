import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.js';
import { KeyMaterialFiles } from '../../../src/scaler/key-material.js';
import { createCredentials } from '../../../src/scaler/tls.js';
import { type Certificate, createCertificate } from '../../support/certificates.js';
import type { KubeObject } from '../support/kube.js';
import { EXACT_BEHAVIOR, externalTrigger, POLL } from '../support/objects.js';
import { story } from '../support/stories.js';
import { StubScaler } from '../support/stub-scaler.js';

const behavior = EXACT_BEHAVIOR;

describe('operations', () => {
  story(
    'row 7: the operator restarts, then the adapter: the same count, without a flap',
    async (scene) => {
      const stub = await StubScaler.open(scene);
      stub.set('steady', 9);
      await scene.scale({ name: 'steady', triggers: [externalTrigger(stub.address)], behavior });
      await scene.reaches('steady', 9, 60);
      let count = 9;
      for (const name of ['keda-operator', 'keda-adapter']) {
        const restarted = scene.bed.processes.find(name).restart();
        await scene.stays('steady', count, 4 * POLL);
        await restarted;
        stub.set('steady', ++count);
        scene.note(`follows again ${(await scene.reaches('steady', count, 60)).toFixed(1)} s after the ${name}`);
      }
    },
    { isAlone: true, needsOwnBed: true },
  );

  story("mutual TLS by a TriggerAuthentication, through a rotation of the server's certificate", async (scene) => {
    const issuer = createCertificate({ name: 'authority' });
    const client = createCertificate({ name: 'keda', issuer });
    const folder = join(scene.bed.folder, 'targets', `${scene.namespace}-tls`);
    mkdirSync(folder);
    const put = ({ certificate, privateKey }: Certificate): void => {
      writeFileSync(join(folder, 'tls.crt'), certificate);
      writeFileSync(join(folder, 'tls.key'), privateKey);
    };
    put(createCertificate({ name: 'first', issuer }));
    writeFileSync(join(folder, 'ca.crt'), issuer.certificate);
    const clock = new ManualClock(Date.now() / 1000);
    const problems: (string | undefined)[] = [];
    const files = new KeyMaterialFiles({ folder, clock, onProblem: (problem) => problems.push(problem) });
    const stop = new AbortController();
    void files.watch(stop.signal);
    scene.after(() => stop.abort());
    const stub = await StubScaler.open(scene, createCredentials(files));
    const secret = { caCert: issuer.certificate, tlsClientCert: client.certificate, tlsClientKey: client.privateKey };
    await scene.apply(
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'tls', namespace: scene.namespace },
        stringData: secret,
      } as KubeObject,
      {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'TriggerAuthentication',
        metadata: { name: 'tls', namespace: scene.namespace },
        spec: { secretTargetRef: Object.keys(secret).map((key) => ({ parameter: key, name: 'tls', key })) },
      } as KubeObject,
    );
    stub.set('sealed', 4);
    const trigger = { ...externalTrigger(stub.address), authenticationRef: { name: 'tls' } };
    await scene.scale({ name: 'sealed', triggers: [trigger], behavior });
    await scene.reaches('sealed', 4, 60);
    put(createCertificate({ name: 'second', issuer }));
    await clock.advance(31);
    // KEDA keeps its connection; only a new one is shown the new certificate.
    await stub.kill();
    await stub.resume();
    stub.set('sealed', 6);
    scene.note(`reconnected to the renewed certificate in ${(await scene.reaches('sealed', 6, 60)).toFixed(1)} s`);
    expect(problems).to.deep.equal([]);

    stub.set('open', 3);
    await scene.put({ name: 'open', triggers: [externalTrigger(stub.address)], behavior });
    await scene.stays('open', 1, 3 * POLL);
    expect(
      stub.calls.some(({ code }) => code !== 'OK'),
      'who shows no certificate gets nowhere',
    ).to.equal(false);
  });
});
