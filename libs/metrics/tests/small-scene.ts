import { rowsOf, sizeOf, tensorOf, type Tensor } from '@xaigrid/tensor';
import type { Metric, ScoreRequest } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

const SAMPLES = 3;

export interface Scene {
  readonly inputShape: readonly number[];
  readonly inputs: Tensor;
  readonly classes: Int32Array<ArrayBuffer>;
  readonly network: ReturnType<typeof softmaxEngine>;
}

/** Three samples of that shape, and the small network for them. */
export function smallScene(inputShape: readonly number[], classes = 3): Scene {
  const data = Float32Array.from({ length: SAMPLES * sizeOf(inputShape) }, (_, at) => Math.sin(1.3 * at + 0.4));
  return {
    ...{ inputShape, inputs: tensorOf(data, [SAMPLES, ...inputShape]), classes: Int32Array.of(0, 1, 2) },
    network: softmaxEngine(inputShape, classes),
  };
}

/** Maps of three samples, by the place of a number in them all. */
export function mapsOf(shape: readonly number[], at: (place: number) => number): Tensor {
  return tensorOf(
    Float32Array.from({ length: SAMPLES * sizeOf(shape) }, (_, place) => at(place)),
    [SAMPLES, ...shape],
  );
}

/** w_c ⊙ (x − baseline) of the network's logits: what each value gives to the logit of the scored class, exactly. */
export function exactMaps({ inputShape, inputs, classes }: Scene, baseline: number): Tensor {
  const size = sizeOf(inputShape);
  const weight = (place: number): number => Math.cos(3 * (place % size) + 5 * (classes[Math.floor(place / size)] ?? NaN));
  return tensorOf(
    inputs.data.map((value, place) => weight(place) * (value - baseline)),
    inputs.shape,
  );
}

interface Scored {
  readonly measures: Readonly<Record<string, Float64Array>>;
  /** Changed copies that the model was asked about, in their order, each flat. */
  readonly copies: readonly Float32Array[];
}

/** The metric's scores of these samples, or of some of them only. */
export async function score(
  metric: Metric,
  { inputShape, inputs, classes, network }: Scene,
  options: { readonly maps: Tensor; readonly params: object; readonly rows?: readonly number[]; readonly seed?: number },
): Promise<Scored> {
  const size = sizeOf(inputShape);
  const copies: Float32Array[] = [];
  const engine: ScoreRequest['engine'] = {
    ...network.engine,
    predict: (asked, target) => {
      for (let from = 0; from < asked.data.length; from += size) copies.push(asked.data.slice(from, from + size));
      return network.engine.predict(asked, target);
    },
  };
  const rows = options.rows ?? Array.from(classes.keys());
  const some = (tensor: Tensor): Tensor =>
    tensorOf(Float32Array.from(rows.flatMap((row) => [...rowsOf(tensor, row, row + 1).data])), [
      rows.length,
      ...tensor.shape.slice(1),
    ]);
  const own = some(inputs);
  const { measures } = await metric.score({
    ...{ engine, inputs: own, maps: some(options.maps), predictions: network.predict(own) },
    classes: Int32Array.from(rows, (row) => classes[row] ?? -1),
    settings: metric.settings(metric.params.parse(options.params), network.engine.model),
    seed: options.seed ?? 7,
    sampleIndices: Int32Array.from(rows, (row) => 100 + row),
  });
  return { measures, copies };
}

/** Pearson's correlation as it is defined: the covariance over the deviations. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = (x: readonly number[], y: readonly number[]): number =>
    mean(x.map((value, at) => (value - mean(x)) * ((y[at] ?? NaN) - mean(y))));
  return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
}
