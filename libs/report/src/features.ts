/** The name of a table's feature; without a name its number, from 0. */
export function featureName(names: readonly string[] | undefined, feature: number): string {
  return names?.[feature] ?? `feature ${feature}`;
}

/**
 * Features in descending order of their size: the sum over all maps of |value| / the map's largest |value|. Of equal ones the
 * first comes first.
 */
export function byLargest(maps: readonly ArrayLike<number>[]): number[] {
  const sizes = new Float64Array(maps[0]?.length ?? 0);
  for (const map of maps) {
    const largest = Math.max(...Array.from(map, Math.abs));
    if (largest > 0)
      for (const feature of sizes.keys()) sizes[feature] = (sizes[feature] ?? 0) + Math.abs(map[feature] ?? 0) / largest;
  }
  return [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0));
}
