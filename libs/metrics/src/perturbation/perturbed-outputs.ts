import type { Target } from '@xaigrid/contracts';
import { assertProbabilities } from '@xaigrid/engine';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ScoreRequest } from '../metric.js';
import { sampleName } from '../sample-name.js';
import { LARGEST_CALL, MOST_ROWS } from '../samples-per-call.js';
import { createTurns } from '../turns.js';

type Float32 = Float32Array<ArrayBuffer>;

interface Perturbed {
  /** The sample of which each row is a copy. */
  readonly sampleOf: Int32Array<ArrayBuffer>;
  /** Changes the copy of a row's sample in place. Rows come in order, each once. */
  readonly change: (values: Float32, row: number) => void;
  /** Default: the probability. */
  readonly target?: Target | undefined;
}

/**
 * Outputs on changed copies of samples, `[rows, classes]`, for changes that no mask describes, such as noise. Copies exist for
 * one call of the engine at a time, at most 64 MiB of them.
 * @throws MODEL_UNSUPPORTED for outputs that should be probabilities and are none
 */
export async function perturbedOutputs(
  { engine, inputs, sampleIndices, signal }: Pick<ScoreRequest, 'engine' | 'inputs' | 'sampleIndices' | 'signal'>,
  { sampleOf, change, target = 'probability' }: Perturbed,
): Promise<Tensor> {
  const shape = inputs.shape.slice(1);
  const size = sizeOf(shape);
  const rows = sampleOf.length;
  const { batchSize, model } = engine;
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(LARGEST_CALL / size)));
  const perCall = most < batchSize ? most : batchSize * Math.floor(most / batchSize);
  const outputs: Tensor = { shape: [rows, model.classes], data: new Float32Array(rows * model.classes) };
  const giveWay = createTurns();
  for (let from = 0; from < rows; from += perCall) {
    signal?.throwIfAborted();
    const to = Math.min(rows, from + perCall);
    const copies = new Float32Array((to - from) * size);
    for (let row = from; row < to; row++) {
      const sample = sampleOf[row] ?? 0;
      const copy = copies.subarray((row - from) * size, (row - from + 1) * size);
      copy.set(inputs.data.subarray(sample * size, (sample + 1) * size));
      change(copy, row);
      await giveWay();
    }
    const found = await engine.predict({ shape: [to - from, ...shape], data: copies }, target);
    outputs.data.set(found.data, from * model.classes);
  }
  if (target === 'probability') {
    assertProbabilities(outputs, model, (row) => {
      return `${sampleName({ sampleIndices }, sampleOf[row] ?? 0).toLowerCase()}, changed,`;
    });
  }
  return outputs;
}
