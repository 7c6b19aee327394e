import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FidelityCheck, FidelityRow } from '../row.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface MochaReport {
  readonly tests: readonly { readonly fullTitle: string; readonly err: object; readonly file: string }[];
}

/** The files whose tests are the check, and what each compares with what. */
const FILES = [
  ['hpa.test.ts', "the HPA's documented tables and examples"],
  ['keda.test.ts', "KEDA's documented tables and examples"],
  ['transcription.test.ts', 'random states against a second, literal transcription of the documents'],
] as const;

/** The tests of the control arithmetic, run as they are: their titles say what was compared how often. */
export const CONTROL: FidelityCheck = {
  name: 'control',
  run: async ({ progress }) =>
    FILES.flatMap(([file, check]): FidelityRow[] => {
      progress(file);
      const path = `test/autoscaling/${file}`;
      const flags = ['mocha', '--no-config', '--import=tsx', '--timeout', '120000', '--reporter', 'json', path];
      const { tests } = JSON.parse(spawnSync('npx', flags, { cwd: ROOT, encoding: 'utf8' }).stdout) as MochaReport;
      const failing = tests.filter(({ err }) => Object.keys(err).length > 0);
      const isLong = file === 'transcription.test.ts';
      const row = (metric: string, measured: string, within: boolean): FidelityRow => ({
        section: 'control',
        check,
        metric,
        measured,
        tolerance: 'equal',
        within,
        command: `npx mocha --no-config --import=tsx ${path}`,
      });
      return isLong
        ? tests.map((one) => row(one.fullTitle, failing.includes(one) ? 'differs' : 'equal', !failing.includes(one)))
        : [
            row(
              `${tests.length} tests`,
              `${tests.length - failing.length} pass`,
              failing.length === 0 && tests.length > 0,
            ),
          ];
    }),
};
