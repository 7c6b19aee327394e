import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The wheel that carries tritonserver 2.51.0 (Apache-2.0); the environment takes 370 MB. */
const PACKAGE = 'nvidia-pytriton==0.7.0';
const CACHED = fileURLToPath(new URL('../../../.cache/triton-venv', import.meta.url));

/** Where a Triton server lies on this machine. */
export interface TritonInstallation {
  /** tritonserver, its backends and the stubs of the Python backend. */
  readonly folder: string;
  /** `bin` of the virtual environment: the Python backend starts what is first in PATH. */
  readonly bin: string;
  /** e.g. `3.11`. */
  readonly python: string;
}

/** The installation in TRITON_VENV, else in .cache/triton-venv; undefined where there is none. */
export function findTriton(): TritonInstallation | undefined {
  const venv = process.env['TRITON_VENV'] ?? CACHED;
  if (!existsSync(join(venv, 'lib'))) return undefined;
  for (const name of readdirSync(join(venv, 'lib'))) {
    const folder = resolve(venv, 'lib', name, 'site-packages/pytriton/tritonserver');
    if (existsSync(join(folder, 'bin/tritonserver')))
      return { folder, bin: resolve(venv, 'bin'), python: name.replace('python', '') };
  }
  return undefined;
}

/** Installs it into .cache/triton-venv by pip, if it is not there. Throws when python3 or pip fail. */
export function installTriton(progress: (text: string) => void): TritonInstallation {
  const found = findTriton();
  if (found) return found;
  progress(`installing ${PACKAGE} into .cache/triton-venv (370 MB)`);
  for (const [command, ...rest] of [
    ['python3', '-m', 'venv', CACHED],
    [join(CACHED, 'bin/pip'), 'install', '--quiet', '--no-cache-dir', PACKAGE],
  ]) {
    const { status, stderr } = spawnSync(command as string, rest, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command} ${rest.join(' ')} failed: ${stderr?.slice(-400)}`);
  }
  const installed = findTriton();
  if (!installed) throw new Error(`${PACKAGE} has no tritonserver for this Python`);
  return installed;
}
