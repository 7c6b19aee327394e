import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Programs and files that tools/build.sh has made. */
export const BIN = join(ROOT, '.cache/tools/bin');
export const SHARE = join(ROOT, '.cache/tools/share');
/** One folder per run: logs, summary, and while it runs certificates and data. */
export const RUNS = join(ROOT, '.cache/e2e');

const VERSIONS = join(ROOT, 'test/e2e/tools/versions.env');
const KEPT_RUNS = 5;
const PIDS = 'pids';

/** The version of a tool that is built, by its name. */
export function versionOf(tool: string): string {
  const variable = tool.toUpperCase().replaceAll('-', '_');
  const [, version] = new RegExp(`^${variable}=(.+)$`, 'm').exec(readFileSync(VERSIONS, 'utf8')) ?? [];
  if (version === undefined) throw new RangeError(`tool: found ${tool}, which ${VERSIONS} does not have`);
  return version;
}

/** A fresh folder for a run; ends what an earlier run left behind, and forgets all but the newest runs. */
export function openRunFolder(now: Date): string {
  mkdirSync(RUNS, { recursive: true });
  const earlier = readdirSync(RUNS).sort();
  for (const name of earlier) endLeftovers(join(RUNS, name));
  for (const name of earlier.slice(0, -KEPT_RUNS)) rmSync(join(RUNS, name), { recursive: true, force: true });
  const folder = join(RUNS, `${now.toISOString().replaceAll(/[-:]|\..*/g, '')}-${process.pid}`);
  for (const part of ['log', 'pki', 'keda', 'targets']) mkdirSync(join(folder, part), { recursive: true });
  return folder;
}

export function pidsFile(folder: string): string {
  return join(folder, PIDS);
}

/** Processes of a run whose own process is gone (killed, or the machine was reset): ended only if they are truly its own. */
function endLeftovers(folder: string): void {
  const file = pidsFile(folder);
  if (!existsSync(file)) return;
  const [owner, ...children] = readFileSync(file, 'utf8').trim().split('\n').map(Number);
  if (owner !== undefined && commandOf(owner).includes('test/e2e/main')) return;
  for (const pid of children) if (commandOf(pid).includes(folder)) process.kill(pid, 'SIGKILL');
  rmSync(file, { force: true });
}

/** The command line of a process with its environment's E2E_RUN, by which a run knows its own; empty where it is gone. */
function commandOf(pid: number): string {
  try {
    return ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\0');
  } catch {
    return '';
  }
}
