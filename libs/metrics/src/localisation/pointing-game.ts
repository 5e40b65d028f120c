import { canonicalJson, XaigridError } from '@xaigrid/contracts';
import { positionsOfBatch, rowsOf, type Tensor } from '@xaigrid/tensor';
import { z } from 'zod';
import { defineMetric } from '../define-metric.js';
import { notFinite } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import type { ScoreRequest } from '../metric.js';
import { scoreEach } from '../score-each.js';
import { settingRules } from '../setting-rules.js';

const valuesSchema = z.enum(['positive', 'absolute']);
type Values = z.infer<typeof valuesSchema>;

const rules = settingRules(
  {
    values: valuesSchema.default('positive').meta({
      description:
        'What of a map counts: its positive values (channels are summed first), or all by their magnitude (summed over channels after).',
    }),
  },
  { several: ['values'] },
);

/**
 * Does a map point to the region that makes the sample's class? Two answers, for data sets that know the region.
 *
 * With v ≥ 0 the map's mass at a position (`values`): the energy-based pointing game is Σ v inside the region / Σ v (Wang et al.
 * 2020, "Score-CAM", CVPR workshops, arXiv:1910.01279); the pointing game asks whether the largest v is inside (Zhang et al.
 * 2018, "Top-down neural attention by excitation backprop", IJCV, arXiv:1608.00507), here without its margin of 15 pixels. Where
 * the largest v stands at several positions, all of them must be inside.
 *
 * Measures per sample: `energyPointing` and `pointing` (1 or 0); `regionArea`, the region's share of the positions: what a map
 * that says nothing gets on average in both; `ties` 1 if the largest v stands at several positions; `noMass` 1 if v is 0
 * everywhere: such a map points nowhere and gets 0 in both.
 */
export const pointingGame = defineMetric({
  metric: 'pointing-game',
  version: 1,
  title: 'Pointing games',
  category: 'localisation',
  source:
    'Wang et al., Score-CAM, CVPR workshops 2020, arXiv:1910.01279 (energy-based); Zhang et al., IJCV 2018, arXiv:1608.00507 (pointing game, here without its margin).',
  summary: 'Whether a map points to the region that makes the class: share of its mass inside, and whether its maximum is.',
  rules,
  needsRegions: true,
  headline: 'energyPointing',
  measures: [
    {
      ...{ name: 'energyPointing', aggregate: 'mean', title: 'Energy pointing game', direction: 'higher', role: 'result' },
      meaning: 'The share of a map’s mass that lies inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    {
      ...{ name: 'pointing', aggregate: 'share', title: 'Pointing game', direction: 'higher', role: 'result' },
      meaning: 'The share of samples whose map has its maximum inside the region.',
      range: { low: 0, high: 1 },
      chance: { measure: 'regionArea' },
    },
    {
      ...{ name: 'regionArea', aggregate: 'mean', title: 'Region area', role: 'reference' },
      meaning: 'The region’s share of the positions: what chance gives.',
      range: { low: 0, high: 1 },
    },
    {
      ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
      meaning: 'Samples whose map has its maximum at several positions.',
      range: { low: 0, high: 1 },
      warning: { text: 'the maximum stands at several positions; all of them must be inside' },
    },
    {
      ...{ name: 'noMass', aggregate: 'count', title: 'No mass', role: 'check' },
      meaning: 'Samples whose map is zero everywhere: it points nowhere and gets 0.',
      range: { low: 0, high: 1 },
      warning: { text: 'the map is zero everywhere; it points nowhere and gets 0' },
    },
  ],
  // Inputs, maps and regions.
  tensors: 3,
  score: (request, settings) => {
    const regions = requiredRegions(request);
    const maps = fittedMaps(request.maps, request.inputs);
    return scoreEach(request, settings, (sample, { values }) => {
      const region = rowsOf(regions, sample, sample + 1).data;
      const found = compare(massOf(rowsOf(maps, sample, sample + 1).data, region.length, values), region);
      if (!Number.isFinite(found.total)) throw notFinite(request, sample);
      const hasMass = found.total > 0;
      return {
        energyPointing: hasMass ? found.inside / found.total : 0,
        pointing: hasMass && found.maximaInside === found.maxima ? 1 : 0,
        regionArea: found.area / region.length,
        ties: hasMass && found.maxima > 1 ? 1 : 0,
        noMass: hasMass ? 0 : 1,
      };
    });
  },
});

/** One number a position, at least 0, NaN where the map is not finite: channels, the last axis, summed. */
function massOf(map: Float32Array<ArrayBuffer>, positions: number, values: Values): Float64Array {
  const channels = map.length / positions;
  const mass = new Float64Array(positions);
  for (let position = 0, at = 0; position < positions; position++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at++) {
      const value = map[at] ?? NaN;
      sum += values === 'absolute' ? Math.abs(value) : value;
    }
    mass[position] = Number.isFinite(sum) ? Math.max(sum, 0) : NaN;
  }
  return mass;
}

interface Comparison {
  readonly total: number;
  readonly inside: number;
  /** Positions of the largest mass, and how many of them are in the region. */
  readonly maxima: number;
  readonly maximaInside: number;
  /** Positions in the region. */
  readonly area: number;
}

function compare(mass: Float64Array, region: Float32Array<ArrayBuffer>): Comparison {
  let [total, inside, area, largest, maxima, maximaInside] = [0, 0, 0, -Infinity, 0, 0];
  for (const [position, value] of mass.entries()) {
    const isInside = region[position] === 1;
    total += value;
    if (isInside) {
      inside += value;
      area++;
    }
    if (value > largest) [largest, maxima, maximaInside] = [value, 0, 0];
    if (value === largest) {
      maxima++;
      if (isInside) maximaInside++;
    }
  }
  return { total, inside, maxima, maximaInside, area };
}

function requiredRegions({ regions, inputs }: ScoreRequest): Tensor {
  const expected = positionsOfBatch(inputs.shape);
  if (regions !== undefined && canonicalJson(regions.shape) === canonicalJson(expected)) return regions;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `pointing-game needs regions of shape [${expected.join(', ')}], and got ${regions === undefined ? 'none' : `[${regions.shape.join(', ')}]`}. Use a data set that has them, such as texture-patches.`,
  );
}
