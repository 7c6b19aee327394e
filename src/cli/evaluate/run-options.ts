import { Option } from '@commander-js/extra-typings';
import { integer } from '../option-parsers.js';

export const RESUME_OPTION = new Option(
  '--resume <file>',
  'keep finished runs there, one JSON row a line, and play only what is missing',
);
export const WORKERS_OPTION = new Option('--workers <n>', 'threads, 1 to 256 (default: one a core)').argParser((text) =>
  integer(text, 256, 1),
);
