import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { batchesOf, paddedRows } from '../request/batches.js';
import { checkSamples, layerNamed } from '../request/check-request.js';
import { breathe, compute, emptyTensor, outputOf, type TensorFlowContext } from './tensorflow-context.js';

/** `[n, ...inputShape]` → `[n, classes]`. */
export async function predict(context: TensorFlowContext, inputs: Tensor): Promise<Tensor> {
  const [outputs] = await runBatches(context, inputs, [[context.model.classes]], (results) => [outputOf(results)]);
  return outputs ?? emptyTensor([0, context.model.classes]);
}

/** The outputs of the named layers, `[n, ...shape]` each. */
export async function activations(context: TensorFlowContext, inputs: Tensor, names: readonly string[]): Promise<Tensor[]> {
  const shapes = names.map((name) => layerNamed(context.model, name).shape);
  const steps = names.map((name) => stepOfLayer(context, name));
  return runBatches(context, inputs, shapes, (results) => steps.map((step) => results[step]));
}

/** @throws OPERATION_UNSUPPORTED for a layer on which the output does not depend. */
export function stepOfLayer({ network }: TensorFlowContext, name: string): number {
  const step = network.stepOf(name);
  if (step !== undefined) return step;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `The tensorflow engine cannot read layer "${name}", because the model's output does not depend on it. Use the engine onnxruntime.`,
  );
}

async function runBatches(
  context: TensorFlowContext,
  inputs: Tensor,
  shapes: readonly (readonly number[])[],
  choose: (results: readonly TfTensor[]) => readonly (TfTensor | undefined)[],
): Promise<Tensor[]> {
  const { tf, network, model, batchSize } = context;
  const samples = checkSamples(model, inputs, 'Inputs');
  const outputs = shapes.map((shape) => emptyTensor([samples, ...shape]));
  for (const batch of batchesOf(samples, batchSize)) {
    compute(context, () => {
      const x = tf.tensor(paddedRows(inputs, batch, batchSize), [batchSize, ...model.inputShape]);
      const chosen = choose(network.run(x));
      outputs.forEach((output, i) => {
        const stride = sizeOf(output.shape.slice(1));
        const values = chosen[i]?.dataSync();
        if (values !== undefined) output.data.set(values.subarray(0, batch.rows * stride), batch.start * stride);
      });
    });
    await breathe();
  }
  return outputs;
}
