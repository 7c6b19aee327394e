import { expect } from 'chai';
import { renderReport } from '../../src/report/page.js';
import { CHART_KINDS } from '../../src/report/run-charts.js';
import { spansOf } from '../../src/report/spans.js';
import type { TickSample } from '../../src/report/tick-sample.js';
import { scenarioSchema } from '../../src/scenarios/scenario.js';
import { recordedRun, sampledRun } from './support.js';

const FAULTS = [
  { kind: 'metrics-stop', at: 90, until: 300 },
  { kind: 'pod-crash', at: 120, pods: 2 },
] as const;

/** A scenario in which nothing happens. */
const MINIMAL = { version: 1, name: 'x', profile: 'demo-small', traffic: { pattern: 'constant', high: 1 } };
const QUIET = scenarioSchema.parse(MINIMAL);

describe('spans of a report', () => {
  it('tell of the warm-up, faults, surges, token bombs and pauses, cut at the end of the run', () => {
    const scenario = scenarioSchema.parse({
      ...MINIMAL,
      warmup: 60,
      traffic: {
        ...MINIMAL.traffic,
        surges: [{ at: 100, duration: 500, times: 4 }],
        tokenBombs: [{ at: 50, duration: 10, share: 0.25, inputTokens: 9000 }],
      },
      faults: [
        { kind: 'metrics-stop', at: 200 },
        { kind: 'pod-crash', at: 150 },
      ],
      control: { pauses: [{ at: 10, until: 20 }] },
    });
    const spans = spansOf(scenario, 300).map(({ name, from, to, kind }) => [name, from, to, kind]);
    expect(spans).to.deep.equal([
      ['warm-up', 0, 60, 'warm-up'],
      ['metrics-stop', 200, 300, 'fault'],
      ['pod-crash', 150, 150, 'fault'],
      ['surge 4x', 100, 300, 'traffic'],
      ['token-bomb', 50, 60, 'traffic'],
      ['paused', 10, 20, 'control'],
    ]);
    expect(spansOf(QUIET, 300)).to.deep.equal([]);
  });
});

describe('an HTML report', () => {
  let samples: readonly TickSample[];
  let html: string;
  let alone: string;
  const page = (policies: readonly string[]): string =>
    renderReport({
      command: "kiscaler simulate '<x>'",
      sections: [
        {
          traffic: 'test',
          teaches: 'That <i>nothing</i> is taken for markup.',
          scenarioText: 'version: 1\nname: a&b\n',
          runs: policies.map((policy) =>
            recordedRun(samples, { policy, spans: spansOf({ ...QUIET, faults: [...FAULTS], warmup: 30 }, 300) }),
          ),
        },
      ],
    });
  before(async () => {
    samples = await sampledRun(2, { faults: [...FAULTS] });
    html = page(['planner', 'hpa <1>']);
    alone = page(['planner']);
  });

  it('is one file that loads nothing and runs nothing', () => {
    expect(html).to.include(`content="default-src 'none';`);
    expect(html).not.to.match(/<script|src=|<iframe|@import/);
    expect([...html.matchAll(/href="([^"]*)"/g)].map((match) => match[1])).to.deep.equal(['data:,']);
    expect([...html.matchAll(/https?:\/\/[^"'\s<)]*/g)].map(([url]) => url)).to.satisfy((urls: string[]) =>
      urls.every((url) => url === 'http://www.w3.org/2000/svg'),
    );
  });

  it('has every chart for every run on the same axes, with a name that can be read out', () => {
    const names = [...html.matchAll(/<svg role="img" aria-label="([^"]*)"/g)].map((match) => match[1] as string);
    for (const { title } of CHART_KINDS)
      for (const policy of ['planner', 'hpa &lt;1&gt;'])
        expect(
          names.filter((name) => name.startsWith(`${title}, ${policy}.`)),
          title,
        ).to.have.length(1);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('shows the command, the lesson, the scenario, the summary and what goes wrong as text, not as markup', () => {
    for (const text of [
      "kiscaler simulate '&lt;x&gt;'",
      'That &lt;i&gt;nothing&lt;/i&gt; is',
      'name: a&amp;b',
      '<th scope="col">hpa &lt;1&gt;</th>',
      '<b>metrics-stop</b> 1:30 to the end',
      '<b>pod-crash</b> 2:00 (pods 2)',
    ])
      expect(html).to.include(text);
  });

  it('compares runs in one picture only where there are several', () => {
    expect(html).to.include('Compared</h3>');
    expect(alone).not.to.include('Compared</h3>');
  });

  it('says why the policy did not answer', () => {
    expect(html).to.match(/\d+ ticks?: the newest samples are older than three minutes \(KIS_METRICS_STALE\)/);
  });

  it('is the same text every time', () => expect(page(['planner'])).to.equal(alone));

  it('defines every colour that it uses, for light and for dark', () => {
    const used = new Set([...html.matchAll(/var\(--([\w-]+)\)/g)].map((match) => match[1] as string));
    const [light = '', dark = ''] = html.split('prefers-color-scheme: dark');
    for (const colour of [...used].filter((name) => name !== 'of'))
      for (const theme of [light, dark]) expect(theme, colour).to.match(new RegExp(`--${colour}: `));
  });
});
