import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BYTES = fileURLToPath(new URL('./bytes.ts', import.meta.url));

/** The hash of the gallery on another Node version, which npm brings into .cache; undefined where it cannot. */
export function hashOnNode(version: number): string | undefined {
  const folder = join(ROOT, '.cache/node', String(version));
  try {
    const flags = ['--silent', '--no-save', '--prefix', folder, '--ignore-scripts=false'];
    execFileSync('npm', ['install', ...flags, `node@${version}`], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const node = join(folder, 'node_modules/node/bin/node');
  return execFileSync(node, ['--import=tsx', BYTES], { cwd: ROOT, encoding: 'utf8' }).trim();
}
