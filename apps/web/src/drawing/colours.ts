import { interpolateRdBu, interpolateViridis } from 'd3-scale-chromatic';

const ENTRIES = 256;

function table(of: (position: number) => string): Uint8ClampedArray {
  const colours = new Uint8ClampedArray(ENTRIES * 3);
  for (let entry = 0; entry < ENTRIES; entry += 1) colours.set(channels(of(entry / (ENTRIES - 1))), entry * 3);
  return colours;
}

/** `#440154` or `rgb(68, 1, 84)` */
function channels(text: string): number[] {
  if (!text.startsWith('#')) return (text.match(/[\d.]+/g) ?? []).map(Number);
  const value = Number.parseInt(text.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** For maps without negative values: the lightness rises with the value. */
export const sequential = table(interpolateViridis);
/** For maps with negative values: red above zero, blue below, white at zero. */
export const diverging = table((position) => interpolateRdBu(1 - position));

/** The colour of a value, `[red, green, blue]` at `3 · entry`. */
export function entryOf(value: number, low: number, high: number): number {
  const position = high > low ? (value - low) / (high - low) : 0.5;
  return 3 * Math.max(0, Math.min(ENTRIES - 1, Math.round(position * (ENTRIES - 1))));
}
