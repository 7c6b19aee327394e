import type { Bed } from './bed.js';
import { Scene } from './scene.js';

/** How one story ended, with its own time: mocha only sees how long it waited for it. */
export interface Told {
  readonly title: string;
  readonly size: StorySize;
  readonly seconds: number;
  readonly notes: readonly string[];
  readonly failure?: string;
}

/** What `make e2e` runs, and what only `make e2e-full` runs beside it. */
export type StorySize = 'short' | 'full';

interface Story {
  readonly title: string;
  readonly size: StorySize;
  readonly namespace: string;
  readonly tell: (scene: Scene) => Promise<void>;
  /** Runs alone, after all others: it disturbs what they share. */
  readonly isAlone: boolean;
  readonly needsOwnBed: boolean;
  readonly finished: Promise<'told' | 'skipped'>;
  /** Told, skipped, or failed of an error. */
  settle(ended: unknown): void;
}

export interface StoryOptions {
  readonly isAlone?: boolean;
  /** Needs kwok, monitoring, or to stop what the bed has started. */
  readonly needsOwnBed?: boolean;
  /** Takes too long, or asks too much of a machine, for every day. */
  readonly isFull?: boolean;
}

const stories: Story[] = [];
export const told: Told[] = [];

/**
 * A test in a namespace of its own. All stories run side by side from the start of the suite, because most of their time is
 * waiting for a cluster; mocha's test is where its result shows.
 */
export function story(
  title: string,
  tell: (scene: Scene) => Promise<void>,
  { isAlone = false, needsOwnBed = false, isFull = false }: StoryOptions = {},
): void {
  let settle: Story['settle'] = () => {};
  const finished = new Promise<'told' | 'skipped'>((resolve, reject) => {
    settle = (ended) => (ended === 'told' || ended === 'skipped' ? resolve(ended) : reject(ended));
  });
  // Who waits for it comes later; until then a failure is nobody's fault.
  finished.catch(() => {});
  const size = isFull ? 'full' : 'short';
  stories.push({ title, size, namespace: `story-${stories.length}`, tell, isAlone, needsOwnBed, finished, settle });
  it(title, async function () {
    if ((await finished) === 'skipped') this.skip();
  });
}

export interface Choice {
  /** Of titles. */
  readonly pattern: RegExp;
  /** `full` includes the short ones. */
  readonly size: StorySize;
  /** Stories at a time. */
  readonly limit: number;
}

/** Runs every story that is chosen, so many at a time; those that want to be alone afterwards, one by one. */
export async function tellStories(
  bed: Bed,
  { pattern, size, limit }: Choice,
  say: (text: string) => void,
): Promise<void> {
  const fitting = stories.filter(({ title }) => pattern.test(title));
  const isOfSize = (one: Story): boolean => size === 'full' || one.size === 'short';
  const chosen = fitting.filter((one) => isOfSize(one) && (bed.isOwn || !one.needsOwnBed));
  for (const one of fitting) if (!chosen.includes(one)) one.settle('skipped');
  const together = chosen.filter(({ isAlone }) => !isAlone).values();
  const worker = async (): Promise<void> => {
    for (const one of together) await tell(bed, one, say);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  for (const one of chosen) if (one.isAlone) await tell(bed, one, say);
}

async function tell(
  bed: Bed,
  { title, size, namespace, tell: run, settle }: Story,
  say: (text: string) => void,
): Promise<void> {
  const started = Date.now();
  let notes: readonly string[] = [];
  let failure: unknown;
  try {
    const scene = await Scene.open(bed, namespace);
    notes = scene.notes;
    try {
      await run(scene);
    } finally {
      await scene.close();
    }
  } catch (cause) {
    failure = cause ?? new Error('failed without a reason');
  }
  const seconds = (Date.now() - started) / 1000;
  told.push({ title, size, seconds, notes, ...(failure === undefined ? {} : { failure: String(failure) }) });
  say(
    `${failure === undefined ? 'pass' : 'FAIL'} ${title} (${seconds.toFixed(0)} s)${failure === undefined ? '' : `: ${failure}`}`,
  );
  settle(failure ?? 'told');
}
