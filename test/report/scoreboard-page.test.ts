import { expect } from 'chai';
import { compareAll } from '../../src/evaluation/fronts/compare-all.js';
import type { EvaluationRow } from '../../src/evaluation/row.js';
import { computeScoreboard } from '../../src/evaluation/scoreboard.js';
import { renderFrontChart } from '../../src/report/front-chart.js';
import { renderIntervalChart } from '../../src/report/interval-chart.js';
import { markOf } from '../../src/report/policy-marks.js';
import { renderScoreboardPage, type ScoreboardSection } from '../../src/report/scoreboard-page.js';
import { buildRow } from '../evaluation/support/rows.js';

const POLICIES = ['learned', 'kpa', 'planner', 'nobody <1>'];

/** Two traces, two windows, six points of every policy; those of `nobody` are all beaten by its first. */
function rowsOf(length: 'short' | 'long'): readonly EvaluationRow[] {
  return POLICIES.flatMap((policy, p) =>
    ['a', 'b'].flatMap((trace) =>
      [1, 2].flatMap((window) =>
        [0.05, 0.03, 0.02, 0.01, 0.005, 0].map((missRate, i) =>
          buildRow({
            traffic: `${trace}/${length}-0${window}`,
            policy,
            setting: `x=${i},guards=on`,
            price: i < 3 ? 30 : 100,
            missRate,
            cost: policy.startsWith('nobody') ? 9 - i : 2 + 0.4 * i + 0.1 * p,
            replicaHours: 4,
            missEpisodes: 40,
          }),
        ),
      ),
    ),
  );
}

function sectionOf(windows: 'short' | 'long'): ScoreboardSection {
  const rows = rowsOf(windows);
  const results = compareAll(rows, { policies: POLICIES, references: ['planner', 'hindsight'] });
  return { windows, rows, scores: computeScoreboard(rows, 'planner'), results };
}

describe('the page of a scoreboard', () => {
  let html: string;
  const page = (): string =>
    renderScoreboardPage({ command: "kiscaler evaluate '<x>'", sections: [sectionOf('short'), sectionOf('long')] });
  before(() => {
    html = page();
  });

  it('is one file that loads nothing and runs nothing', () => {
    expect(html).to.include(`content="default-src 'none';`);
    expect(html).not.to.match(/<script|src=|<iframe|@import/);
    expect([...html.matchAll(/https?:\/\/[^"'\s<)]*/g)].map(([url]) => url)).to.satisfy((urls: string[]) =>
      urls.every((url) => url === 'http://www.w3.org/2000/svg'),
    );
  });

  it('keeps short and long windows apart, and has a front for each trace and for all', () => {
    for (const [title, other] of [
      ['Short windows', 'Long windows'],
      ['Long windows', 'Short windows'],
    ] as const) {
      const section = html.split('<section').find((part) => part.includes(`>${title}</h2>`)) ?? '';
      expect(section).not.to.include(`>${other}</h2>`);
      const names = [...section.matchAll(/<svg role="img" aria-label="([^"]*)"/g)].map((match) => match[1] as string);
      for (const of of ['mean of all traces', 'a', 'b'])
        expect(names.filter((name) => name.startsWith(`Cost against misses, ${of}.`))).to.have.length(1);
      for (const level of ['1', '3'])
        for (const what of ['Cost', 'Cost ratio'])
          expect(names.filter((name) => name.startsWith(`${what} at ${level} % misses.`))).to.have.length(1);
    }
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('counts in its legend the points that are to be seen, not the prices at which one was played', () => {
    const rows = [10, 30, 100].flatMap((price) => [
      buildRow({ policy: 'told', setting: 'default', price, cost: price, missRate: 0.01 }),
      buildRow({ policy: 'blind', setting: 'x=1', price, cost: 2, missRate: 0.02 }),
      buildRow({ policy: 'blind', setting: 'x=2', price, cost: 3, missRate: 0.01 }),
    ]);
    const section = { windows: undefined, rows, scores: [], results: [] };
    const [, legend = ''] =
      /<ul class="legend">(.*?)<\/ul>/.exec(renderScoreboardPage({ command: '', sections: [section] })) ?? [];
    const said = [...legend.matchAll(/<\/i>(\w+) <small>(.*?)<\/small>/g)].map(([, policy, text]) => [policy, text]);
    expect(said).to.deep.equal([
      ['told', '3 points (1 setting, 3 prices)'],
      ['blind', '2 points (2 settings, 3 prices)'],
    ]);
  });

  it('tells who wins where, and shows every price', () => {
    // kpa is a little cheaper than planner on both traces.
    expect(html).to.match(
      /<th scope="row">kpa<\/th><td>planner<\/td><td>1 %<\/td><td class="good">0\.9\d \[[^<]*<\/td><td>2 \/ 0 \/ 0</,
    );
    expect(html).to.include('At a price of 30');
    expect(html).to.include('<summary>At a price of 100</summary>');
    expect(html).to.include('x=0, guards=on');
  });

  it('takes nothing for markup, and is the same text every time', () => {
    expect(html).to.include('nobody &lt;1&gt;');
    expect(html).not.to.include('nobody <1>');
    expect(html).to.include("kiscaler evaluate '&lt;x&gt;'");
    expect(page()).to.equal(html);
  });

  it('defines every colour that it uses, for light and for dark', () => {
    const used = new Set([...html.matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1] as string));
    const [light = '', dark = ''] = html.split('prefers-color-scheme: dark');
    for (const colour of [...used].filter((name) => name !== 'of'))
      for (const theme of [light, dark]) expect(theme, colour).to.match(new RegExp(`--${colour}: `));
  });
});

describe('charts of a scoreboard', () => {
  it('give every one of two dozen policies a look of its own', () => {
    const policies = Array.from({ length: 24 }, (_, i) => `law-${i}`);
    const looks = policies.map((policy) => JSON.stringify(markOf(policy, policies)));
    expect(new Set(looks).size).to.equal(24);
  });

  it('stand where nothing can be drawn: no points, no intervals', () => {
    const fronts = [{ policy: 'kpa', points: [{ cost: Number.NaN, missRate: 0.1 }] }];
    const svg = renderFrontChart({ title: 'x', fronts, policies: ['kpa'], levels: [0.01], id: 'f' });
    expect(svg).to.include('kpa without points').and.not.to.include('NaN');
    const bare = renderIntervalChart({ title: 'x', lines: [{ name: 'kpa', interval: undefined }], even: 1, id: 'i' });
    expect(bare).to.include('kpa cannot be told').and.not.to.include('NaN');
  });
});
