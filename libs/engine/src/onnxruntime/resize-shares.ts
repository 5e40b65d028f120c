/**
 * The share of each position of a map in the sum of the resized map: Σ resize(A) = Σ_q share_q · A_q, for bilinear resizing with
 * half-pixel centres and clamped edges. All shares are 1 if nothing is resized.
 * @returns flat, in the extents `from`.
 */
export function resizeShares(from: readonly number[], to: readonly number[]): Float64Array {
  const [first = Float64Array.of(1), ...others] = from.map((extent, axis) => axisShares(extent, to[axis] ?? extent));
  return others.reduce(
    (outer, inner) => Float64Array.from({ length: outer.length * inner.length }, (_, at) => product(outer, inner, at)),
    first,
  );
}

function product(outer: Float64Array, inner: Float64Array, at: number): number {
  return (outer[Math.floor(at / inner.length)] ?? 0) * (inner[at % inner.length] ?? 0);
}

function axisShares(from: number, to: number): Float64Array {
  const shares = new Float64Array(from);
  const add = (at: number, weight: number) => (shares[at] = (shares[at] ?? 0) + weight);
  for (let i = 0; i < to; i++) {
    const centre = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(centre);
    add(low, 1 - (centre - low));
    if (low + 1 < from) add(low + 1, centre - low);
  }
  return shares;
}
