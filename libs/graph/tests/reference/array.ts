/** A dense float64 array, C order. Integers and booleans are numbers too. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

export function arrayOf(shape: readonly number[], values: ArrayLike<number> | ((index: number) => number)): NdArray {
  const data =
    typeof values === 'function'
      ? Float64Array.from({ length: sizeOf(shape) }, (_, index) => values(index))
      : Float64Array.from(values);
  if (data.length !== sizeOf(shape)) throw new Error(`[${shape.join()}] does not hold ${data.length} values`);
  return { shape, data };
}

/** All multi-indices of a shape, in C order. */
export function* indicesOf(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let count = sizeOf(shape); count > 0; count--) {
    yield [...index];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
}

export function offsetOf(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((offset, extent, axis) => offset * extent + (index[axis] ?? 0), 0);
}

export const at = (array: NdArray, index: readonly number[]): number => array.data[offsetOf(array.shape, index)] ?? Number.NaN;

/** An array computed index by index. */
export function build(shape: readonly number[], value: (index: number[]) => number): NdArray {
  return arrayOf(shape, [...indicesOf(shape)].map(value));
}

/** The array read as if broadcast: missing leading axes and extents of 1 repeat. */
export const broadcastAt = (array: NdArray, index: readonly number[]): number =>
  at(
    array,
    array.shape.map((extent, axis) => (extent === 1 ? 0 : (index[index.length - array.shape.length + axis] ?? 0))),
  );

export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => Math.max(...shapes.map((shape) => shape[axis - rank + shape.length] ?? 1)));
}

/** A deterministic stream of numbers in (−1, 1) without ties. */
export function noise(seed: number): () => number {
  let state = seed * 2654435761 + 12345;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x297a2d39) | 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 31 - 1;
  };
}

export function noiseArray(shape: readonly number[], seed: number, scale = 1): NdArray {
  const next = noise(seed);
  return arrayOf(shape, () => next() * scale);
}
