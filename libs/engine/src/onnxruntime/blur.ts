import { float32, type Graph, GraphBuilder } from '@xaigrid/graph';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { batchesOf, paddedRows } from '../request/batches.js';
import { gaussianMatrix } from '../request/gaussian-matrix.js';
import { channelsFirst, channelsLast, reshape } from './compose.js';
import { emptyTensor, type OnnxContext, writeRows } from './onnx-context.js';

/**
 * Gaussian blur of the channels of every sample over all position axes: `[n, ...inputShape]`. It takes one matrix product per
 * axis. A sample is blurred once, however many masked predictions use it (135 MFLOP for 224 × 224 × 3, 3 % of a VGG-7's forward
 * pass).
 */
export async function blurred(context: OnnxContext, inputs: Tensor, sigma: number): Promise<Tensor> {
  const { description, batchSize, sessions } = context;
  const answer = emptyTensor(inputs.shape);
  const graph = await sessions.compiled(`blur ${sigma}`, () => composeBlur(context, sigma));
  for (const batch of batchesOf(inputs.shape[0] ?? 0, batchSize)) {
    const data = paddedRows(inputs, batch, batchSize);
    const { blurred: values } = await graph.run({ x: { data, shape: [batchSize, ...description.inputShape] } }, ['blurred']);
    writeRows(answer, values, batch);
  }
  return answer;
}

function composeBlur({ model, batchSize }: OnnxContext, sigma: number): Graph {
  const builder = new GraphBuilder('blur');
  const { shape } = model.input;
  const positions = shape.slice(0, -1);
  const channels = shape.at(-1) ?? 1;
  let value = channelsFirst(builder, builder.input('x', 'float', [batchSize, ...shape]), shape);
  for (const [axis, extent] of positions.entries()) {
    const after = sizeOf(positions.slice(axis + 1));
    const matrix = builder.constant(float32(gaussianMatrix(sigma, extent), [extent, extent]));
    // The matrix is symmetric. For the last axis it is the right factor, and all rows are one product.
    value =
      after === 1
        ? builder.node('MatMul', [reshape(builder, value, [-1, extent]), matrix])
        : builder.node('MatMul', [matrix, reshape(builder, value, [-1, extent, after])]);
  }
  builder.output(channelsLast(builder, reshape(builder, value, [batchSize, channels, ...positions]), shape), 'blurred');
  return builder.build();
}
