import { expect } from 'chai';
import { toProfileRow } from '../../src/cli/profiles/profile-row.js';
import { listProfiles } from '../../src/kisim/profiles/library.js';
import { readProfileFile } from '../../src/kisim/profiles/load-profile.js';
import { runKiscaler } from '../support/kiscaler-process.js';

function rowOf(name: string) {
  const file = readProfileFile(name);
  if (!file.ok) throw new Error(file.error);
  return toProfileRow(file.value);
}

describe('kiscaler profiles', () => {
  it('gives every profile that ships a positive price, capacity and speed, decode slower with more sequences', () => {
    for (const name of listProfiles()) {
      const row = rowOf(name);
      expect(row.saturation_rps, name).to.be.above(0);
      expect(row.pricePerHour, name).to.be.above(0);
      if (row.engine === 'vllm') expect(row.decode_b64_ms, name).to.be.above(row.decode_b1_ms ?? Number.NaN);
      else expect(row.batch_max_ms, name).to.be.above(row.batch_1_ms ?? Number.NaN);
    }
  });

  it('shows the decode and prefill times of the calibration page for Llama-3.1-8B on an H100, within 3 %', () => {
    const row = rowOf('h100-llama-3.1-8b');
    expect(row.decode_b1_ms).to.be.closeTo(6.45, 0.03 * 6.45);
    expect(row.decode_b64_ms).to.be.closeTo(10.1, 0.03 * 10.1);
    expect(row.prefill_2048_ms).to.be.closeTo(43.9, 0.03 * 43.9);
  });

  it('lists, shows one with its sources, and refuses what there is not with exit code 2', async () => {
    const [list, one, none] = await Promise.all([
      runKiscaler(['profiles', '--gpu', 'rtx 4090', '--json']),
      runKiscaler(['profiles', 't4-resnet-50']),
      runKiscaler(['profiles', 'no-such']),
    ]);
    expect(JSON.parse(list.stdout)).to.have.length(1);
    expect(one.stdout).to.contain('T(1) ms').and.contain('batchMs: Least squares');
    expect(none).to.include({ code: 2, stdout: '' });
    expect(none.stderr).to.contain('unknown profile "no-such"');
  });
});
