import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { renderReference } from '../../src/cli/render-reference.js';
import { renderScenarioReference } from '../../src/cli/render-scenario-reference.js';

const read = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8').trimEnd();

describe('docs/reference.md', () => {
  it('is what `kiscaler reference` prints (make it anew with: node dist/cli/main.js reference > docs/reference.md)', () => {
    expect(read('reference.md')).to.equal(renderReference().trimEnd());
  });
});

describe('docs/scenarios.md', () => {
  it('is what `reference scenarios` prints (make it anew with: node dist/cli/main.js reference scenarios > docs/scenarios.md)', () => {
    expect(read('scenarios.md')).to.equal(renderScenarioReference().trimEnd());
  });
});
