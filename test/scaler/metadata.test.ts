import { expect } from 'chai';
import fc from 'fast-check';
import { parseMetadata, type ScaledObjectRef } from '../../src/scaler/metadata.js';
import { METADATA, renderMetadataTable } from '../../src/scaler/metadata-table.js';
import { TEST_PROFILE } from '../kisim/support/runs.js';

const context = { findProfile: () => undefined, hasPolicy: () => true, hasBackend: () => true };
const valid = { engine: 'vllm', slo: '2s' };
const parse = (scalerMetadata: Record<string, string>, rest: Partial<ScaledObjectRef> = {}) =>
  parseMetadata({ name: 'chat', namespace: 'team-a', scalerMetadata, ...rest }, context);

const problemKeys = (metadata: Record<string, string>): string[] => {
  const result = parse(metadata);
  return result.ok ? [] : result.error.map(({ key }) => key);
};

describe('trigger metadata', () => {
  it('needs an engine and an objective, and fills in the rest', () => {
    const result = parse(valid);
    if (!result.ok) throw new Error('refused');
    expect(result.value.workload).to.deep.equal({
      namespace: 'team-a',
      name: 'chat',
      engine: 'vllm',
      slo: { metric: 'ttft', limit: 2 },
      bounds: { minReplicas: 1, maxReplicas: 100 },
      missPrice: 30,
      policy: 'qplan',
      backend: 'default',
      hpaTolerance: 0,
    });
    expect(Object.isFrozen(result.value.workload)).to.equal(true);
  });

  it('reads Triton, and refuses a profile of another engine', () => {
    const withProfile = { ...context, findProfile: () => TEST_PROFILE };
    const parseWith = (engine: string) =>
      parseMetadata(
        { name: 'chat', namespace: 'team-a', scalerMetadata: { engine, slo: '2s', profile: TEST_PROFILE.name } },
        withProfile,
      );
    expect(parse({ engine: 'triton', slo: '200ms' })).to.have.nested.property('value.workload.engine', 'triton');
    expect(parseWith('vllm').ok).to.equal(true);
    expect(parseWith('triton')).to.have.deep.property('error', [
      { key: 'profile', allowed: 'a profile of the engine that the trigger names' },
    ]);
    expect(problemKeys({ engine: 'sglang', slo: '2s' })).to.deep.equal(['engine']);
  });

  it('reads a gateway only together with the model that it is to count for', () => {
    const named = parse({ ...valid, arrivals: 'dynamo', model: 'chat' });
    expect(named).to.have.nested.property('value.workload.arrivals', 'dynamo');
    expect(problemKeys({ ...valid, arrivals: 'dynamo' })).to.deep.equal(['model']);
    expect(problemKeys({ ...valid, arrivals: 'nginx', model: 'chat' })).to.deep.equal(['arrivals']);
  });

  it('T1: names every missing key at once', () => {
    expect(problemKeys({})).to.deep.equal(['engine', 'slo']);
  });

  it('T2: takes plain numbers and durations only', () => {
    for (const text of ['', ' ', 'NaN', 'Infinity', '0x10', '1e400', '12abc', '１２', '1e308', '-1']) {
      expect(problemKeys({ ...valid, maxNumSeqs: text }), `maxNumSeqs ${text}`).to.deep.equal(['maxNumSeqs']);
      expect(problemKeys({ ...valid, slo: text }), `slo ${text}`).to.deep.equal(['slo']);
    }
    expect(problemKeys({ ...valid, maxNumSeqs: '16.5' })).to.deep.equal(['maxNumSeqs']);
  });

  it('T3: refuses bounds that cross and numbers out of range', () => {
    expect(problemKeys({ ...valid, minReplicas: '5', maxReplicas: '4' })).to.deep.equal(['minReplicas']);
    expect(problemKeys({ ...valid, missPrice: '0.5' })).to.deep.equal(['missPrice']);
    expect(problemKeys({ ...valid, coldStart: '3h' })).to.deep.equal(['coldStart']);
  });

  it('T4: is not fooled by keys of the prototype', () => {
    const polluted = JSON.parse('{"engine":"vllm","slo":"2s","__proto__":"x","constructor":"y","toString":"z"}');
    const result = parse(polluted);
    expect(result.ok).to.equal(true);
    expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
    expect(problemKeys(JSON.parse('{"__proto__":"vllm"}'))).to.deep.equal(['engine', 'slo']);
  });

  it('T5: limits keys, lengths and characters; model names keep their slashes', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key${i}`, 'x']));
    expect(problemKeys({ ...valid, ...many })).to.deep.equal(['metadata']);
    expect(problemKeys({ ...valid, model: 'a'.repeat(600) })).to.deep.equal(['model']);
    for (const text of ['a\u0000b', 'a\nb', '\u202Eabc', 'a"} or vector(999)', 'a b']) {
      expect(problemKeys({ ...valid, model: text })).to.deep.equal(['model']);
    }
    expect(problemKeys({ ...valid, model: 'meta-llama/Llama-3.1-8B-Instruct' })).to.deep.equal([]);
  });

  it('reads a target as NAME or Deployment/NAME', () => {
    const target = (text: string) => {
      const result = parse({ ...valid, target: text });
      return result.ok ? result.value.workload.target : undefined;
    };
    expect(target('chat')).to.deep.equal({ kind: 'Deployment', name: 'chat' });
    expect(target('Deployment/chat')).to.deep.equal({ kind: 'Deployment', name: 'chat' });
    expect(target('StatefulSet/chat')).to.equal(undefined);
    expect(target('Chat')).to.equal(undefined);
  });

  it('refuses a name or namespace that Kubernetes would', () => {
    for (const name of ['', 'A', 'a_b', '-a', 'a"b', 'a'.repeat(300)]) {
      expect(parse(valid, { name }).ok).to.equal(false);
      expect(parse(valid, { namespace: name }).ok).to.equal(false);
    }
  });

  it('never throws, never lets a number out of its range through, and never repeats a value', () => {
    const value = fc.oneof(fc.string(), fc.constantFrom('2s', '16', 'vllm', '1e9', 'default'));
    const metadata = fc.dictionary(fc.constantFrom(...METADATA.map(({ key }) => key), '__proto__', 'x'), value);
    fc.assert(
      fc.property(metadata, fc.string({ minLength: 12 }), (given, secret) => {
        const result = parse({ ...valid, ...given, model: `${secret}\n` });
        if (result.ok) throw new Error('a line break passed');
        expect(JSON.stringify(result.error)).not.to.include(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });

  it('documents each key once, with what it may be', () => {
    const table = renderMetadataTable();
    for (const { key } of METADATA) expect(table.match(new RegExp(`^\\| \`${key}\` \\|`, 'gm'))).to.have.length(1);
  });
});
