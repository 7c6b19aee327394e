/** What is wrong with a trace, and where. Lines count from 1; the header is line 1; undefined: the file as a whole. */
export class TraceError extends Error {
  readonly line: number | undefined;
  readonly problem: string;
  /** The file, once somebody who knows it has said so. */
  readonly file: string | undefined;

  constructor(line: number | undefined, problem: string, file?: string) {
    super(
      [file, line === undefined ? undefined : `line ${line}`, problem].filter((one) => one !== undefined).join(': '),
    );
    this.name = 'TraceError';
    this.line = line;
    this.problem = problem;
    this.file = file;
  }
}
