/** One figure of docs/fidelity.md: what was measured beside what is allowed. */
export interface FidelityRow {
  /** Section of the page, e.g. `Queueing theory`. */
  readonly section: Section;
  /** What was compared with what, e.g. `M/M/1, rho 0.9, 3e7 jobs`. */
  readonly check: string;
  /** The figure, e.g. `mean wait, relative error`. */
  readonly metric: string;
  /** As the page shows it, with unit and spread where it has one: `0.31 % (99 % interval 0.9 %)`. */
  readonly measured: string;
  /** What issue or calibration page allows: `<= 1 %`. */
  readonly tolerance: string;
  /** Whether `measured` is inside `tolerance`; `reported`: a figure without a limit of its own. Never rounded in our favour. */
  readonly within: boolean | 'reported';
  /** What makes this row again, from the project's root. */
  readonly command: string;
}

/** Sections of the page, in its order, each with the sentence below its heading. */
export const SECTIONS = {
  queueing:
    "Textbook queues played through KISim's own arrival source, dispatcher, router, event loop and statistics; only the server is a stand-in.",
  engines: 'Fast-forward against the step engine on random scenarios: the same requests through both.',
  scheduler: "vLLM 0.32's own scheduler, request by request, under the same step law.",
  logs: 'Measurements of real vLLM servers and of their kernels: fitted on one half, judged on the other.',
  triton: 'A real Triton server beside the Triton replica, fed the same arrivals.',
  telemetry: 'Windows of a real Prometheus that scraped KISim beside the windows that KISim hands to a policy.',
  control: 'The arithmetic of the HPA and of KEDA beside an independent transcription of their documents.',
  laws: 'Laws that need no reference: what must hold between two runs, or inside one.',
} as const;

export type Section = keyof typeof SECTIONS;

/**
 * One module under test/fidelity that measures something. `short`: the form that CI runs, in seconds instead of minutes.
 * A check that cannot run where it stands (no data, no server) gives a reason instead of rows.
 */
export interface FidelityCheck {
  readonly name: string;
  readonly run: (options: CheckOptions) => Promise<readonly FidelityRow[] | { readonly skipped: string }>;
}

export interface CheckOptions {
  readonly short: boolean;
  /** Says how far it has come; goes to stderr. */
  readonly progress: (text: string) => void;
}

/** `0.0123` as `1.23 %`: three significant digits, never rounded to a limit it exceeds. */
export function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${Number((100 * ratio).toPrecision(3))} %` : String(ratio);
}
