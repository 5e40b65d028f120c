import type { Tensor } from '@xaigrid/tensor';
import type { MaskScores, MaskScoresRequest } from '../engine.js';
import { type Batch, batchesOf, batchRows, gatherMaps, gatherRows } from '../request/batches.js';
import { checkMaskScores } from '../request/check-request.js';
import { baselineTensor } from '../request/mask-baseline.js';
import { blurred } from './blur.js';
import { composeMasked } from './compose-masked.js';
import { createMaskSums } from './mask-sums.js';
import { emptyTensor, type OnnxContext, writeRows } from './onnx-context.js';
import type { Feed } from './sessions.js';

/**
 * The outputs on masked samples. Samples, maps and references go into a batch once each, however many rows use them. The graph
 * makes the masks and applies them to the samples.
 */
export async function scoreMasks(context: OnnxContext, request: MaskScoresRequest): Promise<MaskScores> {
  const { description, batchSize, sessions } = context;
  const kind = checkMaskScores(description, request);
  const { inputs, sampleOf, masks } = request;
  const baseline = await baselineTensor(request, (samples, sigma) => blurred(context, samples, sigma));
  const outputs = emptyTensor([sampleOf.length, description.classes]);
  const ranged = request.sums !== undefined && kind.masks.of === 'maps' && kind.masks.scaled;
  const names = ['output', ...(ranged ? (['smallest', 'largest'] as const) : [])] as const;
  const sums = request.sums === undefined ? undefined : createMaskSums(context, request, request.sums);
  const graph = await sessions.compiled(`masks ${JSON.stringify(kind)} ${sums === undefined ? '' : 'summed'}`, () =>
    composeMasked(context, kind, sums !== undefined),
  );
  for (const batch of batchesOf(sampleOf.length, batchSize)) {
    const samples = batchRows(sampleOf, batch, batchSize);
    const maps = 'above' in masks ? undefined : gatherMaps(masks, batch, batchSize);
    const feeds: Record<string, Feed> = {
      samples: rowsFeed(inputs, samples.distinct),
      slots: { data: samples.slots, shape: [batchSize] },
      ...('above' in masks
        ? { maps: rowsFeed(masks.maps, samples.distinct), thresholds: thresholdsFeed(context, masks.above, batch) }
        : { maps: { data: maps ?? new Float32Array(), shape: [batchSize, ...masks.maps.shape.slice(1, -1)] } }),
      ...baselineFeeds(request, baseline, { batch, size: batchSize, samples: samples.distinct }),
    };
    const found = await graph.run<(typeof names)[number]>(feeds, names);
    writeRows(outputs, found.output, batch);
    if (maps !== undefined) sums?.add(batch, maps, { outputs, smallest: found.smallest, largest: found.largest });
  }
  return { outputs, ...(sums === undefined ? {} : { sums: sums.finish() }) };
}

function rowsFeed(tensor: Tensor, rows: readonly number[]): Feed {
  return { data: gatherRows(tensor, rows), shape: [rows.length, ...tensor.shape.slice(1)] };
}

function thresholdsFeed({ description, batchSize }: OnnxContext, above: Float32Array, { start, end }: Batch): Feed {
  const data = new Float32Array(batchSize);
  data.set(above.subarray(start, end));
  return { data, shape: [batchSize, ...description.inputShape.map(() => 1)] };
}

function baselineFeeds(
  { inputs, baseline: asked }: MaskScoresRequest,
  baseline: Tensor | undefined,
  { batch, size, samples }: { readonly batch: Batch; readonly size: number; readonly samples: readonly number[] },
): Record<string, Feed> {
  if (baseline === undefined || asked === 'zero') return {};
  if ('references' in asked) {
    const references = batchRows(asked.referenceOf, batch, size);
    return {
      baseline: rowsFeed(baseline, references.distinct),
      'reference slots': { data: references.slots, shape: [size] },
    };
  }
  const perSample = baseline.shape.length === inputs.shape.length;
  return { baseline: perSample ? rowsFeed(baseline, samples) : { data: baseline.data, shape: [1, ...baseline.shape] } };
}
