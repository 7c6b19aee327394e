import { expect } from 'chai';
import type { ServingProfile } from '../../../src/decision/serving-profile.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
import { dcgmFamilies, gpuState } from '../../../src/kisim/telemetry/dcgm-exposition.js';
import { renderExposition } from '../../../src/kisim/telemetry/exposition.js';
import { memoryHeadroom, usedMemoryMiB } from '../../../src/kisim/telemetry/gpu-memory.js';

function open(name: string) {
  const kind = loadReplicaKind(name);
  if (!kind.ok) throw new Error(kind.error);
  const { profile, createReplica } = kind.value;
  return { profile, replica: createReplica({ onFirstToken: () => {}, onFinished: () => {} }) };
}

const submit = (replica: ReturnType<typeof open>['replica'], count: number, at: number): void => {
  for (let i = 0; i < count; i++) replica.submit(1000 * at + i, at, 16, 2, -1, 0);
  replica.advance(at + 60);
};

describe('GPU memory', () => {
  it('of vLLM is taken at the start and flat, whatever is served', () => {
    const { profile, replica } = open('demo-small');
    const before = usedMemoryMiB(profile, replica);
    submit(replica, 10, 1);
    expect(usedMemoryMiB(profile, replica)).to.equal(before).and.to.equal(profile.gpuMemory.usedMiB);
  });

  it('of Triton rises with the largest load so far, and never falls', () => {
    const { profile, replica } = open('t4-bert-large-384');
    const used: number[] = [usedMemoryMiB(profile, replica)];
    for (const [at, count] of [1, 5, 20, 2].entries()) {
      submit(replica, count, 100 * (at + 1));
      used.push(usedMemoryMiB(profile, replica));
    }
    const loaded = profile.gpuMemory.usedMiB;
    expect(used).to.deep.equal([0, 1, 5, 16, 16].map((requests) => loaded + 16 * requests));
  });

  it('of a MIG slice is the slice, and shown with its profile and without a utilisation in per cent', () => {
    const [whole, slice] = [open('a100-80-bert-large-384'), open('a100-80-bert-large-384:1g.10gb')];
    expect(slice.profile.gpuMemory.totalMiB).to.equal(whole.profile.gpuMemory.totalMiB / 8);
    expect(slice.profile.gpuMemory.usedMiB).to.equal(whole.profile.gpuMemory.usedMiB);
    const shown = ({ profile, replica }: typeof slice): string =>
      renderExposition(
        dcgmFamilies([gpuState('p', replica, { profile, busyShare: 0.5 })], { profile, namespace: 'n' }),
      );
    expect(shown(slice))
      .to.match(/FB_USED\{GPU_I_ID="1",GPU_I_PROFILE="1g.10gb",/)
      .and.not.include('GPU_UTIL');
    expect(shown(whole)).to.include('DCGM_FI_DEV_GPU_UTIL').and.not.include('GPU_I_');
  });

  it('never exceeds what the GPU has', () => {
    const { profile, replica } = open('t4-bert-large-384');
    const hungry = { ...profile, memoryPerRequestMiB: 10_000 } as ServingProfile;
    submit(replica, 20, 1);
    expect(memoryHeadroom(hungry, replica)).to.equal(0);
    expect(memoryHeadroom(profile, replica)).to.be.within(0.7, 0.9);
  });
});
