/** Points along each axis: `start`, `start + step`, … below the extent of the axis. */
export interface RegularGrid {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

/**
 * About `count` points with the same distance along each axis: k = (positions / count)^(1/axes), rounded half to even. An axis
 * shorter than k has one point; then k is computed from the other axes. As `regular_grid` of scikit-image 0.26.
 */
export function regularGrid(shape: readonly number[], count: number): RegularGrid {
  const product = (extents: readonly number[]) => extents.reduce((a, b) => a * b, 1);
  if (product(shape) <= count) return { starts: shape.map(() => 0), steps: shape.map(() => 1) };
  const order = [...shape.keys()].sort((a, b) => (shape[a] ?? 0) - (shape[b] ?? 0) || a - b);
  const ascending = order.map((axis) => shape[axis] ?? 1);
  const axes = shape.length;
  let steps = ascending.map(() => (product(ascending) / count) ** (1 / axes));
  for (let short = 0; short < axes && ascending.some((extent, at) => extent < (steps[at] ?? 1)); short++) {
    const step = (product(ascending.slice(short + 1)) / count) ** (1 / (axes - short - 1));
    steps = ascending.map((extent, at) => (at <= short ? extent : step));
  }
  const ofAxis = (values: readonly number[]) => shape.map((_, axis) => values[order.indexOf(axis)] ?? 0);
  return { starts: ofAxis(steps.map((step) => Math.floor(step / 2))), steps: ofAxis(steps.map(roundHalfToEven)) };
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
