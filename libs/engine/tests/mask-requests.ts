import type { ExplainedOutputs, Tensor } from '@xaigrid/tensor';
import type { Engine, MaskBaseline } from '../src/index.js';
import type { Target } from '@xaigrid/contracts';

type Indices = Int32Array<ArrayBuffer>;

/** Feature maps as masks: which of which sample take part. */
export interface FeatureMaps extends ExplainedOutputs {
  readonly inputs: Tensor;
  /** `[n, ...positions, channels]` */
  readonly activations: Tensor;
  readonly rows: { readonly sample: Indices; readonly channel: Indices };
  readonly target?: Target;
}

/** SISE's step: feature maps as masks, their sums, and F of each row. */
export async function sumsOfFeatureMaps(
  engine: Engine,
  { inputs, activations, rows, target, ...explained }: FeatureMaps,
): Promise<{ readonly sums: Tensor; readonly weights: Float32Array<ArrayBuffer> }> {
  const { outputs, sums } = await engine.scoreMasks({
    ...{ inputs, target, sampleOf: rows.sample, baseline: 'zero', sums: explained },
    masks: { maps: activations, mapOf: rows.sample, channelOf: rows.channel, scaled: true },
  });
  if (sums === undefined) throw new TypeError('Sums were asked for.');
  const of = (row: number, index: number | undefined) => outputs.data[row * engine.model.classes + (index ?? -1)] ?? NaN;
  const weights = Float32Array.from(rows.sample, (sample, row) => {
    const own = of(row, explained.classes[sample]);
    return explained.contrasts === undefined ? own : own - of(row, explained.contrasts[sample]);
  });
  return { sums, weights };
}

/** Masks by thresholds on maps of the samples. */
export interface Thresholds {
  readonly inputs: Tensor;
  readonly maps: Tensor;
  readonly rows: { readonly sample: Indices; readonly threshold: Float32Array<ArrayBuffer> };
  readonly baseline: MaskBaseline;
}

/** The metrics' step: outputs on what is above thresholds. */
export async function outputsAbove(engine: Engine, { inputs, maps, rows, baseline }: Thresholds): Promise<Tensor> {
  const masks = { maps, above: rows.threshold };
  const { outputs } = await engine.scoreMasks({ inputs, sampleOf: rows.sample, masks, baseline });
  return outputs;
}
