import { closeSync, openSync, writeSync } from 'node:fs';

const FLUSH_LENGTH = 1 << 16;

/** A CSV file that is written as it grows (RFC 4180); NaN becomes an empty field. */
export interface CsvFile {
  row(fields: readonly (string | number)[]): void;
  close(): void;
}

/** Opens (and empties) the file and writes the header. Throws as `fs` does. */
export function createCsvFile(path: string, header: readonly string[]): CsvFile {
  const file = openSync(path, 'w');
  let buffer = `${header.join(',')}\n`;
  const flush = (): void => {
    writeSync(file, buffer);
    buffer = '';
  };
  return {
    row(fields) {
      buffer += `${fields.map(toField).join(',')}\n`;
      if (buffer.length > FLUSH_LENGTH) flush();
    },
    close() {
      flush();
      closeSync(file);
    },
  };
}

function toField(value: string | number): string {
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
