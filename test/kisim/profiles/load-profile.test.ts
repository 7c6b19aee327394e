import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { saturationThroughput } from '../../../src/decision/serving-profile.js';
import { stepSeconds } from '../../../src/decision/step-law.js';
import { listProfiles } from '../../../src/kisim/profiles/library.js';
import { loadProfile, loadVllmProfile, parseProfile } from '../../../src/kisim/profiles/load-profile.js';
import { toServingProfile } from '../../../src/kisim/profiles/to-serving-profile.js';

const COMMON = `
name: mine
gpu: my GPU
model: my/model
kind: synthetic
gpuMemoryMiB: { total: 24000, used: 20000, reserved: 200 }
coldStartSeconds: 60
pricePerHour: 1
sources: { all: made up }
`;
const VLLM = `${COMMON}
stepMs: { base: 1, decodeBase: 0.5, perKvToken: 0.0001, dense: { 64: 6, 1: 5 }, perSequence: { 1: 0.25 } }
kvCapacityTokens: 10000
`;
const TRITON = `${COMMON}
engine: triton
batchMs: { base: 2, perRequest: 0.5 }
maxBatchSize: 8
preferredBatchSizes: [4, 8]
maxQueueDelayMs: 1.5
instances: 2
`;

function parsed(text: string) {
  const file = parseProfile(text, 'mine');
  if (!file.ok) throw new Error(file.error);
  return toServingProfile(file.value);
}

describe('profile file', () => {
  it('all that ship are valid, under the name that they carry', () => {
    for (const name of listProfiles()) {
      const profile = loadProfile(name);
      expect(profile.ok && profile.value.name, profile.ok ? name : profile.error).to.equal(name);
    }
  });

  it('of vLLM carries its step law in seconds, knots in order', () => {
    const profile = parsed(VLLM);
    if (profile.engine !== 'vllm') throw new Error('another engine');
    const decode = { tokens: 1, decodes: 1, sequences: 1, context: 1000, pairs: 0 };
    expect(stepSeconds(profile.law, decode)).to.be.closeTo((1 + 0.5 + 0.1 + 5 + 0.25) / 1000, 1e-12);
    expect(stepSeconds(profile.law, { ...decode, tokens: 64 })).to.be.closeTo(7.85 / 1000, 1e-12);
  });

  it('of Triton carries its batch law and batcher, and saturates at full batches on every instance', () => {
    const profile = parsed(TRITON);
    expect(profile).to.deep.include({ engine: 'triton', maxBatchSize: 8, maxNumSeqs: 16, instances: 2 });
    expect(saturationThroughput(profile, 100, 100)).to.be.closeTo((2 * 8) / (2e-3 + 8 * 0.5e-3), 1e-9);
  });

  it('is refused with every field that is wrong, the value found and the whole range', () => {
    const bad = parseProfile(
      VLLM.replace('base: 1', 'base: -1')
        .replace('pricePerHour: 1', 'pricePerHour: cheap')
        .replace('total: 24000', 'total: 0')
        .replace('kvCapacityTokens: 10000', 'kvCapacityTokens: 1.5\ncolour: red'),
      'bad.yaml',
    );
    expect(bad.ok).to.equal(false);
    expect(bad)
      .to.have.property('error')
      .that.satisfies((message: string) => {
        expect(message.split('\n')).to.have.members([
          'profile bad.yaml:',
          'gpuMemoryMiB.total: must be a number from 1 to 10000000, found 0',
          'pricePerHour: must be a number from 0 to 100000, found "cheap"',
          'stepMs.base: must be a number from 0 to 1000, found -1',
          'kvCapacityTokens: must be an integer from 1 to 1000000000, found 1.5',
          'file: unknown key colour',
        ]);
        return true;
      });
  });

  it('is refused when it is no YAML, no mapping, of an unknown engine, not there, or makes steps free', () => {
    const errorOf = (text: string): string => {
      const result = parseProfile(text, 'bad');
      return result.ok ? '' : result.error;
    };
    expect(errorOf('{')).to.contain('profile bad');
    expect(errorOf(VLLM.replace('64: 6', 'many: 6'))).to.contain('stepMs.dense.many: as a key must be a count from 1');
    expect(errorOf('12')).to.contain('file: must be of type object');
    expect(errorOf(`${COMMON}engine: abacus`)).to.contain('engine');
    expect(errorOf(TRITON.replace('[4, 8]', '[4, 16]'))).to.contain(
      'preferredBatchSizes: must be at most maxBatchSize',
    );
    expect(errorOf(VLLM.replace('base: 1,', '').replace('{ 64: 6, 1: 5 }', '{ 1: 0 }'))).to.contain('no step is free');
    expect(loadProfile('no-such-profile')).to.have.property('error').that.contains('unknown profile "no-such-profile"');
    expect(loadProfile('./no-such-file.yaml')).to.have.property('error').that.contains('no such file');
  });

  it('of Triton is refused where a language model is needed', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kiscaler-')), 'triton.yaml');
    writeFileSync(path, TRITON);
    expect(loadProfile(path)).to.have.property('ok', true);
    expect(loadVllmProfile(path)).to.have.property('error').that.contains('must be of engine vllm, found triton');
    expect(loadVllmProfile('demo-small')).to.have.property('ok', true);
  });
});
