import { installTriton } from './venv.js';

/** `npx tsx test/fidelity/triton/install.ts`: a Triton server into .cache/triton-venv, unless one is there. */
process.stdout.write(`${installTriton((text) => process.stderr.write(`${text}\n`)).folder}\n`);
