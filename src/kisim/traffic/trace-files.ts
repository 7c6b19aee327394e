import { readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Lines, linesOfFile } from './lines.js';

/** Opens the files that a scenario's traffic names, by the names that it uses. Both throw as `fs` does. */
export interface TraceFiles {
  /** The lines of a file. */
  lines(file: string): Lines;
  /** The CSV files of a folder, by name in order; undefined: it is a file itself. */
  list(file: string): readonly string[] | undefined;
}

/** Files relative to a folder. */
export function traceFilesIn(folder: string): TraceFiles {
  return {
    lines: (file) => linesOfFile(resolve(folder, file)),
    list(file) {
      const path = resolve(folder, file);
      if (!statSync(path).isDirectory()) return undefined;
      const names = readdirSync(path).filter((name) => name.endsWith('.csv'));
      return names.sort().map((name) => `${file}/${name}`);
    },
  };
}
