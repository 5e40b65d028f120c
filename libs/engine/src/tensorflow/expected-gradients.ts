import { explainedOfRows, sizeOf, type Tensor } from '@xaigrid/tensor';
import type { ExpectedGradients, ExpectedGradientsAttribution, ExpectedGradientsRequest } from '../engine.js';
import { batchesOf, gatherRows } from '../request/batches.js';
import { checkExpectedGradients, checkReferences } from '../request/check-request.js';
import { meanAndError } from '../request/mean-and-error.js';
import { inputGradient } from './gradient.js';
import { breathe, compute, type TensorFlowContext, valuesOf } from './tensorflow-context.js';

/** Expected gradients (Erion et al. 2021), one sample at a time, with `batchSize` draws together. Sums are in float64. */
export function expectedGradients(context: TensorFlowContext, references: Tensor): ExpectedGradients {
  const referenceCount = checkReferences(context.model, references);
  return {
    attribute: (request) => attribute(context, references, referenceCount, request),
    close: () => Promise.resolve(),
  };
}

async function attribute(
  context: TensorFlowContext,
  references: Tensor,
  referenceCount: number,
  request: ExpectedGradientsRequest,
): Promise<ExpectedGradientsAttribution> {
  const { tf, model, batchSize } = context;
  const samples = checkExpectedGradients(model, request, referenceCount);
  const { inputs, draws, fractions, weights } = request;
  const size = sizeOf(model.inputShape);
  const sums = new Float64Array(samples * size);
  const squares = new Float64Array(samples * size);

  for (let sample = 0; sample < samples; sample++) {
    const x = inputs.data.subarray(sample * size, (sample + 1) * size);
    const explained = explainedOfRows(request, new Int32Array(batchSize).fill(sample));
    for (const { start, end, rows } of batchesOf(draws, batchSize)) {
      const first = sample * draws;
      const drawn = new Int32Array(batchSize);
      drawn.set(request.references.subarray(first + start, first + end));
      const t = new Float32Array(batchSize);
      t.set(fractions.subarray(first + start, first + end));
      const terms = compute(context, () => {
        const sampleTensor = tf.tensor(x, [1, ...model.inputShape]);
        const chosen = tf.tensor(gatherRows(references, drawn), [batchSize, ...model.inputShape]);
        const weight = tf.reshape(tf.tensor1d(t), [batchSize, ...model.inputShape.map(() => 1)]);
        const points = tf.add(tf.mul(weight, sampleTensor), tf.mul(tf.sub(1, weight), chosen));
        const [[, slope] = []] = inputGradient(context, points, explained);
        return slope === undefined ? new Float32Array(0) : valuesOf(tf.mul(slope, tf.sub(sampleTensor, chosen)));
      });
      for (let row = 0; row < rows; row++) {
        const times = weights?.[first + start + row] ?? 1;
        for (let i = 0; i < size; i++) {
          const term = times * (terms[row * size + i] ?? 0);
          sums[sample * size + i] = (sums[sample * size + i] ?? 0) + term;
          squares[sample * size + i] = (squares[sample * size + i] ?? 0) + term * term;
        }
      }
      await breathe();
    }
  }
  const { means, errors } = meanAndError({ sums, squares, draws });
  const shape = [samples, ...model.inputShape];
  return { attributions: { shape, data: means }, standardErrors: { shape, data: errors } };
}
