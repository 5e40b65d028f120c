import { canonicalJson } from '@xaigrid/contracts';
import { addNormalNoise, channelsOfShape, keepRank, positionsOfShape, quantile, sumOf, type SampleRandom } from '@xaigrid/tensor';
import type { ScoreRequest } from '../../metric.js';
import { changedSamples } from '../../perturbation/changed-samples.js';
import { partedCounts, placesOf } from '../../perturbation/places.js';
import { attributionsOf, unitsOf } from '../../perturbation/units.js';
import { randomOf } from '../../random-of.js';
import { rowsOfRequest } from '../../rows-of-request.js';
import { sharedRows } from '../../shared-rows.js';
import { linearImputation, neighboursOf, type Neighbours } from './linear-imputation.js';
import { fractionsOf, type RoadSetting } from './settings.js';

type Float64 = Float64Array<ArrayBuffer>;

interface Imputing {
  /** One per sample, in a shape that `attributionsOf` reads. */
  readonly maps: readonly Float32Array[];
  readonly setting: RoadSetting;
  /** Most relevant first (`morf`), or least (`lerf`). */
  readonly order: 'morf' | 'lerf';
  /** The stream of the sample's random numbers (`randomStreams`). */
  readonly stream: number;
}

/** The model's answers on one sample while positions are imputed. */
export interface Imputed {
  /** The share of the fractions at which the scored class is predicted. */
  readonly accuracy: number;
  /** The scored class's output, the mean over the fractions. */
  readonly confidence: number;
  /** Whether a fraction splits equal values of the map. */
  readonly tied: boolean;
}

/**
 * The model's answers while more and more positions of a sample are imputed; one per sample. What another metric asked for
 * already is not imputed again.
 */
export async function imputedOutputs(request: ScoreRequest, imputing: Imputing): Promise<Imputed[]> {
  const { setting, order, maps } = imputing;
  const what = canonicalJson(setting);
  const keys = Array.from(request.classes, (scored, sample) =>
    ['imputed', order, what, request.sampleIndices?.[sample] ?? sample, scored].join(' '),
  );
  const rows = await sharedRows(request, keys, async (places) => {
    const imputed = await computed(rowsOfRequest(request, places), {
      ...imputing,
      maps: Array.from(places, (place) => maps[place] ?? new Float32Array()),
    });
    return imputed.map(({ accuracy, confidence, tied }) => Float64Array.of(accuracy, confidence, tied ? 1 : 0));
  });
  return rows.map(([accuracy = NaN, confidence = NaN, tied = NaN]) => ({ accuracy, confidence, tied: tied === 1 }));
}

function computed(request: ScoreRequest, { maps, setting, order, stream }: Imputing): Promise<Imputed[]> {
  const inputShape = request.inputs.shape.slice(1);
  const fractions = fractionsOf(setting);
  const units = unitsOf('positions', inputShape);
  const neighbours = neighboursOf(positionsOfShape(inputShape));
  const randoms = randomOf(request, stream);
  return changedSamples(request, {
    ...{ copies: fractions.length, target: setting.target },
    of: (sample) => {
      const random = randoms(sample);
      const attributions = attributionsOf(maps[sample] ?? new Float32Array(), units);
      const scores = order === 'morf' ? attributions : reversed(setting, attributions);
      const counts = fractions.map((fraction) => keepRank(units.count, fraction));
      const removed =
        setting.definition === 'pytorch-grad-cam' ? aboveQuantiles(scores, fractions) : firstOf(scores, counts, random);
      const impute = imputer(neighbours, channelsOfShape(inputShape));
      return {
        change: (values, copy) => {
          impute(values, removed(copy), { noise: setting.noise, random });
        },
        result: (outputs, predicted) => ({
          accuracy: predicted.filter((one) => one === request.classes[sample]).length / predicted.length,
          confidence: sumOf(outputs) / outputs.length,
          tied: partedCounts(scores, counts).size > 0,
        }),
      };
    },
  });
}

/** Scores that rank the least relevant first. pytorch-grad-cam takes 1 − map, in float32. */
function reversed({ definition }: RoadSetting, attributions: Float64): Float64 {
  return attributions.map((value) => (definition === 'pytorch-grad-cam' ? Math.fround(1 - value) : -value));
}

/** The positions with the highest scores, equal ones in random order. */
function firstOf(scores: Float64, counts: readonly number[], random: SampleRandom): (step: number) => Int32Array<ArrayBuffer> {
  const places = placesOf(scores, random);
  const order = new Int32Array(places.length);
  for (const [position, place] of places.entries()) order[place] = position;
  // In ascending order of position, so that neighbours are close in memory.
  return (step) => order.slice(0, counts[step]).sort();
}

/** The positions whose score is at least a quantile. */
function aboveQuantiles(scores: Float64, fractions: readonly number[]): (step: number) => Int32Array<ArrayBuffer> {
  const sorted = scores.toSorted();
  return (step) => {
    const threshold = Math.fround(quantile(sorted, 1 - (fractions[step] ?? NaN)));
    return Int32Array.from(scores.keys()).filter((position) => (scores[position] ?? NaN) >= threshold);
  };
}

/**
 * Imputes one sample repeatedly, with more positions missing each time. Each solution is the first guess of the next one.
 * Channels are imputed one by one, and noise is added to imputed values. If everything is missing, all values are 0, as in
 * pytorch-grad-cam.
 */
function imputer(neighbours: Neighbours, channels: number) {
  let solved: Float64[] | undefined;
  return (
    values: Float32Array<ArrayBuffer>,
    missing: Int32Array<ArrayBuffer>,
    { noise, random }: { readonly noise: number; readonly random: SampleRandom },
  ): void => {
    solved ??= Array.from({ length: channels }, (_, channel) =>
      Float64Array.from({ length: values.length / channels }, (_, position) => values[position * channels + channel] ?? NaN),
    );
    const nothingKnown = missing.length * channels === values.length;
    const impute = nothingKnown ? (own: Float64) => own.fill(0) : linearImputation(missing, neighbours);
    for (const [channel, own] of solved.entries()) {
      impute(own);
      const imputed = Float32Array.from(missing, (position) => own[position] ?? NaN);
      if (noise > 0) addNormalNoise(imputed, imputed, noise, random);
      for (const [at, position] of missing.entries()) values[position * channels + channel] = imputed[at] ?? NaN;
    }
  };
}
