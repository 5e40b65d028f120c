import { seriesColours, seriesDashes, seriesMarkers } from '../style.js';

/**
 * Vega-Lite channels that tell series apart by colour, dash and marker at once; one legend shows all three.
 * @param names in the order of the legend; more than ten repeat colours with other dashes
 */
export function seriesChannels(names: readonly string[], legend: object | null) {
  const at = <Item>(items: readonly Item[], index: number): Item | undefined => items[index % items.length];
  const domain = [...names];
  const field = { field: 'series', type: 'nominal', legend, title: null } as const;
  return {
    color: { ...field, scale: { domain, range: names.map((_, i) => at(seriesColours, i) ?? '#000000') } },
    strokeDash: {
      ...field,
      scale: { domain, range: names.map((_, i) => at(seriesDashes, i + Math.floor(i / seriesColours.length)) ?? []) },
    },
    shape: { ...field, scale: { domain, range: names.map((_, i) => at(seriesMarkers, i) ?? 'circle') } },
  };
}

/** Names made different from each other, as scales need them. */
export function distinctNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
