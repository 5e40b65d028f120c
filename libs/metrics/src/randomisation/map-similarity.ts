import { XaigridError } from '@xaigrid/contracts';
import { extremesOf, isTable, positionsOfShape, quantile, rankCorrelation, ranksOf, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';
import { hog, HOG_BLOCK, HOG_CELL } from '../statistics/hog.js';
import { ssim, windowOf, type SsimOptions } from '../statistics/ssim.js';

const similaritySchema = z.enum(['spearman', 'ssim', 'hog']);
const valuesSchema = z.enum(['absolute', 'signed']);

export const similarityParameter = (byDefault: z.infer<typeof similaritySchema>) =>
  similaritySchema.default(byDefault).meta({
    description:
      'How two maps are compared: by Spearman’s rank correlation of their values; by the structural similarity (SSIM) of the two as images; or by Spearman’s correlation of their histograms of oriented gradients (HOG).',
  });
export const valuesParameter = (byDefault: z.infer<typeof valuesSchema>) =>
  valuesSchema.default(byDefault).meta({
    description: 'What of a map is compared: the magnitudes of its values, or the values with their signs.',
  });

/**
 * How maps become images for SSIM.
 * - `min-max`: each map is scaled to 0 … 1; Gaussian window (notebooks of Adebayo et al. 2018).
 * - `percentiles`: each map is clipped at its 0.5th and 99.5th percentile and scaled to 0 … 1; window of 5 (notebooks of Sixt et
 * al. 2020). The larger SSIM of two counts: the second one has the signs of one map flipped.
 * - `flat`: each map is divided by its largest magnitude; all values are in one row; window of 7; the range is that of both maps
 * (Quantus).
 */
type SsimForm = 'min-max' | 'percentiles' | 'flat';

export interface SimilarityOptions {
  readonly similarity: z.infer<typeof similaritySchema>;
  readonly values: z.infer<typeof valuesSchema>;
  readonly ssimForm: SsimForm;
}

const windows = { 'min-max': 'gaussian', percentiles: 5, flat: 7 } as const satisfies Record<SsimForm, SsimOptions['window']>;

/** @throws SPEC_INVALID for maps that are too small for the similarity, or are not images */
export function assertSimilarityFits({ similarity, ssimForm }: SimilarityOptions, inputShape: readonly number[]): void {
  const positions = positionsOfShape(inputShape);
  const extents = ssimForm === 'flat' ? [sizeOf(positions)] : positions;
  const least = similarity === 'hog' ? HOG_CELL * HOG_BLOCK : windowOf(windows[ssimForm]);
  const fits =
    similarity === 'spearman' ||
    (!isTable(inputShape) && extents.every((extent) => extent >= least) && (similarity === 'ssim' || extents.length === 2));
  if (fits) return;
  const needs =
    similarity === 'hog' ? `images of at least ${least} positions a side` : `at least ${least} positions along each axis`;
  throw new XaigridError(
    'SPEC_INVALID',
    `similarity: ${similarity} needs ${needs}, and the model's input is ${isTable(inputShape) ? `a table's row of ${positions.join('')} features` : positions.join(' × ')}. Use similarity: spearman.`,
  );
}

/** Compares maps. Each map is prepared once, and then compared with several. */
export interface MapComparison {
  /** @returns undefined for a map that is the same everywhere: nothing in it can be compared */
  readonly prepare: (map: Float32Array) => Prepared | undefined;
  /** 1 for equal maps. Undefined if their features are the same everywhere. */
  readonly compare: (own: Prepared, other: Prepared) => number | undefined;
}

/** The ranks or the image of a map; for `percentiles` also the image with flipped signs. */
interface Prepared {
  readonly values: Float64Array;
  readonly turned?: Float64Array;
}

/**
 * Makes a comparison.
 * @param positions of the maps, `[...positions]`: a map has one value at each position, or one per channel, channels last
 */
export function mapComparison(options: SimilarityOptions, positions: readonly number[]): MapComparison {
  const { similarity, values } = options;
  const ranked = (of: Float32Array | Float64Array): Prepared => ({ values: ranksOf(of) });
  const correlation = (own: Prepared, other: Prepared): number | undefined => {
    const found = rankCorrelation(own.values, other.values);
    return Number.isNaN(found) ? undefined : found;
  };
  switch (similarity) {
    case 'spearman':
      return {
        prepare: unlessConstant((map) => ranked(values === 'absolute' ? map.map(Math.abs) : map)),
        compare: correlation,
      };
    case 'hog': {
      const [rows = 0, columns = 0] = positions;
      return {
        prepare: unlessConstant((map) => ranked(hog(scaled(image(map, values, positions)), rows, columns))),
        compare: correlation,
      };
    }
    case 'ssim':
      return structural(options, positions);
  }
}

function structural({ values, ssimForm }: SimilarityOptions, positions: readonly number[]): MapComparison {
  const window = windows[ssimForm];
  const alike = (own: Float64Array, other: Float64Array): number => ssim(own, other, { shape: positions, window, range: 1 });
  switch (ssimForm) {
    case 'min-max':
      return {
        prepare: unlessConstant((map) => ({ values: scaled(image(map, values, positions)) })),
        compare: (own, other) => alike(own.values, other.values),
      };
    case 'percentiles':
      return {
        prepare: unlessConstant((map) => {
          const one = image(map, values, positions);
          return { values: cut(one), turned: cut(one.map((value) => -value)) };
        }),
        compare: (own, other) => Math.max(alike(own.values, other.values), alike(own.values, other.turned ?? other.values)),
      };
    case 'flat':
      return {
        prepare: unlessConstant((map) => ({ values: flat(map, values, positions) })),
        compare: (own, other) => {
          const [a, b] = [extremesOf(Float64Array.from(own.values)), extremesOf(Float64Array.from(other.values))];
          const range = Math.max(a.max, b.max) - Math.min(a.min, b.min);
          return ssim(own.values, other.values, { shape: [own.values.length], window, range });
        },
      };
  }
}

function unlessConstant(prepare: (map: Float32Array) => Prepared): MapComparison['prepare'] {
  return (map) => (map.every((value) => value === map[0]) ? undefined : prepare(map));
}

/** One number per position: the sum of the channels, or of their magnitudes. */
function image(map: Float32Array, values: SimilarityOptions['values'], positions: readonly number[]): Float64Array<ArrayBuffer> {
  const joined = new Float64Array(sizeOf(positions));
  const channels = map.length / joined.length;
  for (const [at, value] of map.entries()) {
    const position = Math.floor(at / channels);
    joined[position] = (joined[position] ?? NaN) + (values === 'absolute' ? Math.abs(value) : value);
  }
  return joined;
}

/** Scaled from the smallest to the largest value, 0 … 1. */
function scaled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const { min, max } = extremesOf(values);
  return values.map((value) => (max > min ? (value - min) / (max - min) : 0));
}

function cut(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const [low, high] = [quantile(values, 0.005), quantile(values, 0.995)];
  return values.map((value) => (high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0));
}

/** All values in one row, channels first, as in Quantus. */
function flat(map: Float32Array, values: SimilarityOptions['values'], positions: readonly number[]): Float64Array {
  const count = sizeOf(positions);
  const channels = map.length / count;
  const largest = map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Float64Array.from(map, (_, at) => {
    const value = (map[(at % count) * channels + Math.floor(at / count)] ?? NaN) / largest;
    return values === 'absolute' ? Math.abs(value) : value;
  });
}
