import type { ModelDescription } from '@xaigrid/engine';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { finiteMaps } from '../maps/finite-maps.js';
import { scaledByLargest } from '../maps/scaled-by-largest.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { settingRules } from '../setting-rules.js';
import { euclideanDistance, manhattanDistance } from '../statistics/distances.js';
import { createDrawTally } from './draw-tally.js';
import { redrawnMaps } from './redrawn-maps.js';
import { nearestShifts, quantusShifts, translate, widthOf } from './translations.js';
import { zeroMapsCheck, zeroMapsOf } from '../maps/zero-maps.js';

const METRIC = 'continuity';
const definitions = ['paper', 'quantus'] as const;

/** Quantus adds this to the distance of two samples. */
const QUANTUS_EPSILON = 1e-9;

const rules = settingRules(
  {
    definition: z.enum(definitions).default('paper').meta({
      description:
        'paper: the largest ‖R(x) − R(x′)‖₁ / ‖x − x′‖₂ over the nearest translations: 1, −1, 2, −2, … positions; quantus: of the magnitudes of maps that are divided by their largest one each, over translations that are spread over twice the width.',
    }),
    translations: z.int().min(2).max(10_000).optional().meta({
      description: 'Translated copies of a sample; each is explained. Default: 8 (paper), 28 (quantus).',
    }),
    fill: z
      .union([z.literal('minimum'), z.number()])
      .optional()
      .meta({
        description:
          'What takes the places that become free: a number, or the sample’s lowest value. Default: 0 (paper), minimum (quantus).',
      }),
  },
  { several: ['definition', 'translations'], complete: completed },
);
interface Wanted {
  readonly definition: (typeof definitions)[number];
  readonly translations?: number | undefined;
  readonly fill?: number | 'minimum' | undefined;
}

/** @throws SHAPE_MISMATCH for tables, and for more translations than leave a part of the sample visible */
function completed(setting: Wanted, { inputShape }: Pick<ModelDescription, 'inputShape'>) {
  const filled = filledIn(setting);
  shiftsOf(filled, inputShape);
  return filled;
}

function filledIn({ definition, translations, fill }: Wanted) {
  return definition === 'paper'
    ? { definition, translations: translations ?? 8, fill: fill ?? 0 }
    : { definition, translations: translations ?? 28, fill: fill ?? ('minimum' as const) };
}

function shiftsOf({ definition, translations }: ReturnType<typeof filledIn>, inputShape: readonly number[]): number[] {
  return definition === 'paper' ? nearestShifts(translations, inputShape) : quantusShifts(translations, inputShape);
}

/**
 * Does a map change steadily while its sample moves? The largest of ‖R(x) − R(x′)‖₁ / ‖x − x′‖₂, with R(x) the map of a sample x,
 * and x′ the sample translated along its last axis of positions (to the right and to the left). The explained class stays that of
 * the sample.
 *
 * - `paper`: explanation continuity of Montavon, Samek & Müller 2018 (Digital Signal Processing, "Methods for interpreting and
 * understanding deep neural networks", arXiv:1706.07979), section 7.1. The paper takes the largest over all pairs of inputs; here
 * it is over pairs of a sample and its nearest translations. Translations that do not change a sample are left out.
 * - `quantus`: Continuity of Quantus 0.6.0. It takes magnitudes, and scales the maps of a whole batch by one number (here each
 * map has its own). Translations are ⌊(2W + 1)/28⌋ positions apart: samples narrower than 14 positions disappear in all 28.
 *
 * Measures per sample: `continuity`; `unmoved`, the share of translations that do not change it; `gone`, the share that leave
 * nothing of it; `zeroMaps`.
 */
export const continuity = defineMetric({
  metric: METRIC,
  version: 1,
  title: 'Continuity',
  category: 'robustness',
  source:
    'Montavon, Samek & Müller, Methods for interpreting and understanding deep neural networks, Digital Signal Processing 73, 2018, arXiv:1706.07979, section 7.1; Quantus 0.6.0.',
  summary: 'How fast a map changes at most while its sample is translated.',
  rules,
  headline: 'continuity',
  sweeps: [{ key: 'translations', title: 'translations' }],
  measures: [
    {
      ...{ name: 'continuity', aggregate: 'mean', title: 'Continuity', direction: 'lower', role: 'result' },
      meaning: 'The most that a map changes while its sample is translated, by how much the sample changes.',
      range: { low: 0 },
      dependsOn: ['scale'],
    },
    {
      ...{ name: 'unmoved', aggregate: 'mean', title: 'Unmoved', role: 'check' },
      meaning: 'The share of translations that leave the sample as it is, which show nothing.',
      range: { low: 0, high: 1 },
      warning: { from: 0.1, text: 'translations that leave a sample as it is show nothing' },
    },
    {
      ...{ name: 'gone', aggregate: 'mean', title: 'Gone', role: 'check' },
      meaning: 'The share of translations that leave nothing of the sample.',
      range: { low: 0, high: 1 },
      warning: {
        from: 0.1,
        text: 'translations leave nothing of the sample; take fewer of them, or the definition of the paper',
      },
    },
    zeroMapsCheck('one that stays so gets 0'),
  ],
  // Inputs, moved inputs and maps.
  tensors: 4,
  drawsAgain: (settings) => settings.reduce((sum, one) => sum + filledIn(one).translations, 0),
  score,
});

async function score(request: ScoreRequest, settings: readonly Wanted[]): Promise<Scores> {
  const inputShape = request.inputs.shape.slice(1);
  const maps = finiteMaps(request.maps, request);
  const tally = createDrawTally(settings.length, maps.length);
  const gone = new Float64Array(settings.length * maps.length);
  for (const [s, setting] of settings.entries()) {
    const filled = filledIn(setting);
    const { definition, fill } = filled;
    const shifts = shiftsOf(filled, inputShape);
    const ofQuantus = definition === 'quantus';
    const compared = (map: Float32Array) => (ofQuantus ? scaledByLargest(map).map(Math.abs) : map);
    const own = maps.map(compared);
    const change = (values: Float32Array, _: number, copy: number): void => {
      const taken = fill === 'minimum' ? values.reduce((least, value) => Math.min(least, value), Infinity) : fill;
      translate(values, inputShape, { shift: shifts[copy] ?? 0, fill: taken });
    };
    gone.fill(
      shifts.filter((shift) => Math.abs(shift) >= widthOf(inputShape)).length / shifts.length,
      s * maps.length,
      (s + 1) * maps.length,
    );
    for await (const { copies } of redrawnMaps(METRIC, request, { count: shifts.length, change })) {
      for (const [sample, { before, after, map }] of copies.entries()) {
        const between = euclideanDistance(before, after);
        const again = compared(map);
        const ratio = manhattanDistance(again, own[sample] ?? again) / (between + (ofQuantus ? QUANTUS_EPSILON : 0));
        tally.add(s * maps.length + sample, between === 0 ? undefined : ratio);
      }
    }
  }
  return { measures: { continuity: tally.largest, unmoved: tally.leftOut(), gone, zeroMaps: zeroMapsOf(maps, request) } };
}
