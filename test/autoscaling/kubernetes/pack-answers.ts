import { readFileSync } from 'node:fs';
import { packCounts } from './answers.js';
import { HISTORIES, SYNCS } from './states.js';

const counts = readFileSync(0, 'utf8').trim().split('\n').map(Number);
if (counts.length !== HISTORIES * SYNCS)
  throw new Error(`${HISTORIES * SYNCS} answers expected, found ${counts.length}`);
for (let i = 0; i < counts.length; i += SYNCS) process.stdout.write(`${packCounts(counts.slice(i, i + SYNCS))}\n`);
