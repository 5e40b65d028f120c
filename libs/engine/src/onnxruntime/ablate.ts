import { type Graph, GraphBuilder, type ModelLayer } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import type { AblationRequest } from '../engine.js';
import { batchesOf, batchRows, gatherRows, paddedIndices } from '../request/batches.js';
import { checkAblation } from '../request/check-request.js';
import { channelsFirst, forward, gather, oneHot, reshape } from './compose.js';
import { emptyTensor, modelLayer, type OnnxContext, writeRows } from './onnx-context.js';

/** The outputs without one feature map of a layer in each row. Samples go into a batch once each. */
export async function ablate(context: OnnxContext, request: AblationRequest): Promise<Tensor> {
  const { description, batchSize, sessions } = context;
  const { name } = checkAblation(description, request);
  const { inputs, sampleOf, channelOf } = request;
  const outputs = emptyTensor([sampleOf.length, description.classes]);
  const layer = modelLayer(context, name);
  const graph = await sessions.compiled(`ablation ${JSON.stringify(name)}`, () => composeAblation(context, layer));
  for (const batch of batchesOf(sampleOf.length, batchSize)) {
    const { distinct, slots } = batchRows(sampleOf, batch, batchSize);
    const { output } = await graph.run(
      {
        samples: { data: gatherRows(inputs, distinct), shape: [distinct.length, ...description.inputShape] },
        slots: { data: slots, shape: [batchSize] },
        channels: { data: paddedIndices(channelOf, batch, batchSize), shape: [batchSize, 1] },
      },
      ['output'],
    );
    writeRows(outputs, output, batch);
  }
  return outputs;
}

function composeAblation({ model, batchSize }: OnnxContext, { value, shape, inOrder }: ModelLayer): Graph {
  const builder = new GraphBuilder('ablation');
  const samples = builder.input('samples', 'float', [null, ...model.input.shape]);
  const slots = builder.input('slots', 'int32', [batchSize]);
  const channels = builder.input('channels', 'int32', [batchSize, 1]);
  const x = gather(builder, channelsFirst(builder, samples, model.input.shape), slots);
  const kept = builder.node('Sub', [builder.scalar(1), oneHot(builder, channels, shape.at(-1) ?? 1)]);
  const ones = shape.slice(0, -1).map(() => 1);
  const mask = reshape(builder, kept, inOrder === true ? [0, ...ones, shape.at(-1) ?? 1] : [0, 0, ...ones]);
  const { output } = forward(builder, model, x, (name, own) => (name === value ? builder.node('Mul', [own, mask]) : own));
  builder.output(output, 'output');
  return builder.build();
}
