import type { RequestSpec } from '../replica/request.js';

/**
 * A lazy stream of requests in order of arrival (seconds from the start of the run); undefined once it has ended, and from
 * then on. Nothing is kept of requests handed out, so memory does not grow with the length of a run.
 */
export interface Traffic {
  next(): RequestSpec | undefined;
}
