import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Folder of the public data sets (KISCALER_DATA, else ../shared/data beside the project), or undefined where there is none. */
export const DATA = [
  process.env['KISCALER_DATA'],
  fileURLToPath(new URL('../../../shared/data/', import.meta.url)),
].find((folder) => folder !== undefined && existsSync(folder));

/** Said in the title of what cannot run without them. */
export const WITHOUT_DATA = DATA ? '' : ' (skipped: set KISCALER_DATA to the folder of the public data sets)';
