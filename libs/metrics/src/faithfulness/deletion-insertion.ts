import { canonicalJson, TIED_SAMPLES, XaigridError } from '@xaigrid/contracts';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { averagedOverChannels } from '../maps/averaged-over-channels.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { baselineParameter, engineBaseline, withBaseline } from '../perturbation/baseline.js';
import { targetParameter, wholeOutputs, withTarget } from '../perturbation/target.js';
import { sampleName } from '../sample-name.js';
import { settingRules } from '../setting-rules.js';
import { areaUnder, type Curves, type Step } from './deletion-insertion/curves.js';
import { curvesInOrder } from './deletion-insertion/in-order.js';
import { curvesTogether } from './deletion-insertion/together.js';

const MOST_STEPS = 10_000;
const definitions = ['paper', 'ties-together', 'torchcam', 'xplique'] as const;
/** The default of Xplique itself is 10. The others, and the figures of RISE, have more. */
const STEPS = { paper: 20, 'ties-together': 20, torchcam: 20, xplique: 10 } as const;
const ORDERS = 8;

const shape = {
  definition: z.enum(definitions).default('paper').meta({
    description:
      'paper: equal values in random orders, of which the mean is taken; ties-together: equal values go together (version 1 of this metric); torchcam: steps of ⌈n/steps⌉ positions, equal values as they lie; xplique: every step counts alike, equal values in reverse.',
  }),
  steps: z.int().min(1).max(MOST_STEPS).optional().meta({
    description:
      'Into how many equal steps the way from nothing to everything is cut; 2·steps − 1 forward passes per sample. Default: 20; of xplique 10.',
  }),
  orders: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta({
      description: `Of paper: how many random orders of equal values are averaged, where a step parts them. Default: ${ORDERS}.`,
    }),
  baseline: baselineParameter,
  target: targetParameter,
};

const rules = settingRules(shape, {
  several: ['definition', 'target'],
  complete: (setting, model) => {
    const { orders = ORDERS, ...rest } = withTarget(withBaseline(setting, model), model);
    return { ...rest, steps: stepsOf(setting), ...(setting.definition === 'paper' ? { orders } : {}) };
  },
});
type Setting = z.infer<typeof rules.setting>;

/**
 * Insertion and deletion (Petsiuk et al., "RISE", BMVC 2018, arXiv:1806.07421, section 4.3): the area under the curve of the
 * scored class's output. For insertion, the highest-ranked positions are put into the baseline step by step; for deletion, they
 * are taken out of the sample.
 *
 * A map with n values is cut at k = ⌊n·i/steps⌋, i = 1 … steps − 1. Insertion keeps the k highest values, deletion all but these.
 * The ends are the baseline alone and the whole sample. The area is that of the trapezoids over the share k/n. If a step splits
 * equal values, it takes some of them. Both areas are then means over random orders of these values, drawn by the seed, so a map
 * without information gets the same as random maps. Float64, on the engine's float32 outputs.
 *
 * `ties-together` is the rule of version 1: with the threshold θ, the k-th value, values above θ are in and values equal to θ are
 * not. The area is over the share that is really in, with a straight line across a group of ties. `torchcam` is
 * DeletionInsertionMetric of torchcam 0.5.0: steps of ⌈n/steps⌉ positions, the last one shorter. `xplique` is Deletion and
 * Insertion of Xplique 1.4.0: k as above, and every step has the same weight in the area. Both rank positions: channels of a map
 * are averaged.
 *
 * Measures per sample: `insertion` and `deletion`, the areas, between 0 and 1 for probabilities; `ties` 1 if a step split equal
 * values.
 */
export const deletionInsertion = defineMetric({
  metric: 'deletion-insertion',
  version: 2,
  title: 'Insertion and deletion',
  category: 'faithfulness',
  source:
    'Petsiuk et al., RISE, BMVC 2018, arXiv:1806.07421, section 4.3; DeletionInsertionMetric of torchcam 0.5.0; Deletion and Insertion of Xplique 1.4.0.',
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
      meaning: 'Samples of whose map a step of the curves parts equal values.',
      range: { low: 0, high: 1 },
      warning: { code: 'ties', from: TIED_SAMPLES, text: 'steps of the curves part equal values' },
    },
  ],
  // Inputs, maps, places, their negatives and baselines. The steps are cut into their own calls.
  tensors: 5,
  rowsPerSetting: true,
  // The baseline alone, which both curves share, and the steps between the ends of each curve. More if equal values are split.
  passes: (settings) => ({
    forward: settings.reduce((sum, setting) => sum + 1 + 2 * (stepsOf(setting) - 1), 0),
    gradient: 0,
  }),
  score,
});

