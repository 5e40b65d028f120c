import { channelsOfShape, sumOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest } from '../metric.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { baselineValues } from '../perturbation/baseline-values.js';
import { changedSamples } from '../perturbation/changed-samples.js';
import { targetSchema, wholeOutputsBy, wholePasses, withDefinedTarget } from '../perturbation/target.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'completeness';

const defaults = {
  paper: { baseline: 'zero', target: 'probability' },
  quantus: { baseline: 'minimum', target: 'logit' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({
    description:
      'paper: the map as it is. quantus: the map divided by its largest magnitude, as Quantus 0.6.0 does by default, and its defaults of baseline and target.',
  }),
  baseline: baselineSchema.optional(),
  target: targetSchema.optional(),
};
const rules = settingRules(shape, {
  several: ['definition', 'target'],
  complete: (setting, model) => withBaseline(withDefinedTarget(completed(setting), setting.target, model), model),
});

function completed({ definition, ...given }: z.infer<z.ZodObject<typeof shape>>) {
  const { baseline = defaults[definition].baseline, target = defaults[definition].target } = given;
  return { definition, baseline, target };
}
type Complete = ReturnType<typeof completed>;

/**
 * Does a map add up to the change of the output from the baseline to the sample? The error is |Σ a − (F(x) − F(b))|, with F the
 * output of the scored class and b the baseline.
 *
 * The completeness of Sundararajan et al. 2017 (ICML, "Axiomatic attribution for deep networks", arXiv:1703.01365), proposition
 * 1, as an error, because sums in floating point are never equal. A method such as integrated gradients is complete for its own
 * baseline and target: give the metric the same ones.
 *
 * Measures per sample: `completenessError`; `relativeError`, the error divided by |F(x) − F(b)|; `exact` 1 if the sum and the
 * change are equal in float32; `noChange` 1 if F(x) = F(b). In that case the relative error is 0 for a map that adds up to 0, and
 * 1 for other maps.
 */
export const completeness = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Completeness',
  category: 'axiomatic',
  source:
    'Sundararajan et al., Axiomatic attribution for deep networks, ICML 2017, arXiv:1703.01365; Completeness of Quantus 0.6.0.',
  summary: 'How far the sum of a map is from what the output loses between the sample and the baseline.',
  rules,
  headline: 'completenessError',
  measures: [
    {
      ...{ name: 'completenessError', aggregate: 'mean', title: 'Completeness error', direction: 'lower', role: 'result' },
      meaning: 'How far the map’s sum is from F(x) − F(baseline): 0 is a map that is complete.',
      range: { low: 0 },
      dependsOn: ['scale'],
      scale: 1,
    },
    {
      ...{ name: 'relativeError', aggregate: 'mean', title: 'Relative completeness error', direction: 'lower', role: 'result' },
      meaning: 'The same as a share of |F(x) − F(baseline)|: a map of zeros gets 1.',
      range: { low: 0 },
      dependsOn: ['scale'],
      scale: 1,
    },
    {
      ...{ name: 'exact', aggregate: 'share', title: 'Exact', role: 'detail' },
      meaning: 'The share of samples whose map adds up to F(x) − F(baseline) to the last bit of float32.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'noChange', aggregate: 'count', title: 'No change', role: 'check' },
      meaning: 'Samples of which the model says what it says of the baseline: there is nothing to divide the error by.',
      range: { low: 0, high: 1 },
      warning: { text: 'the output is that of the baseline; the relative error has nothing to be divided by' },
    },
  ],
  // Inputs, maps, baselines and the copies.
  tensors: 4,
  passes: (settings) => ({ forward: wholePasses(settings.map(completed)) + settings.length, gradient: 0 }),
  score: async (request, settings) => {
    const all = settings.map(completed);
    const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
    const wholes = await wholeOutputsBy(request, all);
    return scoreSettings(request, all, async (setting) => {
      const whole = wholes(setting.target);
      const outputs = await baselineOutputs(request, setting, maps);
      return maps.map((map, sample) => measuresOf(scaledSum(map, setting), (whole[sample] ?? NaN) - (outputs[sample] ?? NaN)));
    });
  },
});

/** F(b), one per sample. */
function baselineOutputs(
  request: ScoreRequest,
  { definition, baseline, target }: Complete,
  maps: readonly Float32Array[],
): Promise<number[]> {
  const valuesOf = baselineValues(baseline, request.inputs);
  const channels = channelsOfShape(request.inputs.shape.slice(1));
  return changedSamples(request, {
    ...{ copies: 1, target },
    of: (sample) => ({
      change: (values) => {
        const by = valuesOf(sample);
        // Quantus replaces as many values as the map has: for a map without channels, only the first channel.
        const step = definition === 'quantus' && (maps[sample]?.length ?? 0) < values.length ? channels : 1;
        for (let at = 0; at < values.length; at += step) values[at] = by[at] ?? NaN;
      },
      result: ([output = NaN]) => output,
    }),
  });
}

function scaledSum(map: Float32Array, { definition }: Complete): number {
  const sum = sumOf(Float64Array.from(map));
  const largest = definition === 'quantus' ? map.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 1;
  return largest === 0 ? sum : sum / largest;
}

function measuresOf(sum: number, change: number) {
  const error = Math.abs(sum - change);
  return {
    completenessError: error,
    relativeError: change === 0 ? Math.min(1, Math.ceil(error)) : error / Math.abs(change),
    exact: Math.fround(sum) === Math.fround(change) ? 1 : 0,
    noChange: change === 0 ? 1 : 0,
  };
}
