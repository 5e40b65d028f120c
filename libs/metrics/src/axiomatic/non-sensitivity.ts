import { extremesOf, sampleRandom, type SampleRandom } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { zeroMapsCheck } from '../maps/zero-maps.js';
import type { ScoreRequest } from '../metric.js';
import { baselineSchema, withBaseline } from '../perturbation/baseline.js';
import { baselineValues } from '../perturbation/baseline-values.js';
import { changedSamples } from '../perturbation/changed-samples.js';
import { targetSchema, wholeOutputsBy, wholePasses, withDefinedTarget } from '../perturbation/target.js';
import { attributionsOf, replacerOf, unitCount, unitsOf, unitsParameter, type Units } from '../perturbation/units.js';
import { randomStreams } from '../random-streams.js';
import { MOST_ROWS } from '../samples-per-call.js';
import { scoreSettings } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const METRIC = 'non-sensitivity';

const replacementSchema = z.union([z.literal('uniform'), baselineSchema]).meta({
  description:
    'What a unit is replaced by: uniform (numbers drawn between the smallest and the largest value of the sample), or one of the baselines.',
});
const defaults = {
  paper: { units: 'positions', replacement: 'uniform', draws: 4, target: 'probability' },
  quantus: { units: 'values', replacement: 'minimum', draws: 1, target: 'probability' },
} as const;

const shape = {
  definition: z.enum(['paper', 'quantus']).default('paper').meta({ description: 'Whose defaults the other parameters have.' }),
  units: unitsParameter.optional(),
  replacement: replacementSchema.optional(),
  draws: z.int().min(1).max(10_000).optional().meta({ description: 'How often each unit is replaced, where that is random.' }),
  tolerance: z.number().positive().max(1).default(1e-5).meta({
    description: 'Below what a number counts as zero: of the map as a share of its largest, and of the change of the output.',
  }),
  target: targetSchema.optional(),
};
const rules = settingRules(shape, {
  several: ['definition', 'units', 'tolerance', 'target'],
  complete: (setting, model) => {
    const whole = withDefinedTarget(completed(setting), setting.target, model);
    if (whole.replacement === 'uniform') return whole;
    // A fixed replacement gives the same output each time: one draw is enough.
    return { ...whole, replacement: withBaseline({ baseline: whole.replacement }, model).baseline, draws: 1 };
  },
});

function completed({ definition, tolerance, ...given }: z.infer<z.ZodObject<typeof shape>>) {
  const own = defaults[definition];
  const { units = own.units, replacement = own.replacement, draws = own.draws, target = own.target } = given;
  return { definition, units, replacement, draws, tolerance, target };
}
type Complete = ReturnType<typeof completed>;

/**
 * Is a map zero exactly where the model does not depend on the sample? Units of the sample are replaced one at a time. A₀ is the
 * set of units whose attribution is zero, X₀ the set of units whose replacement changes no output. The score is the number of
 * units in exactly one of the two sets.
 *
 * Non-sensitivity of Nguyen & Rodríguez Martínez 2020 ("On quantitative aspects of model interpretability", arXiv:2007.07584),
 * section 3. The expectation over the values of a unit is taken from a few draws. `quantus`: each value is replaced by the
 * smallest value of the sample, as in NonSensitivity of Quantus 0.6.0.
 *
 * Measures per sample: `nonSensitivity`; `missed`, the number of units with zero attribution although the output changes;
 * `invented`, the number of units with an attribution although nothing changes; `units`; `zeroMaps` 1 if the map is zero
 * everywhere.
 */
