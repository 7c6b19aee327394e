import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FidelityCheck, FidelityRow } from '../row.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

interface MochaReport {
  readonly tests: readonly { readonly fullTitle: string; readonly err: object; readonly file: string }[];
}

/** The files whose tests are the check, what each compares with what, and whether each of their tests is a row of its own. */
const FILES = [
  ['autoscaling/hpa', "the HPA's documented tables and examples", false],
  ['autoscaling/keda', "KEDA's documented tables and examples", false],
  ['autoscaling/keda-scenarios', "KEDA's own end-to-end scenarios, in upstream's time limits", false],
  ['autoscaling/transcription', 'random states against a second, literal transcription of the documents', true],
  ['autoscaling/kubernetes', "recorded answers of the HPA controller's own code, Kubernetes v1.35.4", true],
  ['autoscaling/keda-upstream', "recorded answers of KEDA's own executor and fallback, v2.21.0", true],
  [
    'cli/simulate/real-control-plane',
    'a recorded real control plane, eleven ScaledObjects under `simulate --desired`',
    false,
  ],
] as const;

/** The tests of the control arithmetic, run as they are: their titles say what was compared how often. */
export const CONTROL: FidelityCheck = {
  name: 'control',
  run: async ({ progress }) =>
    FILES.flatMap(([file, check, isEachARow]): FidelityRow[] => {
      progress(file);
      const path = `test/${file}.test.ts`;
      const flags = ['mocha', '--no-config', '--import=tsx', '--timeout', '120000', '--reporter', 'json', path];
      const { tests } = JSON.parse(spawnSync('npx', flags, { cwd: ROOT, encoding: 'utf8' }).stdout) as MochaReport;
      const failing = tests.filter(({ err }) => Object.keys(err).length > 0);
      const row = (metric: string, measured: string, within: boolean): FidelityRow => ({
        section: 'control',
        check,
        metric,
        measured,
        tolerance: 'equal',
        within,
        command: `npx mocha --no-config --import=tsx ${path}`,
      });
      return isEachARow
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
