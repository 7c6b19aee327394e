import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { createSystemClock } from '../../src/base/clock.js';
import { openLiveFleet } from '../../src/cli/live/open-live-fleet.js';
import { listCases } from '../../src/cli/simulate/cases.js';
import type { Explanation } from '../../src/decision/explain-decision.js';
import { tickAt } from '../../src/decision/window.js';
import type { LiveFleet } from '../../src/kisim/live/live-fleet.js';
import { type LiveServer, startLiveServer } from '../../src/kisim/live/live-server.js';
import { runKiscaler } from '../support/kiscaler-process.js';
import { prometheusVersion, RealPrometheus } from './support/prometheus.js';
import { ScalerProcess } from './support/scaler-process.js';

/** A grid of two seconds, so that a minute shows what takes seven at 15 s. */
const TICK = 2;
const METADATA = { engine: 'vllm', slo: '2s', model: 'chat', target: 'chat', profile: 'demo-small', coldStart: '90s' };
const TOKEN = 'let-me-in';

const version = prometheusVersion();

describe(`an explanation of a live workload${version ? `, Prometheus ${version}` : ' (skipped: no prometheus in PATH; make tools builds one)'}`, function () {
  this.timeout(600_000);
  // Real time on a shared machine: a starved second may spoil a run once, not twice.
  this.retries(1);
  if (!version) {
    it('is not run here');
    return;
  }
  let folder: string;
  let fleet: LiveFleet;
  let server: LiveServer;
  let prometheus: RealPrometheus;
  let scaler: ScalerProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-explain-'));
    writeFileSync(join(folder, 'token'), TOKEN);
    writeFileSync(
      join(folder, 'scaledobject.yaml'),
      stringify({
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name: 'chat', namespace: 'team-a' },
        spec: {
          scaleTargetRef: { name: 'chat' },
          triggers: [{ type: 'external', metadata: { scalerAddress: 'nowhere:9090', ...METADATA } }],
        },
      }),
    );
    const [one] = await listCases('spike', { policy: ['planner'], guards: true }, async () => undefined);
    if (!one) throw new Error('no case');
    const names = { namespace: 'team-a', deployment: 'chat', modelName: 'chat' };
    fleet = openLiveFleet(one, { clock: createSystemClock(), speed: 1, ...names }).fleet;
    server = await startLiveServer(fleet);
    prometheus = await RealPrometheus.start(server.port, `${TICK}s`);
    scaler = await ScalerProcess.start(prometheus.url, `${TICK}s`, [
      '--decisions-listen',
      '127.0.0.1:0',
      '--decisions-token-file',
      join(folder, 'token'),
    ]);
  });
  afterEach(async () => {
    const code = await scaler.stop();
    prometheus.remove();
    await server.close();
    rmSync(folder, { recursive: true });
    expect(code, 'the scaler drains and ends well').to.equal(0);
  });

  const explain = async (...flags: string[]): Promise<Explanation> => {
    const where = ['--prometheus-url', prometheus.url, '--tick', `${TICK}s`, '--json'];
    const { code, stdout, stderr } = await runKiscaler([
      'explain',
      join(folder, 'scaledobject.yaml'),
      ...where,
      ...flags,
    ]);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Explanation;
  };
  const ask = async (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${scaler.decisionsPort}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });

  it("is the server's own, tick for tick, and shows every law", async () => {
    const decision = `/v1/decisions/team-a/chat?${new URLSearchParams(METADATA)}`;
    await wait(20 * TICK * 1000);
    fleet.scaleTo(fleet.spec + 1);
    const apart: number[] = [];
    for (let i = 0; i < 6; i++) {
      // Whatever tick the command happens upon, the server has decided it too.
      const served = new Map<number, Explanation>();
      const ending = new AbortController();
      const watching = (async () => {
        while (!ending.signal.aborted) {
          await ask(decision);
          const answer = await ask('/v1/explanations/team-a/chat');
          const [one] = answer.ok ? ((await answer.json()) as Explanation[]) : [];
          if (one) served.set(one.tick, one);
          await wait(200);
        }
      })();
      const told = await explain();
      await wait((told.tick + 2 * TICK - Date.now() / 1000) * 1000);
      ending.abort();
      await watching;
      expect(told.tick % TICK).to.equal(0);
      expect(told.rivals.map(({ policy }) => policy)).to.include.members(['planner', 'hpa', 'kpa', 'keda-queue']);
      const same = served.get(told.tick);
      // A machine that stood still for a tick has no decision of the server's to hold beside this one.
      if (!same) continue;
      expect(told).to.have.all.keys(Object.keys(same));
      expect(told.rivals.map(({ policy }) => policy)).to.deep.equal(same.rivals.map(({ policy }) => policy));
      apart.push(Math.abs(told.replicas - same.replicas));
    }
    // The server saw the window grow, the command reads it at once: a scrape that came late is in the one and not in the other, and
    // moves a count by a replica now and then. That one window gives one explanation is a law of the unit tests.
    expect(apart.length, 'ticks decided by both').to.be.above(2);
    expect(
      apart.filter((gap) => gap <= 1).length,
      `of ${apart.length} ticks, apart by ${apart.join(', ')} replicas`,
    ).to.be.above(apart.length / 2);
  });

  it('tells of the present: the queue of a fleet that is too small, and who would do what about it', async () => {
    fleet.scaleTo(1);
    await wait(20 * TICK * 1000);
    const tick = tickAt(Date.now() / 1000, TICK);
    const told = await explain('--policy', 'planner');
    expect(told.tick).to.be.within(tick, tick + 10 * TICK);
    expect(told).to.include({ namespace: 'team-a', name: 'chat', currentReplicas: 1, source: 'planner' });
    expect(told.replicas, '6 requests/s are more than one replica does').to.be.above(1);
    expect(told.sentence).to.match(/^1 -> \d+: queue \d+/);
    expect(told.nearest?.replicas).not.to.equal(told.replicas);
  });
});
