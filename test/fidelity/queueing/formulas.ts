/** Closed forms of queueing theory in units of the mean service time; `load` is arrival rate x service time, `rho` load / servers. */

/** Chance of waiting in M/M/c. */
export function erlangC(servers: number, load: number): number {
  const blocking = erlangB(servers, load);
  return blocking / (1 - (load / servers) * (1 - blocking));
}

/** Chance of being lost in M/M/c/c (and M/G/c/c): the recursion of Jagerman 1974. */
export function erlangB(servers: number, load: number): number {
  let blocking = 1;
  for (let n = 1; n <= servers; n++) blocking = (load * blocking) / (n + load * blocking);
  return blocking;
}

/** Mean wait in M/M/c. */
export function waitOfMmc(servers: number, load: number): number {
  return erlangC(servers, load) / (servers - load);
}

/** Mean wait in M/G/1 by the squared coefficient of variation of the service time (Pollaczek 1930, Khinchine 1932). */
export function pollaczekKhinchine(rho: number, squaredVariation: number): number {
  return (rho * (1 + squaredVariation)) / (2 * (1 - rho));
}

/** Birth and death: the stationary distribution from the rates up from n and down from n + 1. */
export function stationary(states: number, up: (n: number) => number, down: (n: number) => number): readonly number[] {
  const weights = [1];
  for (let n = 1; n < states; n++) weights.push(((weights[n - 1] as number) * up(n - 1)) / down(n));
  const total = weights.reduce((sum, weight) => sum + weight);
  return weights.map((weight) => weight / total);
}

/** M/M/c/K: share of arrivals lost, and mean wait of the others. */
export function mmck(
  servers: number,
  capacity: number,
  load: number,
): { readonly loss: number; readonly wait: number } {
  const p = stationary(
    capacity + 1,
    () => load,
    (n) => Math.min(n, servers),
  );
  const loss = p[capacity] as number;
  const queue = p.reduce((sum, chance, n) => sum + Math.max(0, n - servers) * chance, 0);
  return { loss, wait: queue / (load * (1 - loss)) };
}

/** Machine repair (M/M/c//N): `machines` fail after 1 / `failureRate` service times each; mean time down, share of machines up. */
export function machineRepair(
  machines: number,
  repairers: number,
  failureRate: number,
): { readonly down: number; readonly up: number } {
  const p = stationary(
    machines + 1,
    (n) => (machines - n) * failureRate,
    (n) => Math.min(n, repairers),
  );
  const inside = p.reduce((sum, chance, n) => sum + n * chance, 0);
  const up = (machines - inside) / machines;
  return { down: inside / (failureRate * machines * up), up };
}

/**
 * Mean wait in E_k/M/1, what each of k servers sees of Poisson arrivals that a round robin deals out; `rho` of one server.
 * sigma / (1 - sigma) with sigma the root in (0, 1) of sigma = (k rho / (k rho + 1 - sigma))^k.
 */
export function waitOfErlangM1(k: number, rho: number): number {
  let sigma = rho;
  for (let i = 0; i < 10_000; i++) sigma = ((k * rho) / (k * rho + 1 - sigma)) ** k;
  return sigma / (1 - sigma);
}
