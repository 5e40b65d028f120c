import { XaigridError } from '@xaigrid/contracts';
import type { Tensor as TfTensor } from '@tensorflow/tfjs';
import { sizeOf, type ExplainedOutputs, type Tensor } from '@xaigrid/tensor';
import type { GradientRequest, LayerGradient } from '../engine.js';
import { batchesOf, paddedExplained, paddedRows } from '../request/batches.js';
import { checkGradient, layerNamed } from '../request/check-request.js';
import { stepOfLayer } from './predict.js';
import { breathe, compute, emptyTensor, outputOf, pickClasses, type TensorFlowContext } from './tensorflow-context.js';

/** Gradients by TensorFlow's automatic differentiation, with the activations from the same run. */
export async function gradient(context: TensorFlowContext, request: GradientRequest): Promise<LayerGradient[]> {
  const { tf, model, batchSize } = context;
  const samples = checkGradient(model, request);
  if (request.bypass !== undefined) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      'The tensorflow engine cannot leave out blocks of a model. Use the engine onnxruntime.',
    );
  }
  const reduce = request.reduce === 'positions';
  const targets = request.wrt === 'input' ? ['input'] : request.wrt;
  const layers = request.wrt === 'input' ? [] : request.wrt;
  for (const name of layers) stepOfLayer(context, name);
  const shapes = request.wrt === 'input' ? [model.inputShape] : layers.map((name) => layerNamed(model, name).shape);
  const answers = targets.map((of, i) => {
    const shape = shapes[i] ?? [];
    return {
      of,
      activations: request.wrt === 'input' ? request.inputs : emptyTensor([samples, ...shape]),
      gradient: emptyTensor(reduce ? [samples, shape.at(-1) ?? 1] : [samples, ...shape]),
    };
  });

  for (const batch of batchesOf(samples, batchSize)) {
    compute(context, () => {
      const x = tf.tensor(paddedRows(request.inputs, batch, batchSize), [batchSize, ...model.inputShape]);
      const explained = paddedExplained(request, batch, batchSize);
      const found =
        request.wrt === 'input' ? inputGradient(context, x, explained) : layerGradients(context, x, explained, layers, shapes);
      answers.forEach(({ activations, gradient: target }, i) => {
        const [activation, full] = found[i] ?? [];
        if (activation === undefined || full === undefined) return;
        if (request.wrt !== 'input') writeRows(activations, activation, batch);
        if (reduce && full.rank > 2) writeMeans(target, full, batch);
        else writeRows(target, full, batch);
      });
    });
    await breathe();
  }
  return answers;
}

/** ∂F/∂x of each row. */
export function inputGradient(
  { tf, network }: TensorFlowContext,
  x: TfTensor,
  explained: ExplainedOutputs,
): [TfTensor, TfTensor][] {
  const score = (input: TfTensor): TfTensor => tf.sum(pickClasses(tf, outputOf(network.run(input)), explained));
  return [[x, tf.grad(score)(x)]];
}

/**
 * ∂F for several layers at once, even if one layer depends on another: zeros are added to each layer's output, and the gradient
 * is taken with respect to those.
 */
function layerGradients(
  { tf, network, batchSize }: TensorFlowContext,
  x: TfTensor,
  explained: ExplainedOutputs,
  layers: readonly string[],
  shapes: readonly (readonly number[])[],
): [TfTensor, TfTensor][] {
  const distinct = [...new Set(layers)];
  const kept = new Map<string, TfTensor>();
  const zeros = distinct.map((name) => tf.zeros([batchSize, ...(shapes[layers.indexOf(name)] ?? [])]));
  const score = (...added: TfTensor[]): TfTensor => {
    const results = network.run(x, (layer, output) => {
      const zero = added[distinct.indexOf(layer)];
      if (zero === undefined) return output;
      kept.set(layer, tf.keep(output));
      return tf.add(output, zero);
    });
    return tf.sum(pickClasses(tf, outputOf(results), explained));
  };
  try {
    const gradients = tf.grads(score)(zeros);
    return layers.flatMap((name): [TfTensor, TfTensor][] => {
      const activation = kept.get(name);
      const found = gradients[distinct.indexOf(name)];
      // Cloned into the caller's scope, because `kept` is freed here.
      return activation === undefined || found === undefined ? [] : [[tf.clone(activation), found]];
    });
  } finally {
    for (const tensor of kept.values()) tensor.dispose();
  }
}

function writeRows(target: Tensor, values: TfTensor, { start, rows }: { start: number; rows: number }): void {
  const stride = sizeOf(target.shape.slice(1));
  target.data.set(values.dataSync().subarray(0, rows * stride), start * stride);
}

/**
 * The mean of each channel over the positions of a sample, `[batch, ...positions, channels]`. It is summed here because sums in
 * TensorFlow's library depend on the sample's place in the batch.
 */
function writeMeans(target: Tensor, values: TfTensor, { start, rows }: { start: number; rows: number }): void {
  const channels = values.shape.at(-1) ?? 1;
  const size = values.size / values.shape[0];
  const data = values.dataSync();
  const sums = new Float64Array(channels);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let i = 0; i < size; i++) sums[i % channels] = (sums[i % channels] ?? 0) + (data[row * size + i] ?? 0);
    for (let c = 0; c < channels; c++) target.data[(start + row) * channels + c] = ((sums[c] ?? 0) * channels) / size;
  }
}
