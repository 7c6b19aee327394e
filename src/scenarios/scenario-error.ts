/** A scenario that is well-formed and cannot be played; the message names the field, what was found and what is allowed. */
export class ScenarioError extends Error {}
