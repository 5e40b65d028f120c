import { differentiate, type Graph, GraphBuilder } from '@xaigrid/graph';
import { sizeOf } from '@xaigrid/tensor';
import type { GradientRequest, LayerGradient } from '../engine.js';
import { batchesOf, paddedClasses, paddedRows } from '../request/batches.js';
import { checkGradient } from '../request/check-request.js';
import { channelsFirst, channelsLast, forward, oneHot } from './compose.js';
import { emptyTensor, modelLayer, type OnnxContext, writeRows } from './onnx-context.js';

/** What is differentiated with respect to: the input, or a layer. */
interface Target {
  readonly of: string;
  /** Without the batch, channels last. */
  readonly shape: readonly number[];
  /** The graph's value; undefined for the input. */
  readonly value: string | undefined;
}

/** ∂p_c and the activations of the same run. */
export async function gradient(context: OnnxContext, request: GradientRequest): Promise<LayerGradient[]> {
  const { description, sessions, gradientBatchSize: batchSize } = context;
  const samples = checkGradient(description, request);
  const targets = targetsOf(context, request.wrt);
  const reduced = request.reduce === 'positions';
  const answers = targets.map(({ of, shape, value }) => ({
    of,
    activations: value === undefined ? request.inputs : emptyTensor([samples, ...shape]),
    gradient: emptyTensor(reduced ? [samples, shape.at(-1) ?? 1] : [samples, ...shape]),
  }));
  if (targets.length === 0) return answers;

  const graph = await sessions.compiled(`gradient ${JSON.stringify(request.wrt)}`, () => composeGradient(context, targets));
  const outputs = targets.flatMap(({ value }, i) =>
    value === undefined ? [`gradient ${i}`] : [`gradient ${i}`, `activations ${i}`],
  );
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(request.inputs, batch, batchSize);
    const values = await graph.run(
      {
        x: { data, shape: [batchSize, ...description.inputShape] },
        classes: { data: paddedClasses(request.classes, batch, batchSize), shape: [batchSize, 1] },
      },
      outputs,
    );
    answers.forEach((answer, i) => {
      const activations = values[`activations ${i}`];
      if (activations !== undefined) writeRows(answer.activations, activations, batch);
      const found = values[`gradient ${i}`];
      if (found === undefined) return;
      const [, ...shape] = answer.activations.shape;
      writeRows(answer.gradient, reduced ? meanOverPositions(found, shape) : found, batch);
    });
  }
  return answers;
}

function targetsOf(context: OnnxContext, wrt: GradientRequest['wrt']): Target[] {
  if (wrt === 'input') return [{ of: 'input', shape: context.description.inputShape, value: undefined }];
  return wrt.map((name) => {
    const { shape, value } = modelLayer(context, name);
    return { of: name, shape, value };
  });
}

function composeGradient({ model, gradientBatchSize }: OnnxContext, targets: readonly Target[]): Graph {
  const builder = new GraphBuilder('gradient');
  const x = builder.input('x', 'float', [gradientBatchSize, ...model.input.shape]);
  const classes = builder.input('classes', 'int32', [gradientBatchSize, 1]);
  const input = channelsFirst(builder, x, model.input.shape);
  const { output, valueOf } = forward(builder, model, input);
  const seed = oneHot(builder, classes, model.output.classes);
  const values = targets.map(({ value }) => (value === undefined ? input : valueOf(value)));
  const distinct = [...new Set(values)];
  const gradients = differentiate(builder, { value: output, gradient: seed, wrt: distinct });
  targets.forEach(({ shape, value }, i) => {
    const activation = values[i] ?? '';
    const found = gradients[distinct.indexOf(activation)] ?? '';
    if (value !== undefined) builder.output(channelsLast(builder, activation, shape), `activations ${i}`);
    builder.output(channelsLast(builder, found, shape), `gradient ${i}`);
  });
  return builder.build();
}

/**
 * `[rows, ...positions, channels]` → `[rows, channels]`. Here and not in the graph: ONNX Runtime adds up a row in an order
 * that depends on where in the batch it lies.
 */
function meanOverPositions(values: Float32Array, shape: readonly number[]): Float32Array {
  const channels = shape.at(-1) ?? 1;
  const positions = sizeOf(shape.slice(0, -1));
  const rows = values.length / (positions * channels);
  const means = new Float32Array(rows * channels);
  const sums = new Float64Array(channels);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < channels; channel++, at++) sums[channel] = (sums[channel] ?? 0) + (values[at] ?? 0);
    }
    for (let channel = 0; channel < channels; channel++) means[row * channels + channel] = (sums[channel] ?? 0) / positions;
  }
  return means;
}
