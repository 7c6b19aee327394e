import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CHECKS } from './checks.js';
import { renderPage } from './page.js';
import { readResults } from './results.js';
import { type FidelityRow, percent, SECTIONS } from './row.js';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

const row = (changes: Partial<FidelityRow> = {}): FidelityRow => ({
  section: 'laws',
  check: 'a law',
  metric: 'broken',
  measured: '0 of 5',
  tolerance: 'none',
  within: true,
  command: 'make fidelity',
  ...changes,
});

describe('the fidelity page', () => {
  it('is what its results print', () => {
    expect(readFileSync(`${DOCS}fidelity.md`, 'utf8'), 'run: npx tsx test/fidelity/main.ts --page').to.equal(
      renderPage(readResults(`${DOCS}fidelity.json`)),
    );
  });

  it('has the results of known checks only, each in a section that it has', () => {
    const results = readResults(`${DOCS}fidelity.json`);
    expect(CHECKS.map(({ name }) => name)).to.include.members(Object.keys(results));
    for (const { rows } of Object.values(results))
      for (const { section } of rows) expect(Object.keys(SECTIONS)).to.include(section);
  });

  it('counts figures outside their tolerance, and shows them', () => {
    const results = {
      laws: { date: '2026-01-01', node: 'v20', rows: [row(), row({ within: false }), row({ within: 'reported' })] },
    };
    const page = renderPage(results);
    expect(page).to.include('| Metamorphic laws | 1 of 2 | 1 |');
    expect(page).to.include('| a law | broken | 0 of 5 | none | **no** |');
  });

  it('says why a check did not run', () => {
    const page = renderPage({ triton: { date: '2026-01-01', node: 'v20', rows: [], skipped: 'no Triton here' } });
    expect(page).to.include('No figures: no Triton here');
  });

  it('writes ratios with three significant digits', () => {
    expect([percent(0.01234), percent(0.123456), percent(-0.5), percent(Number.NaN)]).to.deep.equal([
      '1.23 %',
      '12.3 %',
      '-50 %',
      'NaN',
    ]);
  });
});
