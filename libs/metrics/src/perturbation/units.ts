import { channelsOfShape, positionsOfShape, sizeOf } from '@xaigrid/tensor';
import { z } from 'zod';

const unitKinds = ['positions', 'values'] as const;
type UnitKind = (typeof unitKinds)[number];

/** The parameter `units` of metrics. */
export const unitsParameter = z.enum(unitKinds).meta({
  description:
    'What is replaced by itself: a position with all its channels, or each value. A map without channels says the same of each channel of a position.',
});

/** A sample cut into units. Each unit is replaced as a whole. */
export interface Units {
  readonly count: number;
  /** The unit of each value of an input. */
  readonly ofValue: Int32Array<ArrayBuffer>;
  /**
   * Whether all channels of a position are always in one unit. If so, a map's number for a position counts once; otherwise it
   * counts with each value.
   */
  readonly wholePositions: boolean;
}

/** The number of units of one kind in an input. */
export function unitCount(kind: UnitKind, inputShape: readonly number[]): number {
  return sizeOf(kind === 'positions' ? positionsOfShape(inputShape) : inputShape);
}

/** Each position, or each value, as a unit of its own. */
export function unitsOf(kind: UnitKind, inputShape: readonly number[]): Units {
  const channels = kind === 'positions' ? channelsOfShape(inputShape) : 1;
  const ofValue = Int32Array.from({ length: sizeOf(inputShape) }, (_, at) => Math.floor(at / channels));
  return {
    count: unitCount(kind, inputShape),
    ofValue,
    wholePositions: kind === 'positions' || channelsOfShape(inputShape) === 1,
  };
}

/**
 * The cells of a grid. Along each axis of positions there are `cells(extent)` of them, and `cellOf(place, extent)` names the cell
 * of a place. Channels go together.
 */
export function gridOf(
  inputShape: readonly number[],
  { cells, cellOf }: { readonly cells: (extent: number) => number; readonly cellOf: (place: number, extent: number) => number },
): Units {
  const positions = positionsOfShape(inputShape);
  const channels = channelsOfShape(inputShape);
  const ofPosition = (position: number): number => {
    let [unit, rest, scale] = [0, position, 1];
    for (const extent of positions.toReversed()) {
      unit += cellOf(rest % extent, extent) * scale;
      rest = Math.floor(rest / extent);
      scale *= cells(extent);
    }
    return unit;
  };
  return {
    count: positions.reduce((product, extent) => product * cells(extent), 1),
    ofValue: Int32Array.from({ length: sizeOf(inputShape) }, (_, at) => ofPosition(Math.floor(at / channels))),
    wholePositions: true,
  };
}

/** Makes a function that replaces one unit of a sample by the same unit of another array, in place. */
export function replacerOf({ count, ofValue }: Units): (values: Float32Array, unit: number, by: Float32Array) => void {
  // The places of all units in an input, unit after unit: counted first, then filled in.
  const starts = new Int32Array(count + 1);
  for (const unit of ofValue) starts[unit + 1] = (starts[unit + 1] ?? 0) + 1;
  for (let unit = 0; unit < count; unit++) starts[unit + 1] = (starts[unit + 1] ?? 0) + (starts[unit] ?? 0);
  const next = starts.slice();
  const places = new Int32Array(ofValue.length);
  for (const [place, unit] of ofValue.entries()) {
    const at = next[unit] ?? 0;
    next[unit] = at + 1;
    places[at] = place;
  }
  return (values, unit, by) => {
    for (let at = starts[unit] ?? 0, end = starts[unit + 1] ?? 0; at < end; at++) {
      const place = places[at] ?? -1;
      values[place] = by[place] ?? NaN;
    }
  };
}

/**
 * The attribution of each unit: the sum over its values or positions, in float64.
 *
 * @param map of one sample, one number per position or per value
 */
export function attributionsOf(map: Float32Array, { count, ofValue, wholePositions }: Units): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(count);
  const repeats = ofValue.length / map.length;
  const once = repeats > 1 && wholePositions;
  for (const [at, unit] of ofValue.entries()) {
    if (once && at % repeats !== 0) continue;
    sums[unit] = (sums[unit] ?? 0) + (map[Math.floor(at / repeats)] ?? NaN);
  }
  return sums;
}
