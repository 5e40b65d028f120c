import { canonicalJson, TIED_SAMPLES, XaigridError, type MeasureDescription } from '@xaigrid/contracts';
import { positionsOfBatch, rowsOf, type Tensor } from '@xaigrid/tensor';
import { finiteMaps } from '../maps/finite-maps.js';
import { fittedMaps } from '../maps/fitted-maps.js';
import { positionValues, type Values } from '../maps/position-values.js';
import type { ScoreRequest, Scores } from '../metric.js';
import { scoreEach } from '../score-each.js';

/** A map, and the region that it should point to. */
export interface MapAndRegion {
  /** One number per position. */
  readonly values: Float64Array<ArrayBuffer>;
  /** 1 inside the region, else 0. */
  readonly region: Float32Array<ArrayBuffer>;
  /** The number of positions in the region. */
  readonly area: number;
  /** The extents of the position axes. */
  readonly extents: readonly number[];
}

/**
 * The measures of each sample at each setting, from a function of one map and its region.
 * @param valuesOf how a setting turns a map into one number per position
 * @throws SHAPE_MISMATCH without regions; NOT_FINITE naming a sample whose map is not finite
 */
export function scoreByRegion<One>(
  metric: string,
  request: ScoreRequest,
  settings: readonly One[],
  {
    valuesOf,
    of,
  }: {
    readonly valuesOf: (setting: One) => Values;
    readonly of: (found: MapAndRegion, setting: One) => Readonly<Record<string, number>>;
  },
): Scores {
  const regions = requiredRegions(metric, request);
  const maps = finiteMaps(fittedMaps(request.maps, request.inputs), request);
  const extents = regions.shape.slice(1);
  return scoreEach(request, settings, (sample, setting) => {
    const region = rowsOf(regions, sample, sample + 1).data;
    const values = positionValues(maps[sample] ?? new Float32Array(), region.length, valuesOf(setting));
    const area = region.reduce((sum, inside) => sum + inside, 0);
    return of({ values, region, area, extents }, setting);
  });
}

/**
 * Which values of a map count if a setting does not say: positive values, or signed values for `quantus`, because Quantus takes
 * maps as they are.
 */
export function valuesOf({
  definition,
  values = definition === 'quantus' ? 'signed' : 'positive',
}: {
  readonly definition: 'paper' | 'quantus';
  readonly values?: Values | undefined;
}): Values {
  return values;
}

/** The sum of all values, and the sum of the values inside the region. */
export function massOf(values: Float64Array, region: Float32Array): { total: number; inside: number } {
  let [total, inside] = [0, 0];
  for (const [position, value] of values.entries()) {
    total += value;
    if (region[position] === 1) inside += value;
  }
  return { total, inside };
}

/** The check of metrics that use the highest values: some values equal to the last of these are not among them. */
export const tiedRanks = {
  ...{ name: 'ties', aggregate: 'count', title: 'Tied', role: 'check' },
  meaning: 'Samples of which values tie with the last of the highest, but are not all counted as such.',
  range: { low: 0, high: 1 },
  warning: { code: 'ties', from: TIED_SAMPLES, text: 'equal values made it open which positions are the highest' },
} as const satisfies MeasureDescription;

/** Measures that all localisation metrics share. */
export const regionMeasures = {
  regionArea: {
    ...{ name: 'regionArea', aggregate: 'mean', title: 'Region area', role: 'reference' },
    meaning: 'The region’s share of the positions: what chance gives.',
    range: { low: 0, high: 1 },
  },
  noRegion: {
    ...{ name: 'noRegion', aggregate: 'count', title: 'No region', role: 'check' },
    meaning: 'Samples whose region is empty: nothing can be found in it, and they get 0.',
    range: { low: 0, high: 1 },
    warning: { text: 'the region is empty; nothing can be found in it, and the sample gets 0' },
  },
  noMass: {
    ...{ name: 'noMass', aggregate: 'count', title: 'No mass', role: 'check' },
    meaning: 'Samples whose map has no mass: it points nowhere and gets 0.',
    range: { low: 0, high: 1 },
    warning: { text: 'the map has no mass; it points nowhere and gets 0' },
  },
} as const satisfies Readonly<Record<string, MeasureDescription>>;

function requiredRegions(metric: string, { regions, inputs }: ScoreRequest): Tensor {
  const expected = positionsOfBatch(inputs.shape);
  if (regions !== undefined && canonicalJson(regions.shape) === canonicalJson(expected)) return regions;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${metric} needs regions of shape [${expected.join(', ')}], and got ${regions === undefined ? 'none' : `[${regions.shape.join(', ')}]`}. Use a data set that has them.`,
  );
}
