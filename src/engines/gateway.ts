import { counter, type Series } from './series.js';

/** Counters of received requests that live in front of the engines, and so also where no engine runs. */
export interface Gateway {
  readonly received: Series;
  /** The label that names the model, and how the gateway writes it there. */
  readonly model: string;
  readonly written: (model: string) => string;
}

/** NVIDIA Dynamo's frontend, which writes models in lower case. Source: its metrics (Apache-2.0), unlike `_requests_total` on receipt. */
const DYNAMO: Gateway = {
  received: counter(['dynamo_frontend_requests_started_total'], 'Total number of LLM requests started'),
  model: 'model',
  written: (model) => model.toLowerCase(),
};

/** By the name that a trigger's `arrivals` gives them. */
export const GATEWAYS = { dynamo: DYNAMO } as const;