export const nonSensitivity = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Non-sensitivity',
  category: 'axiomatic',
  source:
    'Nguyen & Rodríguez Martínez, On quantitative aspects of model interpretability, 2020, arXiv:2007.07584; NonSensitivity of Quantus 0.6.0.',
  summary: 'On how many positions, or values, a map and the model disagree about whether they matter at all.',
  rules,
  headline: 'nonSensitivity',
  measures: [
    {
      ...{ name: 'nonSensitivity', aggregate: 'mean', title: 'Non-sensitivity', direction: 'lower', role: 'result' },
      meaning: 'How many units are zero in the map though the output depends on them, or the other way round.',
      range: { low: 0 },
      dependsOn: ['shape'],
    },
    {
      ...{ name: 'missed', aggregate: 'mean', title: 'Missed', direction: 'lower', role: 'detail' },
      meaning: 'Of these, units that the map leaves at zero though the output changes without them.',
      range: { low: 0 },
    },
    {
      ...{ name: 'invented', aggregate: 'mean', title: 'Invented', direction: 'lower', role: 'detail' },
      meaning: 'Of these, units that the map gives something though the output is the same without them.',
      range: { low: 0 },
    },
    {
      ...{ name: 'units', aggregate: 'mean', title: 'Units', role: 'reference' },
      meaning: 'How many units a sample has.',
      range: { low: 1 },
    },
    zeroMapsCheck('it misses every unit that matters'),
  ],
  // Inputs, maps, and the copies that are made beside them.
  tensors: 3,
  passes: (settings, { inputShape }) => {
    const all = settings.map(completed);
    const copies = all.reduce((sum, { units, draws }) => sum + draws * unitCount(units, inputShape), 0);
    return { forward: wholePasses(all) + copies, gradient: 0 };
  },
  score: async (request, settings) => {
    const all = settings.map(completed);
    const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
    const wholes = await wholeOutputsBy(request, all);
    return scoreSettings(request, all, async (setting) => {
      const units = unitsOf(setting.units, request.inputs.shape.slice(1));
      const changes = await largestChanges(request, { setting, units, whole: wholes(setting.target) });
      return maps.map((map, sample) =>
        disagreement(attributionsOf(map.map(Math.abs), units), changes[sample], setting.tolerance),
      );
    });
  },
});

/** The largest change of F over the draws, `[samples][units]`. Copies of a few thousand units exist at a time. */
async function largestChanges(
  request: ScoreRequest,
  { setting, units, whole }: { readonly setting: Complete; readonly units: Units; readonly whole: Float64Array },
): Promise<Float64Array[]> {
  const { draws, target } = setting;
  const replacerFor = replacements(request, setting);
  const replace = replacerOf(units);
  const replacers = Array.from(whole, (_, sample) => replacerFor(sample));
  const changes = Array.from(whole, () => new Float64Array(units.count));
  const together = Math.max(1, Math.floor(MOST_ROWS / draws));
  for (let from = 0; from < units.count; from += together) {
    const copies = Math.min(together, units.count - from) * draws;
    await changedSamples(request, {
      ...{ copies, target },
      of: (sample) => ({
        change: (values, copy) => {
          const by = replacers[sample]?.();
          if (by !== undefined) replace(values, from + Math.floor(copy / draws), by);
        },
        result: (outputs) => {
          const own = changes[sample];
          for (const [copy, output] of outputs.entries()) {
            const unit = from + Math.floor(copy / draws);
            if (own !== undefined) own[unit] = Math.max(own[unit] ?? 0, Math.abs(output - (whole[sample] ?? NaN)));
          }
        },
      }),
    });
  }
  return changes;
}

/** For each sample: a function that gives the replacement values of its next copy. */
function replacements(
  { inputs, sampleIndices, seed }: ScoreRequest,
  { replacement }: Complete,
): (sample: number) => () => Float32Array {
  if (replacement !== 'uniform') {
    const valuesOf = baselineValues(replacement, inputs);
    return (sample) => {
      const values = valuesOf(sample);
      return () => values;
    };
  }
  const size = inputs.data.length / (inputs.shape[0] ?? 1);
  return (sample) => {
    const { min, max } = extremesOf(inputs.data.subarray(sample * size, (sample + 1) * size));
    const random: SampleRandom = sampleRandom(seed, sampleIndices?.[sample] ?? sample, randomStreams.nonSensitivity);
    const values = new Float32Array(size);
    return () => values.fill(min + (max - min) * random.uniform());
  };
}

function disagreement(magnitudes: Float64Array<ArrayBuffer>, changes: Float64Array | undefined, tolerance: number) {
  const { max: largest } = extremesOf(magnitudes);
  let [missed, invented] = [0, 0];
  for (const [unit, magnitude] of magnitudes.entries()) {
    const isZero = largest === 0 || magnitude / largest < tolerance;
    const changesNothing = (changes?.[unit] ?? NaN) < tolerance;
    if (isZero && !changesNothing) missed++;
    if (!isZero && changesNothing) invented++;
  }
  return { nonSensitivity: missed + invented, missed, invented, units: magnitudes.length, zeroMaps: largest === 0 ? 1 : 0 };
}
