import type { Seconds } from '../base/units.js';
import type { Unit } from './chart.js';

const HOUR: Seconds = 3600;
const DAY: Seconds = 86_400;

/** A value with its unit, as short as it can be read. */
export function formatValue(value: number, unit: Unit): string {
  if (Number.isNaN(value)) return '-';
  switch (unit) {
    case 'seconds':
      return value < 1 ? `${short(1000 * value)} ms` : `${short(value)} s`;
    case 'percent':
      return `${short(value)} %`;
    case 'dollars':
      return `$${value >= 0.1 && value < 1e4 && !Number.isInteger(value) ? value.toFixed(2) : short(value)}`;
    default:
      return short(value);
  }
}

/** A time of the run: `m:ss`, from an hour on `h:mm`, from two days on with the day. */
export function formatTime(at: Seconds, end: Seconds): string {
  const whole = Math.round(at);
  if (end <= HOUR) return `${Math.floor(whole / 60)}:${pad(whole % 60)}`;
  const time = `${Math.floor((whole % DAY) / HOUR)}:${pad(Math.floor((whole % HOUR) / 60))}`;
  return end < 2 * DAY
    ? `${Math.floor(whole / HOUR)}:${pad(Math.floor((whole % HOUR) / 60))} h`
    : `day ${Math.floor(whole / DAY) + 1} ${time}`;
}

const STEPS: readonly Seconds[] = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, DAY];

/** Seconds between labels of a time axis, about six of them. */
export function timeStep(end: Seconds): Seconds {
  const wanted = end / 6;
  return STEPS.find((step) => step >= wanted) ?? DAY * Math.ceil(wanted / DAY);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 1e4) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

/** Three digits at most, but no whole digit is lost; two where it is small. */
function trimmed(value: number): string {
  const size = Math.abs(value);
  if (size < 0.1) return String(Number(value.toPrecision(2)));
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
