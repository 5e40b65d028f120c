import { rowsOf, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { Explainer, ExplainRequest, PrepareOptions } from '../src/index.js';
import type { ClosedFormModel } from './closed-form-engine.js';

/** Weights from formulas, so that a golden's script in another language has the same ones. */
export function sampleModel(
  inputShape: readonly number[],
  output: ClosedFormModel['output'] = 'softmax',
  features = 4,
): ClosedFormModel {
  const range = <Value>(count: number, make: (index: number) => Value) =>
    Array.from({ length: count }, (_, index) => make(index));
  return {
    inputShape,
    output,
    mix: range(inputShape.at(-1) ?? 1, (i) => range(features, (k) => Math.sin(1 + 3 * i + k))),
    head: range(sizeOf(inputShape.slice(0, -1)), (t) => range(features, (k) => range(3, (c) => Math.cos(7 * t + 3 * k + 5 * c)))),
  };
}

/** Sample n: sin(0.7·(n + 1)·i + n) at value i. `[count, ...inputShape]` */
export function sampleInputs(inputShape: readonly number[], count: number): Tensor {
  const size = sizeOf(inputShape);
  const data = Float32Array.from({ length: count * size }, (_, at) => {
    const n = Math.floor(at / size);
    return Math.sin(0.7 * (n + 1) * (at % size) + n);
  });
  return { shape: [count, ...inputShape], data };
}

/** Prepares, explains all samples in one call, and closes. */
export async function explainOnce<Params>(
  method: Explainer<Params>,
  options: Omit<PrepareOptions<Params>, 'params' | 'filePaths' | 'seed'> & {
    readonly params?: unknown;
    readonly filePaths?: readonly string[];
    readonly seed?: number;
  },
  request: Omit<ExplainRequest, 'sampleIndices'> & { readonly sampleIndices?: ExplainRequest['sampleIndices'] },
) {
  const prepared = await method.prepare({
    filePaths: [],
    seed: 0,
    ...options,
    params: method.params.parse(options.params ?? {}),
  });
  try {
    const samples = request.inputs.shape[0] ?? 0;
    return await prepared.explain({ sampleIndices: Int32Array.from({ length: samples }, (_, i) => i), ...request });
  } finally {
    await prepared.close();
  }
}

export function mapOf(maps: Tensor, sample: number): number[] {
  return [...rowsOf(maps, sample, sample + 1).data];
}

export function backgroundOf(references: Tensor) {
  return { size: references.shape[0] ?? 0, load: () => Promise.resolve(references) };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? NaN))), 0);
}
