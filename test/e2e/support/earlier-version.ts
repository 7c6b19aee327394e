import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
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

/** That version, built in a folder of its own with the packages of the present one; gives the folder. */
export async function buildVersion(scene: Scene, revision: string): Promise<string> {
  const folder = join(scene.bed.folder, `version-${revision}`);
  const archive = `${folder}.tar`;
  mkdirSync(folder);
  git('archive', '--output', archive, revision);
  execFileSync('tar', ['xf', archive, '-C', folder]);
  scene.after(() => {
    for (const made of [archive, folder]) rmSync(made, { recursive: true, force: true });
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: folder });
  return folder;
}
