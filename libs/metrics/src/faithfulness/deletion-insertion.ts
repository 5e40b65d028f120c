import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import type { MaskScoresRequest } from '@xaigrid/engine';
import { descendingThresholds, keepRank, outputsOfClasses, rowsOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { baselineParameter, engineBaseline, withBaseline } from '../perturbation/baseline.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { maskedOutputs } from '../perturbation/masked-outputs.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { sampleName } from '../sample-name.js';
import { MOST_ROWS } from '../samples-per-call.js';
import { settingRules } from '../setting-rules.js';

const MOST_STEPS = 10_000;

const rules = settingRules(
  {
    steps: z.int().min(1).max(MOST_STEPS).default(20).meta({
      description: 'Into how many equal steps the way from nothing to everything is cut; 2·steps − 1 forward passes a sample.',
    }),
    baseline: baselineParameter,
  },
  { complete: withBaseline },
);
type Setting = z.infer<typeof rules.setting>;

/**
 * Insertion and deletion (Petsiuk et al., "RISE", BMVC 2018, arXiv:1806.07421, section 4.3): the area under the curve of the scored
 * class's output, while the positions that a map ranks highest are put into the baseline one step after another, and while they are taken
 * out of the sample.
 *
 * A map with n values is cut at k = ⌊n·i/steps⌋, i = 1 … steps − 1. Insertion keeps the values above the k-th in descending order, counted from
 * 0; deletion those below the k-th in ascending order. The ends are the baseline alone and the whole sample. The area is the trapezoids' over
 * the share of values that is in truth in, or out: values that tie go together, and between the shares that this leaves the curve is straight.
 * A map that says nothing gets the mean of both ends in both. In float64 on the engine's float32 outputs.
 *
 * Measures per sample: `insertion` and `deletion`, the areas, which lie between 0 and 1; `ties` 1 if values that tie made a step of either
 * curve larger or smaller than asked for.
 */
export const deletionInsertion = defineMetric({
  metric: 'deletion-insertion',
  version: 1,
  title: 'Insertion and deletion',
  category: 'faithfulness',
  source:
    'Petsiuk et al., RISE, BMVC 2018, arXiv:1806.07421, section 4.3; the trapezoids’ area over the share that is in truth in, or out.',
  summary: 'How fast the output rises as the highest-ranked positions are put in, and falls as they are taken out (RISE).',
  rules,
  headline: 'insertion',
  measures: [
    {
      ...{ name: 'insertion', aggregate: 'mean', title: 'Insertion', direction: 'higher', role: 'result' },
      meaning: 'The area under the output while the highest-ranked positions are put into the baseline.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'deletion', aggregate: 'mean', title: 'Deletion', direction: 'lower', role: 'result' },
      meaning: 'The area under the output while the highest-ranked positions are taken out of the sample.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
      meaning: 'Samples of which a step was larger or smaller than asked for, because values of the map are equal.',
      range: { low: 0, high: 1 },
      warning: { text: 'equal values made steps of the curves larger or smaller than asked for' },
    },
  ],
  // Inputs, maps, their negatives and baselines; the steps are cut into calls of their own.
  tensors: 4,
  rowsPerSetting: true,
  // The baseline alone, which both curves share, and what lies between the ends of each.
  passes: (settings) => ({
    forward: settings.reduce((sum, { steps }) => sum + 1 + 2 * (steps - 1), 0),
    gradient: 0,
  }),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs, classes, predictions } = request;
  const maps = fittedMaps(request.maps, inputs);
  const negatives = { shape: maps.shape, data: maps.data.map((value) => -value) };
  const samples = inputs.shape[0] ?? 0;
  const insertion = new Float64Array(settings.length * samples);
  const deletion = new Float64Array(insertion.length);
  const ties = new Float64Array(insertion.length);
  const whole = outputsOfClasses(predictions, classes);
  for (const [s, setting] of settings.entries()) {
    const masking = { ...request, baseline: engineBaseline(setting.baseline, inputs) };
    const nothing = await outputsAbove({ ...masking, maps }, new Float32Array(samples).fill(Infinity));
    const kept = await keptCurves({ ...masking, maps }, setting.steps);
    // What is left when the highest are taken out are the lowest: the same curve of the map's negative, read backwards.
    const left = await keptCurves({ ...masking, maps: negatives }, setting.steps);
    for (let sample = 0; sample < samples; sample++) {
      const at = s * samples + sample;
      const ends = { nothing: nothing[sample] ?? NaN, whole: whole[sample] ?? NaN };
      insertion[at] = areaUnder(kept[sample] ?? [], ends);
      deletion[at] = areaUnder(left[sample] ?? [], ends);
      if (!Number.isFinite(insertion[at] + deletion[at])) throw notFinite(request, sample, s);
      ties[at] = [kept, left].some((curves) => curves[sample]?.some(({ tied }) => tied)) ? 1 : 0;
    }
  }
  return { measures: { insertion, deletion, ties } };
}

/** A point of a curve. */
interface Kept {
  /** Share of the map's values that are kept. */
  readonly share: number;
  readonly output: number;
  /** Values that tie with the threshold made it another share than asked for. */
  readonly tied: boolean;
}

type Masking = Pick<ScoreRequest, 'engine' | 'sampleIndices' | 'inputs' | 'maps' | 'classes' | 'signal'> &
  Pick<MaskScoresRequest, 'baseline'>;

/** For each sample the points between its ends, by ascending share: what is highest in its map is kept first. */
async function keptCurves(masking: Masking, steps: number): Promise<Kept[][]> {
  const { maps } = masking;
  const samples = maps.shape[0] ?? 0;
  const size = maps.data.length / Math.max(1, samples);
  const fractions = Array.from({ length: steps - 1 }, (_, i) => (i + 1) / steps);
  const ranked = Array.from({ length: samples }, (_, sample) =>
    descendingThresholds(rowsOf(maps, sample, sample + 1).data, fractions),
  );
  const thresholds = Float32Array.from(fractions.flatMap((_, i) => ranked.map((one) => one.thresholds[i] ?? NaN)));
  const outputs = await outputsAbove(masking, thresholds);
  return ranked.map(({ kept }, sample) =>
    fractions.map((fraction, i) => ({
      share: (kept[i] ?? NaN) / size,
      output: outputs[i * samples + sample] ?? NaN,
      tied: kept[i] !== keepRank(size, fraction),
    })),
  );
}

/**
 * @param thresholds entry `t * n + i` for sample i
 * @returns the scored class's output for each
 */
async function outputsAbove(
  { engine, sampleIndices, inputs, maps, classes, baseline, signal }: Masking,
  thresholds: Float32Array<ArrayBuffer>,
): Promise<Float64Array> {
  const samples = classes.length;
  const rowsPerCall = Math.max(1, Math.floor(MOST_ROWS / Math.max(1, samples))) * samples;
  const outputs = new Float64Array(thresholds.length);
  for (let from = 0; from < thresholds.length; from += rowsPerCall) {
    signal?.throwIfAborted();
    const above = thresholds.slice(from, from + rowsPerCall);
    const sampleOf = Int32Array.from(above, (_, row) => row % samples);
    const masked = await maskedOutputs({ engine, sampleIndices }, { inputs, sampleOf, masks: { maps, above }, baseline });
    outputs.set(
      outputsOfClasses(
        masked,
        sampleOf.map((sample) => classes[sample] ?? -1),
      ),
      from,
    );
  }
  return outputs;
}

/** The trapezoids' from nothing to everything. */
function areaUnder(points: readonly Kept[], ends: { readonly nothing: number; readonly whole: number }): number {
  let [area, share, output] = [0, 0, ends.nothing];
  for (const point of [...points, { share: 1, output: ends.whole }]) {
    area += ((point.share - share) * (point.output + output)) / 2;
    ({ share, output } = point);
  }
  return area;
}

function notFinite(request: ScoreRequest, sample: number, setting: number): XaigridError {
  return new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has no curve at ${canonicalJson(request.settings[setting])}: an output on the sample or on a masked sample is NaN or infinite. Check the sample, the baseline and the model's weights for extreme values.`,
  );
}
