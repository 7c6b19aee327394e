import { expect } from 'chai';
import type { ServingProfile } from '../../../src/decision/serving-profile.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';
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

  it('never exceeds what the GPU has', () => {
    const { profile, replica } = open('t4-bert-large-384');
    const hungry = { ...profile, memoryPerRequestMiB: 10_000 } as ServingProfile;
    submit(replica, 20, 1);
    expect(memoryHeadroom(hungry, replica)).to.equal(0);
    expect(memoryHeadroom(profile, replica)).to.be.within(0.7, 0.9);
  });
});
