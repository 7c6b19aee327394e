import { type Binned, Binner } from '../../report/binner.js';
import type { RecordedRun } from '../../report/recorded-run.js';
import { spansOf } from '../../report/spans.js';
import { openOutputFile } from '../output-file.js';
import type { Case } from './cases.js';
import { figuresOf, type ReportedRun } from './table.js';

/** Collects what an HTML report shows, run by run, and writes it at the end. */
export interface HtmlReport {
  /** What the ticks of the next run go to. */
  open(): Binner;
  add(played: Case, reported: ReportedRun, binned: Binned): void;
  write(): Promise<void>;
  /** Nothing came of it: what was there before stays. */
  discard(): void;
}

/** Opens the file at once, so that a path that cannot be written fails before anything is played. Throws as `fs` does. */
export function openHtmlReport(path: string, command: string): HtmlReport {
  const file = openOutputFile(path);
  const played: { readonly one: Case; readonly run: RecordedRun }[] = [];
  return {
    open: () => new Binner(),
    add(one, reported, binned) {
      played.push({ one, run: recordedRun(one, reported, binned) });
    },
    async write() {
      // Charts take half a second to load, which no other use of the command should pay.
      const { renderReport } = await import('../../report/page.js');
      const labels = [...new Set(played.map(({ one }) => one.label))];
      const sections = labels.map((label) => {
        const group = played.filter(({ one }) => one.label === label);
        const [{ one }] = group as [(typeof group)[number]];
        return { traffic: label, teaches: one.teaches, scenarioText: one.text, runs: group.map(({ run }) => run) };
      });
      file.write(renderReport({ command, sections }));
      file.finish();
    },
    discard: () => file.discard(),
  };
}

function recordedRun({ scenario, policy }: Case, reported: ReportedRun, binned: Binned): RecordedRun {
  const spans = spansOf(scenario, binned.end);
  return { policy: policy.name, ...binned, slo: scenario.slo, spans, figures: figuresOf(reported) };
}
