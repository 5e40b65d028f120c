import { XaigridError } from '@xaigrid/contracts';
import { isTable } from '@xaigrid/tensor';

/**
 * Moves a sample along its last axis of positions, in place. A positive shift moves values to higher positions. `fill` takes the
 * places that become free.
 *
 * @param shape `[...positions, channels]` of the sample
 * @param shift whole positions, at most the width in either direction
 */
export function translate(
  values: Float32Array,
  shape: readonly number[],
  { shift, fill }: { readonly shift: number; readonly fill: number },
) {
  const channels = shape.at(-1) ?? 1;
  const row = widthOf(shape) * channels;
  const places = Math.min(row, Math.abs(shift) * channels);
  for (let start = 0; start < values.length; start += row) {
    const line = values.subarray(start, start + row);
    if (shift > 0) line.copyWithin(places, 0).fill(fill, 0, places);
    else line.copyWithin(0, places).fill(fill, row - places);
  }
}

/**
 * The nearest translations: 1, −1, 2, −2, … positions.
 * @param shape of an input
 */
export function nearestShifts(count: number, shape: readonly number[]): number[] {
  const most = 2 * (widthOf(shape) - 1);
  if (count > most) {
    throw new XaigridError(
      'SHAPE_MISMATCH',
      `translations: ${count} are more than the ${most} that leave something of a sample of shape [${shape.join(', ')}], which is ${widthOf(shape)} wide.`,
    );
  }
  return Array.from({ length: count }, (_, at) => (at % 2 === 0 ? 1 + at / 2 : -(at + 1) / 2));
}

/**
 * The translations of Quantus for a width W: −W + k·⌊(2W + 1)/count⌋ positions, k = 1 … count. If count is above 2W + 1, all are
 * −W, and nothing is left of the sample. If count divides 2W + 1, Quantus fails at the last one, W + 1.
 */
export function quantusShifts(count: number, shape: readonly number[]): number[] {
  const width = widthOf(shape);
  const apart = Math.floor((2 * width + 1) / count);
  return Array.from({ length: count }, (_, at) => -width + (at + 1) * apart);
}

/**
 * The extent of the last axis of positions.
 * @throws SHAPE_MISMATCH for the row of a table, whose features have no neighbours
 */
export function widthOf(shape: readonly number[]): number {
  if (!isTable(shape)) return shape.at(-2) ?? 1;
  throw new XaigridError(
    'SHAPE_MISMATCH',
    `Samples are translated along their positions, and a table's ${shape.join('')} features are none. Leave continuity out for tables; local-lipschitz-estimate moves them by noise.`,
  );
}
