import { XaigridError } from '@xaigrid/contracts';
import type { ModelDescription } from '@xaigrid/engine';
import { argmaxRows, extremesOf, isTable, keepRank, rowsOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest } from '../metric.js';
import { baselineValues } from '../perturbation/baseline-values.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { changedSamples } from '../perturbation/changed-samples.js';
import { partedCounts, placesOf } from '../perturbation/places.js';
import { tiesMeasure } from '../perturbation/removal-curves.js';
import { targetParameter, wholeOutputsBy, wholePasses, withTarget } from '../perturbation/target.js';
import { attributionsOf, replacerOf, unitsOf } from '../perturbation/units.js';
import { randomOf } from '../random-of.js';
import { randomStreams } from '../random-streams.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';
import { compressedSize } from './pic/compressed-size.js';
import { informationArea } from './pic/information-curve.js';

const METRIC = 'pic';
/** The fractions in the example of the package saliency. */
const FRACTIONS = [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.21, 0.34, 0.5, 0.75];

const shape = {
  fractions: z.array(z.number().gt(0).lt(1)).min(1).default(FRACTIONS).meta({
    description: 'Shares of positions that are seen sharply, the highest-ranked first. A forward pass each, and one for none.',
  }),
  baseline: baselineSchema.default({ blur: 10 }).meta({
    description:
      'What is seen in place of the others: { blur: SIGMA }, the sample blurred by a Gaussian of that many positions, mean (of each channel of the sample), minimum (its smallest value), zero, a number, one number a channel, or values of the shape of an input.',
  }),
  target: targetParameter,
};

const rules = settingRules(shape, {
  several: ['target'],
  complete: (setting, model) => {
    assertNoTable(model);
    const fractions = [...new Set(setting.fractions)].sort((a, b) => a - b);
    return { ...withTarget(withBaseline(setting, model), model), fractions };
  },
});
type Setting = z.infer<typeof rules.setting>;

/**
 * Performance information curves (Kapishnikov et al. 2019, "XRAI: Better attributions through regions", ICCV, arXiv:1906.02825,
 * section 4.2; 2021, "Guided integrated gradients", CVPR, arXiv:2106.09788): the performance of the model against the information
 * in a blurred sample, while the highest-ranked positions are made sharp. On the softmax information curve (SIC) performance is
 * the output of the scored class; on the accuracy information curve (AIC) it is 1 if that class is predicted, otherwise 0.
 * Information is the size after lossless compression (`compressedSize`).
 *
 * The ⌊n·f⌋ highest-ranked of n positions are sharp, equal ones in random order. `informationArea` computes the area from sizes
 * and outputs as the package saliency 0.2.1. There are three differences from the package. It interpolates linearly between the
 * sharp positions and 1 % random ones; here a Gaussian blurs. It compresses as WebP. It takes the median curve of all samples;
 * here each sample has its own area, and their mean is the area under the mean curve. A sample has no curve if it holds no more
 * information than the blurred one, or if the model does no better on it; this does not depend on the map. Such a sample gets 0
 * and is counted.
 *
 * Measures per sample: `sic`; `aic`; `noSic` and `noAic` 1 if there is no such curve; `ties` 1 if a fraction splits equal
 * attributions.
 */
