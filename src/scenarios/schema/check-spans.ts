import type { Seconds } from '../../base/units.js';
import type { Fault } from '../../kisim/fault.js';
import type { Control } from './control.js';

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Lines of a scenario that would be over before they begin. */
export function checkSpans(faults: readonly Fault[], { schedules, pauses }: Control): readonly Problem[] {
  return [
    ...faults.flatMap((fault, i) => check(['faults', i], 'at', fault.at, 'until' in fault ? fault.until : undefined)),
    ...schedules.flatMap(({ from, until }, i) => check(['control', 'schedules', i], 'from', from, until)),
    ...pauses.flatMap(({ at, until }, i) => check(['control', 'pauses', i], 'at', at, until)),
  ];
}

function check(line: Problem['path'], name: string, begin: Seconds, end: Seconds | undefined): readonly Problem[] {
  if (end === undefined || end > begin) return [];
  return [{ path: [...line, 'until'], message: `must be after ${name} (${begin} s)` }];
}
