import type { Ratio, Replicas, Seconds } from '../base/units.js';
import { computeQplan, DEFAULT_QPLAN, type Forecast, horizonsOf, prudenceOf, quantileAt } from './forecast.js';
import type { Situation } from './situation.js';
import { latestOr } from './window.js';

/** What set the count of the quantile law: a quantile of the load to come, or the floor from the last hour. */
export type ForecastDriver =
  | {
      /** `short` asks for replicas, `long` keeps those that are there. */
      readonly by: 'short' | 'long';
      readonly level: Ratio;
      readonly within: Seconds;
      readonly replicas: Replicas;
    }
  | { readonly by: 'hour-floor'; readonly times: Ratio; readonly replicas: Replicas };

/**
 * Which part of a forecast the law at its defaults followed: the one without which it would have asked for fewer. Pure; the law
 * itself is asked, with parts of the forecast taken away, so that nothing is said twice.
 */
export function findDriver(situation: Situation, forecast: Forecast): ForecastDriver {
  const { tau: level, hourFloor: times } = prudenceOf(situation.workload);
  const none = forecast.short.map(() => 0);
  const asked = (parts: Partial<Forecast>, hourFloor = 0): number =>
    computeQplan(situation, { short: none, long: none, ...parts }, { ...DEFAULT_QPLAN, hourFloor });
  const whole = computeQplan(situation, forecast);
  const withoutFloor = asked(forecast);
  if (withoutFloor < whole) {
    const hour = latestOr(situation.window, 'arrivalRateP95Hour', 0);
    return { by: 'hour-floor', times, replicas: hour / situation.capacity.throughput };
  }
  const by = asked({ short: forecast.short }) < withoutFloor ? 'long' : 'short';
  const within = horizonsOf(situation.capacity.coldStart)[by];
  return { by, level, within, replicas: quantileAt(forecast[by], level) };
}

/** E.g. "the 85th percentile of the load within the next 120 s is 7.2 replicas". */
export function describeDriver(driver: ForecastDriver): string {
  const replicas = `${driver.replicas.toFixed(1)} replicas`;
  if (driver.by === 'hour-floor')
    return `the floor is ${driver.times.toFixed(1)} times the 95th percentile of the load of the last hour, ${replicas}`;
  const percentile = `the ${ordinal(Math.round(100 * driver.level))} percentile of the load`;
  return `${percentile} within the next ${Math.round(driver.within)} s is ${replicas}`;
}

function ordinal(n: number): string {
  const ending = { 1: 'st', 2: 'nd', 3: 'rd' }[n % 10];
  return `${n}${ending !== undefined && Math.floor(n / 10) % 10 !== 1 ? ending : 'th'}`;
}
