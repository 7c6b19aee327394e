import { openOutputFile } from './output-file.js';

const FLUSH_LENGTH = 1 << 16;

/** A CSV file that is written as it grows (RFC 4180); NaN becomes an empty field. */
export interface CsvFile {
  row(fields: readonly (string | number)[]): void;
  finish(): void;
  discard(): void;
}

/** Opens the file, which stands under its name once it is finished, and writes the header. Throws as `fs` does. */
export function createCsvFile(path: string, header: readonly string[]): CsvFile {
  const file = openOutputFile(path);
  let buffer = `${header.join(',')}\n`;
  const flush = (): void => {
    file.write(buffer);
    buffer = '';
  };
  return {
    row(fields) {
      buffer += `${fields.map(toField).join(',')}\n`;
      if (buffer.length > FLUSH_LENGTH) flush();
    },
    finish() {
      flush();
      file.finish();
    },
    discard: () => file.discard(),
  };
}

function toField(value: string | number): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
