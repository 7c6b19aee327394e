import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadVllmProfile } from '../../../src/kisim/profiles/load-profile.js';
import { replicaKindOf } from '../../../src/kisim/replica-kind.js';
import { renderExposition } from '../../../src/kisim/telemetry/exposition.js';
import { vllmFamilies } from '../../../src/kisim/telemetry/vllm-exposition.js';
import { DATA, WITHOUT_DATA } from '../../support/data.js';

const SCRAPE = join(DATA ?? '', 'engine_metrics/scrapes/vllm-0.32.0-busy.prom');

describe('vLLM exposition', () => {
  it(`has the names, types, labels and buckets of a real scrape${WITHOUT_DATA}`, function () {
    if (!existsSync(SCRAPE)) return this.skip();
    const profile = loadVllmProfile('demo-small');
    if (!profile.ok) throw new Error(profile.error);
    const replica = replicaKindOf(profile.value).createReplica({ onFirstToken: () => {}, onFinished: () => {} });
    const ours = renderExposition(vllmFamilies(replica, 'tiny', profile.value))
      .trimEnd()
      .split('\n');
    const real = new Set(readFileSync(SCRAPE, 'utf8').split('\n').map(withoutValue));
    const missing = ours
      .map(withoutValue)
      .filter((line) => !line.startsWith('# HELP') && !line.startsWith('vllm:cache_config_info') && !real.has(line));
    expect(missing).to.deep.equal([]);
  });
});

function withoutValue(line: string): string {
  return line.startsWith('#') ? line : line.slice(0, line.lastIndexOf(' '));
}
