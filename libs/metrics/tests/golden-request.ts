import { tensorOf } from '@xaigrid/tensor';
import type { Metric, Scores } from '../src/index.js';
import { softmaxEngine } from './softmax-engine.js';

type Nested = number | readonly Nested[];
interface Golden {
  readonly inputShape: readonly number[];
  /** Channels last. */
  readonly inputs: Nested;
  /** One number a value, or a position. */
  readonly maps: Nested;
}

/** Scores of the samples and maps that tests/parity/quantus asks Quantus about; sample n is scored for class n modulo 3. */
export function goldenRequest({ inputShape, inputs: nestedInputs, maps: nestedMaps }: Golden) {
  const { engine, predict } = softmaxEngine(inputShape, 3);
  const values = Float32Array.from(flat(nestedInputs));
  const samples = values.length / inputShape.reduce((a, b) => a * b, 1);
  const inputs = tensorOf(values, [samples, ...inputShape]);
  const mapValues = Float32Array.from(flat(nestedMaps));
  const maps = tensorOf(mapValues, [samples, ...(mapValues.length < values.length ? inputShape.slice(0, -1) : inputShape)]);
  const classes = Int32Array.from({ length: inputs.shape[0] ?? 0 }, (_, n) => n % 3);
  return {
    /** Values of a sample. */
    steps: inputs.data.length / classes.length,
    score: (metric: Metric, params: object): Promise<Scores> => {
      const settings = metric.settings(metric.params.parse(params), engine.model);
      return metric.score({ engine, inputs, maps, predictions: predict(inputs), classes, seed: 0, settings });
    },
  };
}

function flat(values: Nested): number[] {
  return typeof values === 'number' ? [values] : values.flatMap(flat);
}
