import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import type { Constant, ElementType } from './graph.js';

/** The typed array of each element type: a view of little-endian bytes. */
export const arrayOf = {
  float: Float32Array,
  double: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  float16: Uint16Array,
} as const satisfies Record<ElementType, unknown>;

/** A constant of the given type, shape and values. */
export function constantOf(type: ElementType, shape: readonly number[], values: readonly number[]): Constant {
  const data = type === 'int64' ? BigInt64Array.from(values, int64) : arrayOf[type].from(values);
  if (data.length !== sizeOf(shape)) {
    throw new XaigridError('SHAPE_MISMATCH', `A constant of shape [${shape.join(', ')}] cannot hold ${data.length} values.`);
  }
  return { type, shape, data };
}

/** A whole number as int64. The end of a Slice "to the end" is 2⁶³ − 1; as a number it is 2⁶³, which would become −2⁶³. */
const int64 = (value: number): bigint => (value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value));

/** A scalar constant. */
export const scalar = (value: number, type: ElementType = 'float'): Constant => constantOf(type, [], [value]);
/** A constant vector of int64 numbers. */
export const int64s = (values: readonly number[]): Constant => constantOf('int64', [values.length], values);
/** A constant whose values are float32. */
export type FloatConstant = Constant & { readonly data: Float32Array<ArrayBuffer> };
/** A float32 constant. The data are not copied. */
export const float32 = (data: Float32Array<ArrayBuffer>, shape: readonly number[]): FloatConstant => ({
  type: 'float',
  shape,
  data,
});

/** The values of a constant as ordinary numbers. Meant for short ones: axes, shapes, pads. */
export function numbersOf(constant: Constant): number[] {
  return Array.from(constant.data, Number);
}

/** Whether a float constant is free of NaN and infinities. */
export function isFinite32(data: Constant['data']): boolean {
  // x − x is 0 for every finite number, and NaN otherwise: one pass without a branch.
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) return true;
  let sum = 0;
  for (const value of data) sum += value - value;
  return sum === 0;
}

/**
 * A float constant with its axes permuted, like numpy's `transpose(permutation)`. The values are copied. Kernels are
 * `[...positions, in, out]` in Keras and `[out, in, ...positions]` in ONNX.
 */
export function transposed(constant: Constant, permutation: readonly number[]): Constant {
  const { shape, data, type } = constant;
  if (!(data instanceof Float32Array) && !(data instanceof Float64Array))
    throw new TypeError('Only float constants are transposed.');
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const outShape = permutation.map((axis) => shape[axis] ?? 0);
  const outStrides = permutation.map((axis) => strides[axis] ?? 0);
  const out = data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);
  const index = outShape.map(() => 0);
  let offset = 0;
  for (let position = 0; position < out.length; position++) {
    out[position] = data[offset] ?? 0;
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = outStrides[axis] ?? 0;
      if (next < (outShape[axis] ?? 0)) {
        index[axis] = next;
        offset += stride;
        break;
      }
      index[axis] = 0;
      offset -= stride * (next - 1);
    }
  }
  return { type, shape: outShape, data: out };
}
