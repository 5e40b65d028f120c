import { z } from 'zod';

/** How the channels of a map at one position become one number. */
export const valuesSchema = z.enum(['positive', 'absolute', 'squared', 'signed']);
export type Values = z.infer<typeof valuesSchema>;

/** The explanation of these names in descriptions of parameters. */
export const valuesMeaning =
  'Which values of a map count. positive: the sum over channels, or 0 if it is negative. absolute: the sum of magnitudes. squared: the sum of squares. signed: the plain sum.';

/**
 * One number per position, in float64, pooled from the channels, the last axis. These are the poolings `sum,pos`, `l1-norm` and
 * `l2-norm,sq` of Arras et al. 2022 (Information Fusion 81, arXiv:2003.07258), and the plain sum.
 *
 * @param map one number per position, or channels last; finite
 */
export function positionValues(map: Float32Array<ArrayBuffer>, positions: number, values: Values): Float64Array<ArrayBuffer> {
  const channels = map.length / positions;
  const found = new Float64Array(positions);
  for (let position = 0, at = 0; position < positions; position++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++, at++) {
      const value = map[at] ?? NaN;
      sum += values === 'absolute' ? Math.abs(value) : values === 'squared' ? value * value : value;
    }
    found[position] = values === 'positive' ? Math.max(sum, 0) : sum;
  }
  return found;
}
