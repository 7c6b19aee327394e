/** Options of playing scenarios, as commander reads them. */
export interface SimulateOptions {
  readonly traffic?: readonly string[] | undefined;
  readonly policy?: readonly string[] | undefined;
  readonly profile?: string | undefined;
  readonly seed?: number | undefined;
  readonly replicasMin?: number | undefined;
  readonly replicasMax?: number | undefined;
  readonly duration?: string | undefined;
  readonly guards: boolean;
  readonly requestsOut?: string | undefined;
  readonly ticksOut?: string | undefined;
  readonly html?: string | undefined;
  readonly json?: true | undefined;
}
