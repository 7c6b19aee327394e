import { expect } from 'chai';
import { assessFreshness } from '../../src/decision/freshness.js';
import { DEFAULT_GRID, emptyWindow } from '../../src/decision/window.js';
import { buildWindow, withGap } from '../support/windows.js';

const ENGINE = ['queueDepth', 'runningRequests', 'completionRate', 'sampleAge', 'scrapedReplicas'] as const;

describe('freshness', () => {
  it('trusts a window whose samples are younger than two scrapes and a tick', () => {
    expect(assessFreshness(buildWindow())).to.deep.equal({ kind: 'complete' });
  });

  it('degrades with the age of the oldest required signal and refuses after three minutes', () => {
    const ladder = [
      { gap: 0, kind: 'complete' },
      { gap: 1, kind: 'complete' },
      { gap: 2, kind: 'degraded' },
      { gap: 10, kind: 'degraded' },
      { gap: 11, kind: 'refused' },
      { gap: 60, kind: 'refused' },
    ];
    for (const { gap, kind } of ladder) {
      expect(assessFreshness(withGap(buildWindow(), gap, ENGINE)).kind, `gap of ${gap} ticks`).to.equal(kind);
      expect(assessFreshness(withGap(buildWindow(), gap)).kind, `everything gone for ${gap} ticks`).to.equal(kind);
    }
  });

  it('sees a frozen backend by the age of its newest sample', () => {
    expect(assessFreshness(buildWindow({ sampleAge: 100 })).kind).to.equal('degraded');
    expect(assessFreshness(buildWindow({ sampleAge: 290 }))).to.deep.equal({
      kind: 'refused',
      code: 'KIS_METRICS_STALE',
    });
  });

  it('refuses when a required signal was never seen, and never takes absent for 0', () => {
    const window = buildWindow();
    window.series.queueDepth.fill(Number.NaN);
    expect(assessFreshness(window)).to.deep.equal({ kind: 'refused', code: 'KIS_METRICS_EMPTY' });
    expect(assessFreshness(emptyWindow(0, DEFAULT_GRID)).kind).to.equal('refused');
  });

  it('answers, but only upwards, while a live companion series says that no replica is ready', () => {
    const window = buildWindow({ readyReplicas: 0 });
    for (const name of ENGINE) window.series[name].fill(Number.NaN);
    expect(assessFreshness(window)).to.deep.equal({ kind: 'degraded', because: 'starting' });
  });

  it('needs half of the settled replicas scraped to answer and nine tenths to go down', () => {
    expect(assessFreshness(buildWindow({ readyReplicas: 10, scrapedReplicas: 9 })).kind).to.equal('complete');
    expect(assessFreshness(buildWindow({ readyReplicas: 10, scrapedReplicas: 8 })).kind).to.equal('degraded');
    expect(assessFreshness(buildWindow({ readyReplicas: 10, scrapedReplicas: 4 }))).to.deep.equal({
      kind: 'refused',
      code: 'KIS_METRICS_PARTIAL',
    });
  });

  it('gives replicas that have just become ready a minute to be scraped', () => {
    const window = buildWindow({ readyReplicas: [4, 4, 4, 12], scrapedReplicas: 4 });
    expect(assessFreshness(window)).to.deep.equal({ kind: 'complete' });
  });
});
