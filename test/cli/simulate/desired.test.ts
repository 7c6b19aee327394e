import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DESIRED_MODE, readReplay } from '../../../src/cli/simulate/desired-mode.js';
import { type ReplicaRow, replayDesired } from '../../../src/cli/simulate/replay-desired.js';
import { UsageError } from '../../../src/cli/simulate/usage-error.js';

/** Steps of any size at once, as our examples have it, without the memory of 120 s. */
const IMMEDIATE = `advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp: { stabilizationWindowSeconds: 0, tolerance: "0", policies: [{ type: Pods, value: 64, periodSeconds: 15 }] }
        scaleDown: { stabilizationWindowSeconds: 0, tolerance: "0", policies: [{ type: Percent, value: 100, periodSeconds: 15 }] }`;

describe('kiscaler simulate --desired', () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const object = (spec: string, { type = 'external', trigger = '', annotations = '' } = {}): string =>
    write(
      'object.yaml',
      `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: chat, namespace: team${annotations} }
spec:
  ${spec.replaceAll('\n', '\n')}
  triggers:
  - type: ${type}
    ${trigger}
    metadata: { scalerAddress: "kiscaler:9090" }
`,
    );
  const read = (spec: string, steps: string, more: Record<string, unknown> = {}, kind = {}) =>
    readReplay({
      desired: write('desired.csv', `time_s,desired\n${steps}\n`),
      scaledobject: object(spec, kind),
      ...more,
    });
  const play = (spec: string, steps: string, more: Record<string, unknown> = {}, kind = {}): readonly ReplicaRow[] =>
    replayDesired(read(spec, steps, more, kind));
  /** Changes of spec.replicas as time>count. */
  const counts = (rows: readonly ReplicaRow[]): string[] =>
    rows
      .filter((row, i) => row.spec_replicas !== rows[i - 1]?.spec_replicas)
      .map(({ time_s, spec_replicas }) => `${time_s}>${spec_replicas}`);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'kiscaler-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('wakes by KEDA, grows by the HPA, and has pods ready after their delay', () => {
    const rows = play(`pollingInterval: 5\n  ${IMMEDIATE}`, '0,0\n20,12', { podDelay: 90 });
    expect(rows.map((row) => Object.values(row).join())).to.deep.equal([
      '0,0,0,0,0',
      '20,12,1,1,0',
      '30,12,12,12,0',
      '110,12,12,12,1',
      '120,12,12,12,12',
    ]);
  });

  // Acceptance order of a real KEDA v2.21.0 and Kubernetes v1.35.4 at poll 5 s, sync 2 s.
  it('follows every decision exactly at tolerance 0, within one poll and two syncs', () => {
    const order = [7, 10, 11, 12, 20, 21, 64, 58, 57, 20, 19, 10, 9, 1, 0, 12];
    const steps = order.map((desired, i) => `${20 * i},${desired}`).join('\n');
    const rows = play(`pollingInterval: 5\n  cooldownPeriod: 0\n  ${IMMEDIATE}`, steps, { hpaSync: 2, initial: 1 });
    for (const [i, desired] of order.entries()) {
      const settled = rows.filter(({ time_s }) => time_s <= 20 * i + 9).at(-1);
      expect([settled?.desired, settled?.spec_replicas], `at ${20 * i}`).to.deep.equal([desired, desired]);
    }
  });

  it('ignores 10 to 11 and 20 to 22 for ever at default tolerance, and takes 12, 23, 17 and 17.001', () => {
    const at = (from: number, desired: number): number | undefined =>
      play('minReplicaCount: 1', `0,${from}\n400,${desired}`, { initial: from }).at(-1)?.spec_replicas;
    expect([at(10, 11), at(10, 12), at(20, 22), at(20, 23), at(20, 18), at(20, 17), at(20, 17.001)]).to.deep.equal([
      10, 12, 20, 23, 20, 17, 18,
    ]);
  });

  it('holds while the scaler fails or is gone, and has a fallback only for the first', () => {
    const spec = `minReplicaCount: 1\n  fallback: { failureThreshold: 3, replicas: 2 }\n  ${IMMEDIATE}`;
    const start = { initial: 6 };
    expect(counts(play(spec, '0,6\n60,\n600,6', start))).to.deep.equal(['0>6', '90>2', '600>6']);
    expect(counts(play(spec, '0,6\n60,unreachable\n600,7', start))).to.deep.equal(['0>6', '600>7']);
    expect(counts(play(`minReplicaCount: 1\n  ${IMMEDIATE}`, '0,6\n60,error\n600,7', start))).to.deep.equal([
      '0>6',
      '600>7',
    ]);
  });

  it('is woken by an outage where a fallback is set with a minimum of 0: at the fourth failing poll', () => {
    const spec = `pollingInterval: 5\n  fallback: { failureThreshold: 3, replicas: 2 }\n  ${IMMEDIATE}`;
    expect(counts(play(spec, '0,0\n40,error', { hpaSync: 2 }))).to.deep.equal(['0>0', '55>1', '56>2']);
    expect(counts(play(spec, '0,0\n40,unreachable', { hpaSync: 2 }))).to.deep.equal(['0>0']);
  });

  it('does not wait for a poll where the trigger pushes', () => {
    const wake = (type: string): string[] =>
      counts(play(`pollingInterval: 30\n  ${IMMEDIATE}`, '0,0\n31,9', {}, { type }));
    expect(wake('external-push')).to.deep.equal(['0>0', '31>1', '45>9']);
    expect(wake('external')).to.deep.equal(['0>0', '60>1', '60>9']);
  });

  it('reads annotations: paused at a count', () => {
    const annotations = ', annotations: { autoscaling.keda.sh/paused-replicas: "3" }';
    expect(counts(play('minReplicaCount: 1', '0,9\n90,12', {}, { annotations }))).to.deep.equal(['0>1', '0>3']);
  });

  it('takes its turns at given times instead of periods', () => {
    const times = (text: string) => ({ syncTimes: write('times.csv', text), initial: 1 });
    const spec = `minReplicaCount: 0\n  ${IMMEDIATE}`;
    expect(counts(play(spec, '0,1\n1,5\n20,7', times('time_s\n3\n19.5\n77\n')))).to.deep.equal(['0>1', '3>5', '77>7']);
    const both = times('time_s,loop\n2,keda\n3,hpa\n33,keda\n34,hpa\n');
    expect(counts(play(spec, '0,0\n30,4', { ...both, initial: 0 }))).to.deep.equal(['0>0', '33>1', '34>4']);
  });

  it('writes a row at every sync when asked, and rows that repeat nothing otherwise', () => {
    const rows = play('minReplicaCount: 2', '0,2', { everySync: true, duration: '60s' });
    expect(rows.map(({ time_s }) => time_s)).to.deep.equal([0, 15, 30, 45, 60]);
    expect(play('minReplicaCount: 2', '0,2')).to.have.length(1);
  });

  it('writes CSV, or JSON with the same names', async () => {
    const written: string[] = [];
    const { write: stdout } = process.stdout;
    const capture = async (json: boolean): Promise<void> => {
      const desired = write('desired.csv', 'time_s,desired\n0,2\n');
      process.stdout.write = (text: unknown) => written.push(String(text)) > 0;
      try {
        await DESIRED_MODE.run({ desired, scaledobject: object('minReplicaCount: 2'), json });
      } finally {
        process.stdout.write = stdout;
      }
    };
    await capture(false);
    await capture(true);
    expect(written[0]).to.equal('time_s,desired,spec_replicas,status_replicas,ready_replicas\n0,2,2,2,2\n');
    expect(JSON.parse(written[1] as string)).to.deep.equal([
      { time_s: 0, desired: 2, spec_replicas: 2, status_replicas: 2, ready_replicas: 2 },
    ]);
  });

  const bad: readonly [string, string, string, Record<string, unknown>, RegExp][] = [
    ['another header', 'minReplicaCount: 1', 'x\n0,1', {}, /line 2: time_s must be a number, found "x"|2 fields/],
    ['a word', 'minReplicaCount: 1', '0,many', {}, /line 2: desired .* must be a number, found "many"/],
    [
      'a negative count',
      'minReplicaCount: 1',
      '0,-1',
      {},
      /line 2: desired .* must be between 0 and 1000000, found -1/,
    ],
    ['time that falls', 'minReplicaCount: 1', '5,1\n4,1', {}, /line 3: time_s must be >= 5.*found 4/],
    ['no rows', 'minReplicaCount: 1', '', {}, /line 2: a row expected/],
    [
      'crossed bounds',
      'minReplicaCount: 9\n  maxReplicaCount: 3',
      '0,1',
      {},
      /minReplicaCount must be from 0 to .*3.*found 9/,
    ],
    [
      'idle above the minimum',
      'minReplicaCount: 1\n  idleReplicaCount: 1',
      '0,1',
      {},
      /idleReplicaCount must be below .*found 1/,
    ],
    ['a fraction', 'minReplicaCount: 1.5', '0,1', {}, /spec.minReplicaCount: must be an integer, found 1.5/],
    ['a polling interval of 0', 'pollingInterval: 0', '0,1', {}, /spec.pollingInterval: must be >= 1, found 0/],
    [
      'a fallback by formula',
      'fallback: { failureThreshold: 1, replicas: 1, behavior: scalingModifiers }',
      '0,1',
      {},
      /fallback.behavior must be one of static.*found scalingModifiers/,
    ],
    ['no duration', 'minReplicaCount: 1', '0,1', { duration: 'long' }, /--duration: must be a duration/],
  ];
  for (const [what, spec, steps, more, message] of bad) {
    it(`refuses ${what}`, () => {
      expect(() => read(spec, steps, more)).to.throw(UsageError, message);
    });
  }

  it('names a ScaledObject that cannot be read', () => {
    const refuse = (scaledobject: string, message: RegExp) =>
      expect(() => read('minReplicaCount: 1', '0,1', { scaledobject })).to.throw(UsageError, message);
    refuse(folder, /^\/.*: EISDIR/);
    refuse(join(folder, 'none.yaml'), /none\.yaml: ENOENT/);
    refuse(write('list.yaml', '[]\n---\n'), /list\.yaml: holds no ScaledObject/);
    const levels = ['ab', 'bc', 'cd', 'de'].map(([i, o]) => `${o}: &${o} [${Array(10).fill(`*${i}`).join(',')}]`);
    refuse(write('aliases.yaml', ['a: &a [1]', ...levels].join('\n')), /aliases\.yaml: .*alias/);
  });

  it('refuses turns of a loop that is neither, and a file that is not there', () => {
    const syncTimes = write('times.csv', 'time_s,loop\n1,vpa\n');
    expect(() => read('minReplicaCount: 1', '0,1', { syncTimes })).to.throw(
      UsageError,
      /loop must be keda or hpa, found "vpa"/,
    );
    expect(() => read('minReplicaCount: 1', '0,1', { scaledobject: undefined })).to.throw(UsageError, /--scaledobject/);
    expect(() => read('minReplicaCount: 1', '0,1', { syncTimes: join(folder, 'none.csv') })).to.throw(/ENOENT/);
  });
});
