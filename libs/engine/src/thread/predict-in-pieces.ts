import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { Engine } from '../engine.js';
import { batchesOf } from '../request/batches.js';

/** Copies to a thread stay below this size. */
const PIECE_BYTES = 32 * 2 ** 20;

/** Predicts a few whole batches at a time, so that a background of hundreds of images is never copied at once. */
export async function predictInPieces(
  inputs: Tensor,
  { batchSize, model }: Pick<Engine, 'batchSize' | 'model'>,
  predict: (piece: Tensor) => Promise<Tensor>,
): Promise<Tensor> {
  const [samples = 0, ...shape] = inputs.shape;
  const batches = Math.max(1, Math.floor(PIECE_BYTES / (4 * batchSize * Math.max(1, sizeOf(shape)))));
  const pieces = batchesOf(samples, batches * batchSize);
  if (pieces.length < 2) return predict(inputs);
  const outputs: Tensor = { shape: [samples, model.classes], data: new Float32Array(samples * model.classes) };
  for (const { start, end } of pieces) {
    const { data } = await predict(rowsOf(inputs, start, end));
    outputs.data.set(data, start * model.classes);
  }
  return outputs;
}
