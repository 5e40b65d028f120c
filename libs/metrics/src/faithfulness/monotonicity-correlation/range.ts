import { XaigridError } from '@xaigrid/contracts';
import { extremesOf, isTable } from '@xaigrid/tensor';
import { z } from 'zod';

const boundSchema = z.union([z.number(), z.array(z.number()).min(1)]);
export const rangeSchema = z.union([z.literal('sample'), z.tuple([boundSchema, boundSchema])]);
export type Range = z.infer<typeof rangeSchema>;

/** Makes a function from a place and a number in 0 … 1 to the value at that place. */
export function valueDrawer(
  range: Range,
  x: Float32Array<ArrayBuffer>,
  inputShape: readonly number[],
): (place: number, share: number) => number {
  if (range === 'sample') {
    const { min, max } = extremesOf(x);
    return (_, share) => min + share * (max - min);
  }
  const width = inputShape.at(-1) ?? 1;
  const [lows, highs] = range.map((bound) =>
    Float64Array.from({ length: width }, (_, c) => (Array.isArray(bound) ? (bound[c] ?? NaN) : bound)),
  );
  return (place, share) => {
    const low = lows?.[place % width] ?? NaN;
    return low + share * ((highs?.[place % width] ?? NaN) - low);
  };
}

/**
 * @throws SHAPE_MISMATCH for a list with another length than the number of channels, and for the range of a table's row, whose
 * features have different units
 */
export function assertRangeFits(metric: string, range: Range, inputShape: readonly number[]): void {
  const width = inputShape.at(-1) ?? 1;
  if (range === 'sample') {
    if (!isTable(inputShape)) return;
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `${metric} draws values between the smallest and the largest of a sample, and the ${width} features of a table have no range in common. Give range: [low, high], each a number or a list of one number for each feature.`,
    );
  }
  const wrong = range.find((bound) => Array.isArray(bound) && bound.length !== width);
  if (wrong === undefined) return;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `${metric} has a range with ${String((wrong as number[]).length)} numbers, and a sample has ${isTable(inputShape) ? `${width} features` : `${width} channels`}. Give one number, or one for each of them.`,
  );
}
