import { constantOf } from '../constants.js';
import type { Constant } from '../graph.js';
import { broadcast } from '../shapes/shape-rule.js';

type Floats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** @throws TypeError for a constant that is not float32 or float64 */
function floatsOf({ data }: Constant): Floats {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new TypeError('Weights are floats.');
}

/** f of each value and its index. */
export function mapped(constant: Constant, f: (value: number, index: number) => number): Constant {
  return { ...constant, data: floatsOf(constant).map(f) };
}

/** f of each pair of values, with the shape to which both are repeated. */
export function combined(a: Constant, b: Constant, f: (a: number, b: number) => number): Constant {
  const shape = broadcast(a.shape, b.shape).map((extent) => extent ?? 1);
  const [ofA, ofB] = [repeatedIndex(a.shape, shape), repeatedIndex(b.shape, shape)];
  const [left, right] = [floatsOf(a), floatsOf(b)];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const values = Array.from({ length: count }, (_, index) => f(left[ofA(index)] ?? NaN, right[ofB(index)] ?? NaN));
  return constantOf(a.type, shape, values);
}

/** The index in an array of shape `own` of each value of the array that repeats it to `shape`. */
function repeatedIndex(own: readonly number[], shape: readonly number[]): (index: number) => number {
  const missing = shape.length - own.length;
  return (index) => {
    let [rest, position, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= missing; axis--) {
      const [extent, repeated] = [own[axis - missing] ?? 1, shape[axis] ?? 1];
      if (extent !== 1) position += (rest % repeated) * stride;
      rest = Math.floor(rest / repeated);
      stride *= extent;
    }
    return position;
  };
}

/**
 * The values along `axis` of a value with `rank` axes, if the constant is the same along all others: one number, or one per
 * index. Undefined if it varies along another axis.
 */
export function alongAxis(
  constant: Constant,
  { axis, rank }: { readonly axis: number; readonly rank: number },
): Floats | undefined {
  const missing = rank - constant.shape.length;
  const same = constant.shape.every((extent, own) => extent === 1 || own + missing === axis);
  return missing >= 0 && same ? floatsOf(constant) : undefined;
}
