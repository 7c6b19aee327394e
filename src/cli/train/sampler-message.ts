import type { SampleSet } from '../../training/forecaster/samples.js';

/** An episode that a thread is asked to play; `data` is the same every time. */
export interface SampleRequest {
  readonly data: string | undefined;
  readonly seed: number;
  readonly index: number;
}

export type SampleReply = { readonly samples: SampleSet } | { readonly problem: string };
