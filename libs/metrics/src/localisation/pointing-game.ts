import { TIED_SAMPLES } from '@xaigrid/contracts';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { valuesMeaning, valuesSchema } from '../maps/position-values.js';
import { settingRules } from '../setting-rules.js';
import { massOf, regionMeasures, scoreByRegion, type MapAndRegion, valuesOf } from './regions.js';
import { widened } from './widened.js';

const METRIC = 'pointing-game';

const rules = settingRules(
  {
    definition: z.enum(['paper', 'quantus']).default('paper').meta({
      description:
        'When the pointing game is a hit if several positions have the largest value. paper: all of them must be inside. quantus: one is enough, and an empty region is always hit.',
    }),
    values: valuesSchema.optional().meta({
      description: `${valuesMeaning} Default: positive; with definition quantus, signed. With signed values, the energy pointing game counts the positive ones.`,
    }),
    margin: z.int().min(0).max(10_000).optional().meta({
      description:
        'Largest distance from the region, in positions, that still counts as a hit of the pointing game (Euclidean). Default: 0; the paper uses 15 on photographs.',
    }),
  },
  {
    several: ['definition', 'values', 'margin'],
    // Settings without a margin come from versions before there was one. They stay as they are.
    complete: ({ margin, ...setting }) => ({
      ...setting,
      values: valuesOf(setting),
      ...(margin === undefined || margin === 0 ? {} : { margin }),
    }),
  },
);

/**
 * Does a map point to the region that determines the sample's class? Two scores, for data sets that know the region.
 *
 * With v the map's value at a position (`values`): the energy-based pointing game is Σ v inside the region / Σ v over the
 * positive v (Wang et al. 2020, "Score-CAM", CVPR workshops, arXiv:1910.01279). The pointing game asks whether the largest v is
 * inside, or at most `margin` positions away (Zhang et al. 2018, "Top-down neural attention by excitation backprop", IJCV,
 * arXiv:1608.00507: 15 pixels). If several positions have the largest v, all must be hits; with `definition: quantus` one is
 * enough (localisation/pointing_game.py of Quantus 0.6.0). Quantus counts a map that is the same everywhere, and any map of an
 * empty region, as a hit.
 *
 * Measures per sample: `energyPointing` and `pointing` (1 or 0); `regionArea`, the region's share of the positions, which is the
 * mean `energyPointing` of maps without information; `pointingArea`, the share within the margin, which is their mean `pointing`;
 * `ties` 1 if several positions have the largest v; `noMass` 1 if no v is positive: such a map gets 0 in both scores, except in
 * `pointing` of `quantus`; `noRegion` 1 if the region is empty.
 */
export const pointingGame = defineMetric({
  metric: METRIC,
  version: 2,
  title: 'Pointing games',
  category: 'localisation',
  source:
    'Wang et al., Score-CAM, CVPR workshops 2020, arXiv:1910.01279 (energy-based); Zhang et al., IJCV 2018, arXiv:1608.00507 (pointing game); PointingGame of Quantus 0.6.0.',
  summary: 'Whether a map points to the region that makes the class: share of its mass inside, and whether its maximum is.',
  rules,
  needsRegions: true,
  headline: 'energyPointing',
  sweeps: [{ key: 'margin', title: 'margin' }],
  measures: [
    {
      ...{ name: 'energyPointing', aggregate: 'mean', title: 'Energy pointing game', direction: 'higher', role: 'result' },
      meaning: 'The share of a map’s mass that lies inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    {
      ...{ name: 'pointing', aggregate: 'share', title: 'Pointing game', direction: 'higher', role: 'result' },
      meaning: 'The share of samples whose map has its maximum inside the region, or within the margin of it.',
      range: { low: 0, high: 1 },
      chance: { measure: 'pointingArea' },
    },
    regionMeasures.regionArea,
    {
      ...{ name: 'pointingArea', aggregate: 'mean', title: 'Area with margin', role: 'reference' },
      meaning: 'The share of the positions that count as a hit of the pointing game: the region with its margin.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
      meaning: 'Samples whose map has its maximum at several positions.',
      range: { low: 0, high: 1 },
      warning: { code: 'ties', from: TIED_SAMPLES, text: 'the maximum stands at several positions' },
    },
    regionMeasures.noMass,
    regionMeasures.noRegion,
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) =>
    scoreByRegion(METRIC, request, settings, {
      valuesOf,
      of: (found, { definition, margin = 0 }) => {
        const { values, area, region, extents } = found;
        const target = widened(region, extents, margin);
        const { total, inside } = massOf(
          values.map((value) => Math.max(value, 0)),
          region,
        );
        const { maxima, hits } = maximaOf(found, target);
        const hit = definition === 'quantus' ? area === 0 || hits > 0 : total > 0 && hits === maxima;
        return {
          energyPointing: total > 0 ? inside / total : 0,
          pointing: hit ? 1 : 0,
          regionArea: area / region.length,
          pointingArea: target.reduce((sum, counts) => sum + counts, 0) / region.length,
          ties: (total > 0 || definition === 'quantus') && maxima > 1 ? 1 : 0,
          noMass: total > 0 ? 0 : 1,
          noRegion: area === 0 ? 1 : 0,
        };
      },
    }),
});

/** How many positions of the map have the largest value, and how many of them are in the target. */
function maximaOf({ values }: MapAndRegion, target: Float32Array): { maxima: number; hits: number } {
  let [largest, maxima, hits] = [-Infinity, 0, 0];
  for (const [position, value] of values.entries()) {
    if (value > largest) [largest, maxima, hits] = [value, 0, 0];
    if (value !== largest) continue;
    maxima++;
    if (target[position] === 1) hits++;
  }
  return { maxima, hits };
}