export const pic = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Performance information curves',
  category: 'faithfulness',
  source:
    'Kapishnikov et al., XRAI, ICCV 2019, arXiv:1906.02825, section 4.2, and Guided Integrated Gradients, CVPR 2021, arXiv:2106.09788; areas as compute_pic_metric of saliency 0.2.1.',
  summary:
    'How well the model does by how much a blurred sample holds, while the highest-ranked positions are sharpened (SIC, AIC).',
  rules,
  headline: 'sic',
  measures: [
    {
      ...{ name: 'sic', aggregate: 'mean', title: 'SIC area', direction: 'higher', role: 'result' },
      meaning:
        'The area under the output’s rise by the information in the sample, while the highest-ranked positions are sharpened.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'aic', aggregate: 'mean', title: 'AIC area', direction: 'higher', role: 'result' },
      meaning: 'The same of whether the class is predicted.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'noSic', aggregate: 'count', title: 'No SIC', role: 'check' },
      meaning:
        'Samples without a softmax information curve: blurred, they hold as much or get as high an output. Their area is 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'blurred samples hold as much or get as high an output; their SIC area is 0 whatever the map' },
    },
    {
      ...{ name: 'noAic', aggregate: 'count', title: 'No AIC', role: 'check' },
      meaning:
        'Samples without an accuracy information curve: the class is predicted when they are blurred, or never. Their area is 0.',
      range: { low: 0, high: 1 },
      warning: {
        text: 'the class is predicted for blurred samples, or not for whole ones; their AIC area is 0 whatever the map',
      },
    },
    tiesMeasure,
  ],
  // Inputs, maps, baselines, copies.
  tensors: 4,
  passes: (settings) => ({
    forward: wholePasses(settings) + settings.reduce((sum, { fractions }) => sum + fractions.length + 1, 0),
    gradient: 0,
  }),
  score: async (request, settings) => {
    const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
    const wholeBy = await wholeOutputsBy(request, settings);
    return scoreSettings(request, settings, (setting) => areasOf(request, { maps, setting, whole: wholeBy(setting.target) }));
  },
});

interface Asked {
  readonly maps: readonly Float32Array[];
  readonly setting: Setting;
  readonly whole: Float64Array;
}

/** The measures of each sample. */
function areasOf(request: ScoreRequest, { maps, setting, whole }: Asked) {
  const { inputs, classes, predictions } = request;
  const inputShape = inputs.shape.slice(1);
  const units = unitsOf('positions', inputShape);
  const replace = replacerOf(units);
  const baselineOf = baselineValues(setting.baseline, inputs);
  const randoms = randomOf(request, randomStreams.pic);
  const predictedWhole = argmaxRows(predictions);
  const counts = [0, ...setting.fractions.map((fraction) => keepRank(units.count, fraction))];
  return changedSamples(request, {
    ...{ copies: counts.length, target: setting.target },
    of: (sample) => {
      const { data: x } = rowsOf(inputs, sample, sample + 1);
      const baseline = baselineOf(sample);
      const extremes = extremesOf(x);
      const sizeOf = (values: Float32Array) => compressedSize(values, inputShape, extremes);
      const scores = attributionsOf(maps[sample] ?? new Float32Array(), units);
      const places = placesOf(scores, randoms(sample));
      const sizes: number[] = [];
      return {
        change: (values, copy) => {
          const sharp = counts[copy] ?? 0;
          for (const [unit, place] of places.entries()) if (place >= sharp) replace(values, unit, baseline);
          sizes[copy] = sizeOf(values);
        },
        result: (outputs, predicted) => {
          const scored = classes[sample] ?? -1;
          const all = [...outputs].map((output, copy) => ({
            ...{ information: sizes[copy] ?? NaN, output, hit: predicted[copy] === scored ? 1 : 0 },
          }));
          const end = { information: sizeOf(x), output: whole[sample] ?? NaN, hit: predictedWhole[sample] === scored ? 1 : 0 };
          const areaOf = (measure: 'output' | 'hit') => {
            const [blurred = { information: NaN, performance: NaN }, ...between] = all.map((one) => ({
              ...{ information: one.information, performance: one[measure] },
            }));
            const last = { information: end.information, performance: end[measure] };
            return informationArea({ blurred, whole: last, between });
          };
          const [sic, aic] = [areaOf('output'), areaOf('hit')];
          return {
            ...{ sic: sic ?? 0, aic: aic ?? 0, noSic: sic === undefined ? 1 : 0, noAic: aic === undefined ? 1 : 0 },
            ties: partedCounts(scores, counts).size > 0 ? 1 : 0,
          };
        },
      };
    },
  });
}

function assertNoTable({ inputShape }: Pick<ModelDescription, 'inputShape'>): void {
  if (!isTable(inputShape)) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${METRIC} blurs a sample and compresses it, and the ${inputShape.join('')} features of a table are no neighbours. Use deletion-insertion with a baseline of one number for each feature.`,
  );
}
