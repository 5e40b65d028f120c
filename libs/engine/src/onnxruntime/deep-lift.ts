import type { SoftmaxRule } from '@xaigrid/contracts';
import { prepareDeepLift } from '@xaigrid/graph';
import { explainedOfRows, rowsOf, sizeOf, sumOf, type Tensor } from '@xaigrid/tensor';
import { activationBytes } from '../batch-size.js';
import type { DeepLift, DeepLiftAttribution, DeepLiftRequest } from '../engine.js';
import { type Batch, batchesOf, paddedExplained } from '../request/batches.js';
import { checkDeepLift, checkReferences } from '../request/check-request.js';
import { createDoubleDeepLift } from './deep-lift-double.js';
import { createRowPairs } from './deep-lift-rows.js';
import { createWholePairs } from './deep-lift-whole.js';
import type { OnnxContext } from './onnx-context.js';
import { roundKeepingSum } from './round-keeping-sum.js';

/** The bytes of multipliers that pass between operations: those of one block stay within a core's cache. */
const BLOCK_BYTES = 3 * 2 ** 17;
const LARGEST_BLOCK = 256;
/** The limit for pairs. A pair holds its forward values, multipliers and differences: about six times the forward pass. */
const PAIR_BYTES = 192 * 2 ** 20;

/**
 * A sample whose attributions miss their sum by more is computed again in float64. If the logit of one reference almost equals
 * that of the sample, the softmax has multipliers above 1e4, which magnify the float32 rounding of the layers below. This happens
 * for about 2 % of the report's 1000 1-D samples; computing again lowers the largest error from 7.7e-4 to 9.9e-6. Logits may
 * exceed 1: for them the tolerance is a share of the sum.
 */
const ADDITIVITY_TOLERANCE = 1e-5;

/**
 * DeepLIFT's rescale rule. If the model's values have samples as rows, the forward pass of the references is done once. If the
 * batch is in another axis, as in attention, it is done with each sample. Computation is in float32, and in float64 for samples
 * where float32 is too inexact. A sample's result depends only on the sample and the references.
 */
export async function deepLift(
  context: OnnxContext,
  references: Tensor,
  softmaxRule: SoftmaxRule = 'log-softmax',
): Promise<DeepLift> {
  const { model, description } = context;
  const count = checkReferences(description, references);
  const forward = prepareDeepLift(model.graph, softmaxRule);
  const atOnce = pairsAtOnce(context);
  const shared = { references, blocks: blocksOf(count, atOnce), softmaxRule };
  const single = forward.inRows
    ? await createRowPairs(context, { ...shared, forward, pairsAtOnce: atOnce })
    : await createWholePairs(context, { ...shared, precision: 'float' });
  const double = createDoubleDeepLift(context, shared);

  async function attribute(request: DeepLiftRequest): Promise<DeepLiftAttribution> {
    const { inputs } = request;
    const samples = checkDeepLift(description, request);
    const size = sizeOf(description.inputShape);
    const attributions = new Float32Array(samples * size);
    const outputs = new Float64Array(samples);
    const expected = new Float64Array(samples);
    const bits = new Uint8Array(samples).fill(32);
    // The values of samples are as large as those of references, so a few samples are done at a time.
    for (const batch of batchesOf(samples, context.batchSize)) {
      const { start, end, rows } = batch;
      const found = await single.attribute(rowsOf(inputs, start, end), paddedExplained(request, batch, rows));
      for (const [row, own] of found.entries()) {
        const sample = start + row;
        const map = attributions.subarray(sample * size, (sample + 1) * size);
        map.set(own.attributions);
        outputs[sample] = own.output;
        expected[sample] = own.expected;
        const scale = Math.max(1, Math.abs(own.output), Math.abs(own.expected));
        if (Math.abs(sumOf(map) - (own.output - own.expected)) <= ADDITIVITY_TOLERANCE * scale) continue;
        const exact = await double.attribute(rowsOf(inputs, sample, sample + 1), explainedOfRows(request, Int32Array.of(sample)));
        if (exact === undefined) continue;
        map.set(roundKeepingSum(exact.attributions));
        outputs[sample] = exact.output;
        expected[sample] = exact.expected;
        bits[sample] = 64;
      }
    }
    return { attributions: { shape: inputs.shape, data: attributions }, outputs, expected, bits };
  }

  return {
    attribute,
    close() {
      single.close();
      return Promise.resolve();
    },
  };
}

/** The pairs of a sample and a reference that one pass takes. */
function pairsAtOnce({ model, description }: OnnxContext): number {
  // A model that takes one sample at a time takes one reference at a time.
  if (model.alone !== undefined) return 1;
  const layers = Math.max(1, description.layers.length);
  const cached = Math.floor((BLOCK_BYTES * layers) / activationBytes(description));
  const held = Math.floor(PAIR_BYTES / (6 * activationBytes(description)));
  return Math.max(1, Math.min(LARGEST_BLOCK, cached, held));
}

/** Blocks of references of nearly equal size: at most two sizes, so at most two graphs. */
function blocksOf(count: number, size: number): Batch[] {
  return batchesOf(count, Math.ceil(count / Math.ceil(count / size)));
}
