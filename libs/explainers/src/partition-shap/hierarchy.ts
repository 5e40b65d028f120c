import { pearson, sizeOf, type Tensor } from '@xaigrid/tensor';

/** A set of features, cut into two unless it is one feature. */
export interface Cluster {
  readonly features: Int32Array<ArrayBuffer>;
  readonly parts?: readonly [Cluster, Cluster];
}

/**
 * Halves of halves of a grid, as `maskers.Image` of shap: the longer axis is cut in the middle, the first of equal ones. Of an odd
 * number of places the first half has one more, because shap numbers features from the end.
 * @param grid the extents; features are numbered along the last axis first
 */
export function halvesOf(grid: readonly number[]): Cluster {
  const strides = grid.map((_, axis) => sizeOf(grid.slice(axis + 1)));
  const clusterOf = (starts: readonly number[], ends: readonly number[]): Cluster => {
    const extents = ends.map((end, axis) => end - (starts[axis] ?? 0));
    const features = starts.reduce<number[]>(
      (found, start, axis) =>
        found.flatMap((first) =>
          Array.from({ length: extents[axis] ?? 1 }, (_, place) => first + (start + place) * (strides[axis] ?? 1)),
        ),
      [0],
    );
    const longest = extents.indexOf(Math.max(...extents));
    if (features.length === 1) return { features: Int32Array.from(features) };
    const middle = (starts[longest] ?? 0) + Math.ceil((extents[longest] ?? 1) / 2);
    const cut = (places: readonly number[]) => places.map((place, axis) => (axis === longest ? middle : place));
    return { features: Int32Array.from(features), parts: [clusterOf(starts, cut(ends)), clusterOf(cut(starts), ends)] };
  };
  return clusterOf(
    grid.map(() => 0),
    grid,
  );
}

/**
 * Features of a table clustered by single linkage: those with the highest correlation over the references are joined first, as
 * `maskers.Partition` of shap does. A feature that is constant over the references correlates with none. Of equal pairs the first
 * are joined first.
 * @param references `[m, features]`
 */
export function correlatedFeatures({ shape: [count = 0, width = 0], data }: Tensor): Cluster {
  const columns = Array.from({ length: width }, (_, feature) =>
    Float64Array.from({ length: count }, (__, row) => data[row * width + feature] ?? NaN),
  );
  const pairs = columns.flatMap((own, first) =>
    columns
      .slice(first + 1)
      .map((other, behind) => ({ first, second: first + 1 + behind, correlation: correlation(own, other) })),
  );
  pairs.sort((a, b) => b.correlation - a.correlation);
  const clusters: Cluster[] = columns.map((_, feature) => ({ features: Int32Array.of(feature) }));
  let root = clusters[0] ?? { features: new Int32Array(0) };
  for (const { first, second } of pairs) {
    const [a, b] = [clusters[first], clusters[second]];
    if (a === undefined || b === undefined || a === b) continue;
    root = { features: Int32Array.from([...a.features, ...b.features]), parts: [a, b] };
    for (const feature of root.features) clusters[feature] = root;
  }
  return root;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const found = pearson(a, b);
  return Number.isFinite(found) ? found : 0;
}

/** How many coalitions it takes to try all: two for each cut, in every context that the cuts above it leave. */
export function allCoalitions({ parts }: Cluster): number {
  return parts === undefined ? 0 : 2 + 2 * (allCoalitions(parts[0]) + allCoalitions(parts[1]));
}