async function score(request: ScoreRequest, settings: readonly Setting[]): Promise<Scores> {
  const { inputs } = request;
  const maps = fittedMaps(request.maps, inputs);
  finiteMaps(maps, request);
  const samples = inputs.shape[0] ?? 0;
  const insertion = new Float64Array(settings.length * samples);
  const deletion = new Float64Array(insertion.length);
  const ties = new Float64Array(insertion.length);
  for (const [s, setting] of settings.entries()) {
    const whole = await wholeOutputs(request, setting.target);
    const { nothing, inserted, left, tied } = await curvesOf(request, setting, maps);
    for (let sample = 0; sample < samples; sample++) {
      const at = s * samples + sample;
      const ends = { nothing: nothing[sample] ?? NaN, whole: whole[sample] ?? NaN };
      insertion[at] = areaUnder(inserted[sample] ?? [], ends);
      deletion[at] = areaUnder(left[sample] ?? [], ends);
      if (!Number.isFinite(insertion[at] + deletion[at])) throw notFinite(request, sample, s);
      ties[at] = tied[sample] === true ? 1 : 0;
    }
  }
  return { measures: { insertion, deletion, ties } };
}

function curvesOf(request: ScoreRequest, setting: Setting, maps: Tensor): Promise<Curves> {
  const { definition, target, orders = 1 } = setting;
  const masking = { ...request, target, baseline: engineBaseline(setting.baseline, request.inputs) };
  const steps = stepsOf(setting);
  switch (definition) {
    case 'paper':
      return curvesInOrder({ ...masking, maps }, { steps: equalSteps(sizeOf(maps.shape.slice(1)), steps), orders });
    case 'ties-together':
      return curvesTogether({ ...masking, maps }, steps);
    case 'torchcam': {
      const byPosition = averagedOverChannels(maps, request.inputs);
      return curvesInOrder(
        { ...masking, maps: byPosition },
        { steps: stepsOfOneSize(sizeOf(byPosition.shape.slice(1)), steps), equal: 'as they lie' },
      );
    }
    case 'xplique': {
      const byPosition = averagedOverChannels(maps, request.inputs);
      const shares = evenlyShared(equalSteps(sizeOf(byPosition.shape.slice(1)), steps));
      return curvesInOrder({ ...masking, maps: byPosition }, { steps: shares, equal: 'in reverse' });
    }
  }
}

function stepsOf({
  definition,
  steps,
}: {
  readonly definition: keyof typeof STEPS;
  readonly steps?: number | undefined;
}): number {
  return steps ?? STEPS[definition];
}

/** The steps ⌊n·i/steps⌋ of n units, without the ends. */
function equalSteps(units: number, steps: number): Step[] {
  return Array.from({ length: steps - 1 }, (_, i) => {
    const count = Math.floor((units * (i + 1)) / steps);
    return { count, share: count / units };
  });
}

/** The distinct counts, as if all steps had the same size: Xplique keeps one output per count and takes their mean. */
function evenlyShared(steps: readonly Step[]): Step[] {
  const counts = [...new Set(steps.map(({ count }) => count))].filter((count) => count > 0);
  return counts.map((count, i) => ({ count, share: (i + 1) / (counts.length + 1) }));
}

/** Steps of ⌈n/steps⌉ units, without the ends. */
function stepsOfOneSize(units: number, steps: number): Step[] {
  const size = Math.ceil(units / steps);
  return Array.from({ length: Math.ceil(units / size) - 1 }, (_, i) => ({
    count: size * (i + 1),
    share: (size * (i + 1)) / units,
  }));
}

function notFinite(request: ScoreRequest, sample: number, setting: number): XaigridError {
  return new XaigridError(
    'NOT_FINITE',
    `${sampleName(request, sample)} has no curve at ${canonicalJson(request.settings[setting])}: an output on the sample or on a masked sample is NaN or infinite. Check the sample, the baseline and the model's weights for extreme values.`,
  );
}
