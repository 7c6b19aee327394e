import {
  accessSync,
  closeSync,
  constants,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';

/** A file that stands under its name only when it is whole. */
export interface OutputFile {
  write(text: string): void;
  /** Puts it under its name, in place of one that was there. */
  finish(): void;
  /** Leaves what was there as it was. */
  discard(): void;
}

/**
 * Opens PATH.part, which becomes PATH when it is finished, so that a run that was stopped leaves no file that looks whole. What is
 * no regular file, such as /dev/stdout or a pipe, is written directly. Throws as `fs` does.
 */
export function openOutputFile(path: string): OutputFile {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && !found.isFile() ? openDirectly(path) : openAside(found ? writableTarget(path) : path);
}

/** Behind links; a file that may not be written must not be replaced either. */
function writableTarget(path: string): string {
  accessSync(path, constants.W_OK);
  return realpathSync(path);
}

function openAside(path: string): OutputFile {
  const part = `${path}.part`;
  const file = openSync(part, 'w');
  return {
    write: (text) => writeFileSync(file, text),
    finish() {
      closeSync(file);
      renameSync(part, path);
    },
    discard() {
      closeSync(file);
      rmSync(part, { force: true });
    },
  };
}

function openDirectly(path: string): OutputFile {
  const file = openSync(path, 'w');
  const close = (): void => closeSync(file);
  return { write: (text) => writeFileSync(file, text), finish: close, discard: close };
}
