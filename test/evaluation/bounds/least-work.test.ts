import { expect } from 'chai';
import { createRng } from '../../../src/base/rng.js';
import { computeLeastWork } from '../../../src/evaluation/bounds/least-work.js';
import { loadReplicaKind } from '../../../src/kisim/replica-kind.js';

const PROFILES = ['demo-small', 'a10g-llama-3.1-8b', 'a100-80-qwen3-32b', 'a100-80-llama-3.1-8b'];

/** Random requests, all there at once, worked off by one replica: seconds that it takes. */
function makespan(profile: string, lengths: readonly (readonly [input: number, output: number])[]): number {
  const kind = loadReplicaKind(profile);
  if (!kind.ok) throw new Error(kind.error);
  let last = 0;
  const replica = kind.value.createReplica({
    onFirstToken: () => {},
    onFinished: (_request, at) => {
      last = Math.max(last, at);
    },
  });
  for (const [i, [input, output]] of lengths.entries()) replica.submit(i, 0, input, output, -1, 0);
  replica.advance(1e6);
  return last;
}

describe('least work', () => {
  it('is never more than a replica takes for it, and not much less when it is full', () => {
    const rng = createRng(3);
    for (const profile of PROFILES)
      for (const [input, output] of [
        [50, 400],
        [900, 200],
        [4000, 20],
        [200, 1],
      ] as const) {
        const draw = (mean: number): number => 1 + Math.floor(2 * mean * rng.next());
        const lengths = Array.from({ length: 600 }, () => [draw(input), draw(output)] as const);
        const kind = loadReplicaKind(profile);
        if (!kind.ok) throw new Error(kind.error);
        const { prefill, decode } = computeLeastWork(kind.value.profile, {
          inputTokens: Float64Array.from(lengths, ([tokens]) => tokens),
          outputTokens: Float64Array.from(lengths, ([, tokens]) => tokens),
          sharedTokens: new Float64Array(lengths.length),
        });
        const work = [...prefill, ...decode].reduce((sum, seconds) => sum + seconds, 0);
        const taken = makespan(profile, lengths);
        expect(work / taken, `${profile} ${input}/${output}`).to.be.within(0.5, 1);
      }
  }).timeout(60_000);

  it('is that of a full batch for Triton', () => {
    const kind = loadReplicaKind('t4-resnet-50');
    if (!kind.ok || kind.value.profile.engine !== 'triton') throw new Error('no profile of Triton');
    const { law, maxBatchSize, instances } = kind.value.profile;
    const { prefill, decode } = computeLeastWork(kind.value.profile, {
      inputTokens: Float64Array.of(1),
      outputTokens: Float64Array.of(1),
      sharedTokens: Float64Array.of(0),
    });
    expect(prefill[0]).to.equal((law.base / maxBatchSize + law.perRequest) / instances);
    expect(decode[0]).to.equal(0);
  });
});
