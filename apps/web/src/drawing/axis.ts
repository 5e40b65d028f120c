/** A scale from values to pixels, linear. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Pixels of the lowest and the highest value. */
  readonly from: number;
  readonly to: number;
}

/** Where a value is, in pixels; in the middle if the axis has only one value. */
export function placeOn({ low, high, from, to }: Axis, value: number): number {
  return high > low ? from + ((value - low) / (high - low)) * (to - from) : (from + to) / 2;
}

/** The value at a place, within the axis. */
export function valueAt({ low, high, from, to }: Axis, place: number): number {
  const share = Math.max(0, Math.min(1, (place - from) / (to - from)));
  return low + share * (high - low);
}

/** Round values within the axis, at most about so many: 1, 2 or 5 times a power of ten apart. */
export function ticksOf({ low, high }: Pick<Axis, 'low' | 'high'>, most: number): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10].map((times) => times * rough).find((one) => span / one <= most) ?? 10 * rough;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  // Without the rounding of sums: 0.30000000000000004.
  return Array.from({ length: Math.max(0, count) }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

/** A bound as it is typed: five digits are finer than a pixel. */
export function boundText(value: number): number {
  return Number(value.toPrecision(5));
}
