import { execFile, execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './folders.js';
import type { Scene } from './scene.js';

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** The newest tag before the present commit; where there is none, the last commit with another model than the one that ships. */
export function previousVersion(): string {
  try {
    return git('describe', '--tags', '--abbrev=0', 'HEAD^');
  } catch {
    const changed = git('log', '-1', '--format=%h', '--', 'models/policy.onnx');
    return git('rev-parse', '--short', `${changed}^`);
  }
}

/** That version, built in a worktree of its own with the packages of the present one; gives its folder. */
export async function buildVersion(scene: Scene, revision: string): Promise<string> {
  const folder = join(scene.bed.folder, `version-${revision}`);
  git('worktree', 'add', '--detach', folder, revision);
  scene.after(() => {
    rmSync(folder, { recursive: true, force: true });
    git('worktree', 'prune');
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: folder });
  return folder;
}
