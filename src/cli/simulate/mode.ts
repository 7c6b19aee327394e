import type { Option, OptionValues } from '@commander-js/extra-typings';
import { UsageError } from './usage-error.js';

/** One thing that `kiscaler simulate` can do, asked for by an option of its own. */
export interface SimulateMode {
  /** Heading of its options in `--help`. */
  readonly heading: string;
  /** Its options; the first one asks for the mode. */
  readonly options: readonly Option[];
  /** Options of the command, by attribute name, that it reads too, such as `json` and `seed`. */
  readonly shared: readonly string[];
  /** Does it: the result on stdout, progress on stderr. Throws UsageError. */
  run(options: OptionValues): Promise<void>;
}

/**
 * The mode that the options given on the command line ask for; undefined: none of them, so a scenario is played.
 * Throws UsageError where two are asked for, or an option is given that what is asked for does not read.
 */
export function chooseMode(modes: readonly SimulateMode[], given: readonly Option[]): SimulateMode | undefined {
  const [mode, other] = modes.filter(({ options }) => given.some((one) => one === options[0]));
  if (mode && other) throw new UsageError(`${nameOf(mode)} and ${nameOf(other)} exclude each other`);
  for (const option of given) {
    const owner = modes.find(({ options }) => options.includes(option));
    if (mode === owner || mode?.shared.includes(option.attributeName())) continue;
    throw new UsageError(
      `${option.long}: ${mode ? `has no meaning with ${nameOf(mode)}` : `needs ${owner && nameOf(owner)}`}`,
    );
  }
  return mode;
}

/** The option that asks for a mode, as it is typed. */
export function nameOf({ options }: SimulateMode): string {
  return options[0]?.long ?? '';
}
