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

/** Sections of the page, in its order, each with its heading and a sentence below. */
export const SECTIONS = {
  queueing: {
    title: 'Queueing theory',
    sentence:
      "Textbook queues played through KISim's own traffic, arrival source, dispatcher, router, event loop and statistics; only the server is a stand-in.",
  },
  engines: {
    title: 'Fast-forward and step engine',
    sentence:
      'The same requests through both engines, on random scenarios: law, slots, blocks, budget, lengths, traffic.',
  },
  scheduler: {
    title: "vLLM's scheduler",
    sentence: "vLLM 0.32's own scheduler beside both engines, request by request, under the same step law.",
  },
  logs: {
    title: 'Real servers and kernels',
    sentence: 'Measurements of real vLLM servers and of their kernels: fitted on one half, judged on the other.',
  },
  triton: {
    title: 'A real Triton server',
    sentence: 'A real Triton server beside the Triton replica, fed the same arrivals.',
  },
  telemetry: {
    title: 'Telemetry',
    sentence: 'Windows of a real Prometheus that scraped KISim beside the windows that KISim hands to a policy.',
  },
  control: {
    title: 'KEDA and the HPA',
    sentence: 'The control arithmetic beside an independent transcription of the documented formulas.',
  },
  laws: {
    title: 'Metamorphic laws',
    sentence: 'What must hold inside one run, or between two, whatever the truth is.',
  },
  sensitivity: {
    title: 'How far an error in the model carries',
    sentence: 'The same fleet with something wrong on purpose, beside itself: figures for the table below.',
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly sentence: string }>>;

export type Section = keyof typeof SECTIONS;

/** Makes the rows of one section that one command makes again. */
export function rowsOf(section: Section, command: string) {
  return (
    check: string,
    metric: string,
    measured: string,
    tolerance: string,
    within: FidelityRow['within'],
  ): FidelityRow => ({ section, check, metric, measured, tolerance, within, command });
}

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

/** `0.0123` as `1.23 %`: three significant digits; on which side of a limit a figure lies is for `within` to say. */
export function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${Number((100 * ratio).toPrecision(3))} %` : String(ratio);
}
