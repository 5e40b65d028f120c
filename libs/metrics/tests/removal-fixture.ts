import type { Tensor } from '@xaigrid/tensor';
import type { Metric, ScoreRequest, Scores } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

/** What metrics that remove units in an order are tried with: three samples of different classes. */
export function fixtureOf(inputShape: readonly number[], samples = 3) {
  const size = inputShape.reduce((a, b) => a * b, 1);
  const inputs: Tensor = {
    shape: [samples, ...inputShape],
    data: Float32Array.from({ length: samples * size }, (_, i) => Math.sin(1.3 * i + 0.4) / Math.sqrt(size)),
  };
  const classes = Int32Array.from({ length: samples }, (_, n) => n % 3);
  const { engine, predict, outputsOf, requests } = softmaxEngine(inputShape, 3);
  const own = (tensor: Tensor, n: number) => {
    const stride = tensor.data.length / samples;
    return tensor.data.slice(n * stride, (n + 1) * stride);
  };

  return {
    ...{ inputs, classes, engine, requests, samples, size },
    /** Values of one sample of a tensor. */
    own,
    mapsOf: (shape: readonly number[], valueAt: (index: number) => number): Tensor => {
      const length = shape.reduce((a, b) => a * b, samples);
      return { shape: [samples, ...shape], data: Float32Array.from({ length }, (_, i) => valueAt(i)) };
    },
    /** The scored class's output on values instead of sample n's, in double precision. */
    outputOn: (n: number, values: ArrayLike<number>): number => outputsOf(values)[classes[n] ?? -1] ?? NaN,
    request: (maps: Tensor, rest: Partial<ScoreRequest> = {}): ScoreRequest => ({
      ...{ engine, inputs, maps, predictions: predict(inputs), classes, seed: 5, settings: [] },
      ...{ sampleIndices: Int32Array.from(classes.keys()), ...rest },
    }),
    score: (metric: Metric, maps: Tensor, params: object, rest: Partial<ScoreRequest> = {}): Promise<Scores> => {
      const settings = metric.settings(metric.params.parse(params), engine.model);
      return metric.score({
        ...{ engine, inputs, maps, predictions: predict(rest.inputs ?? inputs), classes, seed: 5, settings },
        ...{ sampleIndices: Int32Array.from(classes.keys()), ...rest },
      });
    },
    /** Scores of samples from … to − 1 alone. */
    scoreSome: (metric: Metric, maps: Tensor, params: object, [from, to]: readonly [number, number]): Promise<Scores> => {
      const some = ({ shape, data }: Tensor): Tensor => {
        const stride = data.length / samples;
        return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * stride, to * stride) };
      };
      const settings = metric.settings(metric.params.parse(params), engine.model);
      return metric.score({
        ...{ engine, inputs: some(inputs), maps: some(maps), predictions: predict(some(inputs)), seed: 5, settings },
        ...{ classes: classes.slice(from, to), sampleIndices: Int32Array.from(classes.keys()).slice(from, to) },
      });
    },
  };
}

/** Positions by descending sum of a map's values over their channels: the order in which they are removed. */
export function descending(scores: ArrayLike<number>): number[] {
  return Array.from({ length: scores.length }, (_, unit) => unit).sort((a, b) => (scores[b] ?? NaN) - (scores[a] ?? NaN));
}

/** Maps without a value twice. */
export const distinct = (i: number): number => Math.sin(2.1 * i);
/** Maps with few values. */
export const tying = (i: number): number => Math.round(2 * Math.sin(2.1 * i));
