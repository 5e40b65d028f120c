import type { Engine, ExplainedOutputs } from '@xaigrid/engine';
import { outputsOfClasses, sizeOf } from '@xaigrid/tensor';

/** 16 MiB of float32 inputs at a time; more makes nothing faster. */
const VALUES = 2 ** 22;

export interface Perturbations {
  readonly engine: Engine;
  readonly rows: number;
  /** What is asked for, one a sample. */
  readonly explained: ExplainedOutputs;
  /** Whose sample a row is. */
  readonly sampleOf: (row: number) => number;
  /** Writes one input, `inputShape` values, into `target`, whose content is left over from other rows. */
  readonly fill: (target: Float32Array<ArrayBuffer>, row: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** F of inputs made on the way, one a row, in whole batches of bounded memory. */
export async function perturbedOutputs({
  engine,
  rows,
  explained: { classes, contrasts },
  sampleOf,
  fill,
  signal,
}: Perturbations): Promise<Float64Array<ArrayBuffer>> {
  const { batchSize, model } = engine;
  const size = sizeOf(model.inputShape);
  const step = Math.min(rows, batchSize * Math.max(1, Math.floor(VALUES / size / batchSize)));
  const data = new Float32Array(step * size);
  const outputs = new Float64Array(rows);
  for (let start = 0; start < rows; start += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, rows - start);
    for (let at = 0; at < count; at++) fill(data.subarray(at * size, (at + 1) * size), start + at);
    const predicted = await engine.predict({ shape: [count, ...model.inputShape], data: data.subarray(0, count * size) });
    const of = (indices: Int32Array<ArrayBuffer>) =>
      Int32Array.from({ length: count }, (_, at) => indices[sampleOf(start + at)] ?? -1);
    outputs.set(outputsOfClasses(predicted, of(classes), contrasts && of(contrasts)), start);
  }
  return outputs;
}
