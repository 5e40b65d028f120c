import type { MeasureDescription } from '@xaigrid/contracts';

/** How many maps are zero everywhere: they say nothing, and are scored as a map that is the same everywhere. */
export const zeroMaps = {
  ...{ name: 'zeroMaps', aggregate: 'count', title: 'Zero maps', role: 'check' },
  meaning: 'Samples whose map is zero everywhere: they count as a map that is the same everywhere.',
  range: { low: 0, high: 1 },
  warning: { text: 'the map is zero everywhere; it counts as one that is the same everywhere' },
} as const satisfies MeasureDescription;

/** The magnitudes of a map's values, in float64, and the largest of them. */
export function magnitudesOf(map: Float32Array<ArrayBuffer>): { magnitudes: Float64Array<ArrayBuffer>; largest: number } {
  const magnitudes = Float64Array.from(map, Math.abs);
  return { magnitudes, largest: magnitudes.reduce((most, value) => Math.max(most, value), 0) };
}
