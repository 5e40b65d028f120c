import { type Graph, GraphBuilder } from '@xaigrid/graph';
import type { Tensor } from '@xaigrid/tensor';
import type { MaskedPredictionRequest } from '../engine.js';
import { batchesOf, batchSamples, gatherRows } from '../request/batches.js';
import { checkMaskedPrediction, type MaskedPredictionShapes } from '../request/check-request.js';
import { blurred } from './blur.js';
import { channelsFirst, forward, gather, reshape } from './compose.js';
import { emptyTensor, type OnnxContext, writeRows } from './onnx-context.js';

/**
 * Outputs where positions whose map is not above the row's threshold hold the baseline: `[rows, classes]`. Samples and
 * maps of a batch go in once each, however many rows read them; masking happens inside the graph.
 */
export async function predictMasked(context: OnnxContext, request: MaskedPredictionRequest): Promise<Tensor> {
  const { description, batchSize, sessions } = context;
  const shapes = checkMaskedPrediction(description, request);
  const { inputs, maps, rows } = request;
  const baseline = 'blur' in request.baseline ? await blurred(context, inputs, request.baseline.blur) : request.baseline;
  const outputs = emptyTensor([rows.sample.length, description.classes]);
  const key = `masked ${shapes.mapsHaveChannels ? 'values' : 'positions'} ${shapes.baselinePerSample ? 'baselines' : 'baseline'}`;
  const graph = await sessions.compiled(key, () => composeMasked(context, shapes));
  const { inputShape } = description;
  const mapShape = maps.shape.slice(1);
  for (const batch of batchesOf(rows.sample.length, batchSize)) {
    const { samples, slots } = batchSamples(rows.sample, batch, batchSize);
    const thresholds = new Float32Array(batchSize);
    thresholds.set(rows.threshold.subarray(batch.start, batch.end));
    const perSample = (tensor: Tensor, shape: readonly number[]) => ({
      data: gatherRows(tensor, samples),
      shape: [samples.length, ...shape],
    });
    const { output } = await graph.run(
      {
        samples: perSample(inputs, inputShape),
        maps: perSample(maps, mapShape),
        slots: { data: slots, shape: [batchSize] },
        thresholds: { data: thresholds, shape: [batchSize, ...inputShape.map(() => 1)] },
        baseline: shapes.baselinePerSample ? perSample(baseline, inputShape) : { data: baseline.data, shape: [1, ...inputShape] },
      },
      ['output'],
    );
    writeRows(outputs, output, batch);
  }
  return outputs;
}

function composeMasked(
  { model, batchSize }: OnnxContext,
  { mapsHaveChannels, baselinePerSample }: MaskedPredictionShapes,
): Graph {
  const builder = new GraphBuilder('masked');
  const { shape } = model.input;
  const positions = shape.slice(0, -1);
  const samples = builder.input('samples', 'float', [null, ...shape]);
  const maps = builder.input('maps', 'float', [null, ...(mapsHaveChannels ? shape : positions)]);
  const slots = builder.input('slots', 'int32', [batchSize]);
  const thresholds = builder.input('thresholds', 'float', [batchSize, ...shape.map(() => 1)]);
  const baseline = builder.input('baseline', 'float', [baselinePerSample ? null : 1, ...shape]);

  const x = gather(builder, channelsFirst(builder, samples, shape), slots);
  const inLayout = mapsHaveChannels ? channelsFirst(builder, maps, shape) : reshape(builder, maps, [0, 1, ...positions]);
  const kept = builder.node('Greater', [gather(builder, inLayout, slots), thresholds]);
  const removed = channelsFirst(builder, baseline, shape);
  const masked = builder.node('Where', [kept, x, baselinePerSample ? gather(builder, removed, slots) : removed]);
  builder.output(forward(builder, model, masked).output, 'output');
  return builder.build();
}
