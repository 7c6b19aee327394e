import { runTriton } from './check.js';

/** `npx tsx test/fidelity/triton/main.ts [--short]`: progress to stderr, one JSON object a run to stdout. */
const runs = await runTriton(process.argv.includes('--short'), (text) => process.stderr.write(`${text}\n`));
if (!runs) process.stderr.write('no Triton server: set TRITON_VENV\n');
for (const run of runs ?? []) process.stdout.write(`${JSON.stringify(run)}\n`);
