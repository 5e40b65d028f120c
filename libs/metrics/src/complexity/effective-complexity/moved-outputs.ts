import type { Target } from '@xaigrid/contracts';
import { channelsOfShape, positionsOfBatch, rowsOf, sampleRandom, sizeOf, type SampleRandom, type Tensor } from '@xaigrid/tensor';
import { fittedMaps } from '../../maps/fitted-maps.js';
import { positionValues } from '../../maps/position-values.js';
import type { ScoreRequest } from '../../metric.js';
import { placesOf } from '../../perturbation/places.js';
import { removalOutputs } from '../../perturbation/removal.js';
import { wholeOutputs } from '../../perturbation/target.js';
import { randomStreams } from '../../random-streams.js';

/**
 * What positions are drawn from: the positions of the sample itself with all their channels, or each value uniformly from a
 * range.
 */
export type Fill = 'sample' | { readonly uniform: readonly [number, number] };

interface Moved {
  /** How many of the highest-ranked positions stay. */
  readonly counts: readonly number[];
  readonly draws: number;
  /** What the other positions are drawn from. */
  readonly fill: Fill;
  readonly target: Target;
}

/**
 * The scored class's output on the sample, and while the highest-ranked positions stay and the others are drawn at random:
 * `moved[sample][draw][count]`. Each draw fills all positions; every count uses the part of it that it needs.
 */
export async function movedOutputs(
  request: ScoreRequest,
  { counts, draws, fill, target }: Moved,
): Promise<{ readonly whole: Float64Array<ArrayBuffer>; readonly moved: readonly Float64Array<ArrayBuffer>[][] }> {
  const { inputs, seed, sampleIndices } = request;
  const maps = fittedMaps(request.maps, inputs);
  const [samples = 0, ...inputShape] = inputs.shape;
  const size = sizeOf(inputShape);
  const channels = channelsOfShape(inputShape);
  const randoms = Array.from({ length: samples }, (_, sample) =>
    sampleRandom(seed, sampleIndices?.[sample] ?? sample, randomStreams.effectiveComplexity),
  );
  const places: Tensor = { shape: positionsOfBatch(inputs.shape), data: new Float32Array((samples * size) / channels) };
  for (const [sample, random] of randoms.entries()) {
    const values = positionValues(rowsOf(maps, sample, sample + 1).data, size / channels, 'absolute');
    places.data.set(placesOf(values, random), (sample * size) / channels);
  }
  // No other metric asks for these: what is drawn is not shared.
  const own = { ...request, shared: undefined };
  const moved: Float64Array<ArrayBuffer>[][] = randoms.map(() => []);
  const baseline: Tensor = { shape: inputs.shape, data: new Float32Array(inputs.data.length) };
  for (let draw = 0; draw < draws; draw++) {
    for (const [sample, random] of randoms.entries()) {
      const rows = [sample * size, (sample + 1) * size] as const;
      drawFill(baseline.data.subarray(...rows), { values: inputs.data.subarray(...rows), channels, fill, random });
    }
    const curves = await removalOutputs(own, { places, counts, way: 'insert', baseline, target });
    for (const [sample, curve] of curves.entries()) moved[sample]?.push(curve);
  }
  return { whole: await wholeOutputs(request, target), moved };
}

function drawFill(
  filled: Float32Array<ArrayBuffer>,
  {
    values,
    channels,
    fill,
    random,
  }: {
    readonly values: Float32Array<ArrayBuffer>;
    readonly channels: number;
    readonly fill: Fill;
    readonly random: SampleRandom;
  },
): void {
  if (fill !== 'sample') {
    const [low, high] = fill.uniform;
    for (let at = 0; at < filled.length; at++) filled[at] = low + (high - low) * random.uniform();
    return;
  }
  for (let at = 0; at < filled.length; at += channels) {
    const from = channels * random.integer(filled.length / channels);
    filled.set(values.subarray(from, from + channels), at);
  }
}
