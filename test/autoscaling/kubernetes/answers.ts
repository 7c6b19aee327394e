/** One printable character a count: '0' is 0, '1' is 1, ':' is 10, and so on. */
const ZERO = '0'.charCodeAt(0);

/** Counts (0 to 78) as a line of text, one character each. */
export function packCounts(counts: readonly number[]): string {
  return counts.map((count) => String.fromCharCode(ZERO + count)).join('');
}

export function unpackCounts(line: string): number[] {
  return Array.from(line, (letter) => letter.charCodeAt(0) - ZERO);
}
