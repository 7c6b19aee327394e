/** Names for numbers, so that a signature says what it counts. They are aliases: the compiler does not keep them apart. */
export type Seconds = number;
export type Replicas = number;
export type Tokens = number;
/** Dimensionless; 0.1 is ten per cent. */
export type Ratio = number;
export type RequestsPerSecond = number;
export type Requests = number;
export type Dollars = number;
