/** One thing a check has to say about a set-up. */
export interface Finding {
  /** `error`: it will not work. `warning`: it works, but not as meant. `ok`: checked and right. */
  readonly severity: 'error' | 'warning' | 'ok';
  /** Path of the field, e.g. `spec.triggers[0].metricType`. */
  readonly field: string;
  readonly message: string;
  /** What to write instead. */
  readonly fix?: string;
}
