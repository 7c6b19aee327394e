/** Prometheus' remote write, version 1.0: enough of protobuf and snappy to store samples, stale markers among them. */

export interface StoredSample {
  /** Labels with `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  /** `stale`: the series has vanished (a NaN of its own kind, which no text format has). */
  readonly value: number | 'stale';
  /** Unix seconds. */
  readonly at: number;
}

/** value.StaleNaN, prometheus/model/value. */
const STALE_NAN = 0x7ff0000000000002n;
const LONGEST_LITERAL = 65_536;

/** Sends samples in order of time. Throws when Prometheus does not take them. */
export async function remoteWrite(url: string, samples: readonly StoredSample[]): Promise<void> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-encoding': 'snappy',
      'content-type': 'application/x-protobuf',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: snappy(Buffer.concat(samples.map((sample) => field(1, timeSeries(sample))))) as Uint8Array<ArrayBuffer>,
  });
  if (!response.ok) throw new Error(`remote write: ${response.status} ${await response.text()}`);
}

function timeSeries({ labels, value, at }: StoredSample): Buffer {
  const names = Object.keys(labels).sort();
  const pairs = names.map((name) =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(labels[name] as string))])),
  );
  const double = Buffer.alloc(9);
  double[0] = (1 << 3) | 1;
  if (value === 'stale') double.writeBigUInt64LE(STALE_NAN, 1);
  else double.writeDoubleLE(value, 1);
  const timestamp = Buffer.concat([Buffer.from([2 << 3]), varint(Math.round(at * 1000))]);
  return Buffer.concat([...pairs, field(2, Buffer.concat([double, timestamp]))]);
}

function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** Snappy's block format with nothing but literals. */
function snappy(bytes: Buffer): Buffer {
  const parts = [varint(bytes.length)];
  for (let from = 0; from < bytes.length; from += LONGEST_LITERAL) {
    const literal = bytes.subarray(from, from + LONGEST_LITERAL);
    const length = literal.length - 1;
    parts.push(Buffer.from([61 << 2, length & 255, length >> 8]), literal);
  }
  return Buffer.concat(parts);
}
