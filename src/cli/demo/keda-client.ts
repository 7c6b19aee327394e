import { fileURLToPath } from 'node:url';
import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ExternalScalerClient } from '../../scaler/generated/externalscaler/ExternalScaler.js';
import type { GetMetricSpecResponse__Output } from '../../scaler/generated/externalscaler/GetMetricSpecResponse.js';
import type { GetMetricsResponse__Output } from '../../scaler/generated/externalscaler/GetMetricsResponse.js';
import type { IsActiveResponse__Output } from '../../scaler/generated/externalscaler/IsActiveResponse.js';
import type { ScaledObjectRef } from '../../scaler/generated/externalscaler/ScaledObjectRef.js';
import type { ProtoGrpcType } from '../../scaler/generated/externalscaler.js';

const PROTO = fileURLToPath(new URL('../../../proto/externalscaler.proto', import.meta.url));

/** What KEDA makes of one round of calls; undefined fields are errors. */
export interface KedaReading {
  readonly metricTotal: number | undefined;
  readonly isActive: boolean | undefined;
}

/** Calls a scaler as KEDA's operator does for one trigger: metric specs, then each metric, then activity; no deadline. */
export class KedaClient {
  readonly #client: ExternalScalerClient;
  readonly #ref: ScaledObjectRef;
  calls = 0;

  constructor(address: string, ref: ScaledObjectRef) {
    const { externalscaler } = loadPackageDefinition(
      loadSync(PROTO, { longs: String, defaults: true }),
    ) as unknown as ProtoGrpcType;
    this.#client = new externalscaler.ExternalScaler(address, credentials.createInsecure());
    this.#ref = ref;
  }

  /** An error of any call makes the whole reading an error, as in KEDA: an IsActive error discards the metric. */
  async read(): Promise<KedaReading> {
    try {
      const spec = await this.#call<GetMetricSpecResponse__Output>((done) =>
        this.#client.GetMetricSpec(this.#ref, done),
      );
      const [metric] = spec.metricSpecs;
      if (!metric) return { metricTotal: undefined, isActive: undefined };
      const request = { scaledObjectRef: this.#ref, metricName: metric.metricName };
      const { metricValues } = await this.#call<GetMetricsResponse__Output>((done) =>
        this.#client.GetMetrics(request, done),
      );
      const { result } = await this.#call<IsActiveResponse__Output>((done) => this.#client.IsActive(this.#ref, done));
      // KEDA reads the float where it is above 0, else the integer; the HPA sums all values.
      const total = metricValues.reduce(
        (sum, value) => sum + (value.metricValueFloat > 0 ? value.metricValueFloat : Number(value.metricValue)),
        0,
      );
      return { metricTotal: total, isActive: result };
    } catch {
      return { metricTotal: undefined, isActive: undefined };
    }
  }

  close(): void {
    this.#client.close();
  }

  #call<Response>(invoke: (done: (error: Error | null, response?: Response) => void) => void): Promise<Response> {
    this.calls++;
    return new Promise((resolve, reject) => {
      invoke((error, response) =>
        error || response === undefined ? reject(error ?? new Error('no response')) : resolve(response),
      );
    });
  }
}
