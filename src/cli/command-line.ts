/** As it was typed, for a report to say what made it. */
export function commandLine(): string {
  const words = process.argv
    .slice(2)
    .map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  return ['kiscaler', ...words].join(' ');
}
