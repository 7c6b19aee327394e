import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { medianColdStart, START_PHASES } from '../../../src/kisim/fleet/cold-start.js';
import { listColdStarts, toStagedStart } from '../../../src/kisim/fleet/cold-start-schema.js';
import { loadColdStart } from '../../../src/kisim/fleet/load-cold-start.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

describe('measured cold starts', () => {
  for (const name of listColdStarts()) {
    it(`${name}: has a source for every phase, and takes between seconds and minutes`, () => {
      const file = loadColdStart(name);
      if (!file.ok) throw new Error(file.error);
      expect(file.value.name).to.equal(name);
      const phases = START_PHASES.filter((phase) => file.value.phases[phase]);
      expect(Object.keys(file.value.sources)).to.have.members(phases);
      expect(medianColdStart(toStagedStart(file.value))).to.be.within(15, 900);
    });
  }

  it('are refused by field when they are not there or wrong', () => {
    const missing = loadColdStart('nowhere');
    expect(missing.ok ? '' : missing.error).to.match(/^unknown cold start "nowhere"; there are .*nvme-8b/);
    const wrong = loadColdStart('package.json/.yaml');
    expect(wrong.ok).to.equal(false);
  });

  /** Median and deviation of logarithms of the load times in one of ServerlessLLM's runs. */
  const fitOf = (run: string): { median: number; sigma: number } => {
    const rows = JSON.parse(readFileSync(join(DATA as string, 'coldstart', `serverlessllm_${run}.json`), 'utf8')) as {
      loading_time: number;
    }[];
    const logs = rows.map((row) => Math.log(row.loading_time)).sort((a, b) => a - b);
    const mean = logs.reduce((a, b) => a + b) / logs.length;
    const variance = logs.reduce((sum, log) => sum + (log - mean) * (log - mean), 0) / (logs.length - 1);
    const middle = logs.length / 2;
    const median = ((logs[Math.floor(middle - 0.5)] as number) + (logs[Math.floor(middle)] as number)) / 2;
    return { median: Math.exp(median), sigma: Math.sqrt(variance) };
  };

  const fitted: readonly [string, string][] = [
    ['nvme-8b', 'meta-llama_Llama-3.1-8B-Instruct_safetensors_30_random'],
    ['nvme-8b-serverlessllm', 'meta-llama_Llama-3.1-8B-Instruct_sllm_30_random'],
    ['nvme-32b', 'Qwen_Qwen3-32B_safetensors_30_random'],
  ];
  for (const [name, run] of fitted) {
    it(`${name}: is the fit of its source's weights${WITHOUT_DATA}`, function () {
      if (WITHOUT_DATA) this.skip();
      const file = loadColdStart(name);
      const weights = file.ok ? file.value.phases.weights : undefined;
      const { median, sigma } = fitOf(run);
      expect(weights?.median).to.be.closeTo(median, 0.01 * median);
      expect(weights?.sigma).to.be.closeTo(sigma, 0.001);
    });
  }
});
