import { type Graph, GraphBuilder, type ModelLayer } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import { batchesOf, paddedRows } from '../request/batches.js';
import { checkSamples } from '../request/check-request.js';
import { asShown, channelsFirst, forward } from './compose.js';
import { emptyTensor, modelLayer, type OnnxContext, writeRows } from './onnx-context.js';

/** `[n, ...inputShape]` → `[n, classes]`. */
export async function predict(context: OnnxContext, inputs: Tensor): Promise<Tensor> {
  const { description, batchSize, sessions } = context;
  const samples = checkSamples(description, inputs, 'Inputs');
  const outputs = emptyTensor([samples, description.classes]);
  const graph = await sessions.compiled('predict', () => composePredict(context));
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(inputs, batch, batchSize);
    const { output } = await graph.run({ x: { data, shape: [batchSize, ...description.inputShape] } }, ['output']);
    writeRows(outputs, output, batch);
  }
  return outputs;
}

function composePredict({ model, batchSize }: OnnxContext): Graph {
  const builder = new GraphBuilder('predict');
  const x = builder.input('x', 'float', [batchSize, ...model.input.shape]);
  const { output } = forward(builder, model, channelsFirst(builder, x, model.input.shape));
  builder.output(output, 'output');
  return builder.build();
}

/** The outputs of the named layers, `[n, ...shape]` each. */
export async function activations(context: OnnxContext, inputs: Tensor, names: readonly string[]): Promise<Tensor[]> {
  const { description, batchSize, sessions } = context;
  const samples = checkSamples(description, inputs, 'Inputs');
  const layers = names.map((name) => modelLayer(context, name));
  const answers = layers.map(({ shape }) => emptyTensor([samples, ...shape]));
  if (layers.length === 0) return answers;
  const graph = await sessions.compiled(`activations ${JSON.stringify(names)}`, () => composeActivations(context, layers));
  const outputs = layers.map((_, i) => `layer ${i}`);
  for (const batch of batchesOf(samples, batchSize)) {
    const data = paddedRows(inputs, batch, batchSize);
    const values = await graph.run({ x: { data, shape: [batchSize, ...description.inputShape] } }, outputs);
    answers.forEach((answer, i) => {
      const found = values[`layer ${i}`];
      if (found !== undefined) writeRows(answer, found, batch);
    });
  }
  return answers;
}

function composeActivations({ model, batchSize }: OnnxContext, layers: readonly ModelLayer[]): Graph {
  const builder = new GraphBuilder('activations');
  const x = builder.input('x', 'float', [batchSize, ...model.input.shape]);
  const { valueOf } = forward(builder, model, channelsFirst(builder, x, model.input.shape));
  layers.forEach((layer, i) => builder.output(asShown(builder, valueOf(layer.value), layer), `layer ${i}`));
  return builder.build();
}
