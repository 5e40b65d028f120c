import { xoshiro } from '../random/xoshiro.js';
import { quantile } from './quantile.js';

/** Tells these random numbers from others of the same seed. */
const STREAM = 0x626f6f74;

/**
 * Which of `groups` samples (or groups of samples) each of `count` resamples is made of: as many as there are, with replacement.
 */
export interface Resamples {
  readonly groups: number;
  readonly count: number;
  /** `[count, groups]` */
  readonly draws: Uint16Array<ArrayBuffer>;
}

/**
 * Draws the resamples of a bootstrap (Efron 1979). They depend on the arguments alone, so that an answer is the same every time.
 * @param options.groups up to 65 536
 * @param options.number tells apart several draws of one seed: of two sides that are resampled independently
 */
export function createResamples({
  groups,
  count,
  seed = 0,
  number = 0,
}: {
  readonly groups: number;
  readonly count: number;
  readonly seed?: number;
  readonly number?: number;
}): Resamples {
  const word = xoshiro(seed, number, STREAM);
  // Of 2³² words at most one in 2¹⁶ more or fewer fall on a group than on another.
  const draws = new Uint16Array(count * groups).map(() => Math.floor((word() * groups) / 2 ** 32));
  return { groups, count, draws };
}

/** Columns that are summed side by side. Measured with 9999 resamples of 1000 groups: one column 22 ms, eight 65 ms. */
export const COLUMNS_TOGETHER = 8;

/**
 * The sum of each column, which has one value a group, in each resample. A sum adds its values in the order in which they are
 * drawn, whatever columns stand beside it.
 */
export function resampledSums(columns: readonly Float64Array[], resamples: Resamples): Float64Array<ArrayBuffer>[] {
  const sums: Float64Array<ArrayBuffer>[] = [];
  for (let from = 0; from < columns.length;) {
    // Two columns are as fast one by one.
    const together = columns.length - from > 2 ? COLUMNS_TOGETHER : 1;
    const block = columns.slice(from, from + together);
    sums.push(...(together === 1 ? block.map((column) => sumsOfColumn(column, resamples)) : sumsOfBlock(block, resamples)));
    from += together;
  }
  return sums;
}

function sumsOfColumn(column: Float64Array, { groups, count, draws }: Resamples): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(count);
  for (let resample = 0; resample < count; resample++) {
    let sum = 0;
    for (let at = resample * groups; at < (resample + 1) * groups; at++) sum += column[draws[at] ?? 0] ?? 0;
    sums[resample] = sum;
  }
  return sums;
}

/** Up to `COLUMNS_TOGETHER` columns: each draw is read once, their values lie in one line of the cache, and no sum waits for another. */
function sumsOfBlock(columns: readonly Float64Array[], { groups, count, draws }: Resamples): Float64Array<ArrayBuffer>[] {
  const beside = new Float64Array(groups * COLUMNS_TOGETHER);
  for (const [at, column] of columns.entries())
    for (let group = 0; group < groups; group++) beside[group * COLUMNS_TOGETHER + at] = column[group] ?? 0;
  const sums = Array.from({ length: COLUMNS_TOGETHER }, () => new Float64Array(count));
  for (let resample = 0; resample < count; resample++) {
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (let at = resample * groups; at < (resample + 1) * groups; at++) {
      const place = (draws[at] ?? 0) * COLUMNS_TOGETHER;
      a += beside[place] ?? 0;
      b += beside[place + 1] ?? 0;
      c += beside[place + 2] ?? 0;
      d += beside[place + 3] ?? 0;
      e += beside[place + 4] ?? 0;
      f += beside[place + 5] ?? 0;
      g += beside[place + 6] ?? 0;
      h += beside[place + 7] ?? 0;
    }
    for (const [at, sum] of [a, b, c, d, e, f, g, h].entries()) if (sums[at] !== undefined) sums[at][resample] = sum;
  }
  return sums.slice(0, columns.length);
}

/**
 * The percentile interval (Efron 1979): between the quantiles that leave 2.5 % of the resampled values on either side; values
 * that are not numbers do not count.
 */
export function percentileInterval(values: Float64Array): { readonly low: number; readonly high: number } | undefined {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? undefined : { low: quantile(numbers, 0.025), high: quantile(numbers, 0.975) };
}

/**
 * The two-sided p-value of a mean being 0, by the percentile interval: twice the smaller share of resampled means that are not
 * above, or not below, 0. One is added to the count and to the number of resamples, so that it is never 0 (Davison & Hinkley
 * 1997, "Bootstrap methods and their application", 4.4).
 */
export function bootstrapPValue(means: Float64Array): number {
  let [notAbove, notBelow] = [0, 0];
  for (const mean of means) {
    if (mean <= 0) notAbove += 1;
    if (mean >= 0) notBelow += 1;
  }
  return Math.min(1, (2 * (1 + Math.min(notAbove, notBelow))) / (means.length + 1));
}
