import { sizeOf } from '@xaigrid/tensor';
import { intsOf, numberOf } from '../attributes.js';
import { constantOf } from '../constants.js';
import type { Constant, ElementType, GraphNode } from '../graph.js';
import { axisOf, type TypeAndShape } from '../shapes/shape-rule.js';

type Values = ArrayLike<number | bigint>;

const functions: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: Math.pow,
  Max: Math.max,
  Min: Math.min,
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Abs: Math.abs,
  Neg: (a) => -a,
  Reciprocal: (a) => 1 / a,
};

/** Operators that keep the values and their order. */
const relabelling = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast', 'Dropout'];

/**
 * The value of a node whose inputs are constants, of the type and shape that are inferred for it; undefined for operators that
 * are not worth it, which ONNX Runtime folds itself. Computed in float64, rounded once.
 */
export function evaluate(node: GraphNode, inputs: readonly Constant[], { type, shape }: TypeAndShape): Constant | undefined {
  const [first] = inputs;
  const extents = shape.filter((extent) => extent !== null);
  const types = [type, ...inputs.map((input) => input.type)];
  if (first === undefined || extents.length < shape.length || types.includes('float16')) return undefined;
  if (relabelling.includes(node.op)) return constant(type, extents, first.data);
  const f = functions[node.op];
  if (f !== undefined && inputs.length <= 2 && (type === 'float' || type === 'double'))
    return constant(type, extents, elementwise(f, inputs, extents));
  if (node.op === 'Expand')
    return constant(
      type,
      extents,
      elementwise((a) => a, [first], extents),
    );
  if (node.op === 'Transpose') {
    const order = intsOf(node, 'perm') ?? first.shape.map((_, axis) => first.shape.length - 1 - axis);
    return constant(
      type,
      extents,
      gather(first, extents, (axis) => stridesOf(first.shape)[order[axis] ?? 0] ?? 0),
    );
  }
  if (node.op === 'Concat')
    return constant(type, extents, concatenated(inputs, axisOf(numberOf(node, 'axis', 0), extents.length)));
  return undefined;
}

function constant(type: ElementType, shape: readonly number[], values: Values): Constant {
  const count = sizeOf(shape);
  if (type === 'int64')
    return { type, shape, data: BigInt64Array.from({ length: count }, (_, i) => BigInt(Math.trunc(Number(values[i])))) };
  if (type === 'bool')
    return { type, shape, data: Uint8Array.from({ length: count }, (_, i) => Number(Number(values[i]) !== 0)) };
  return constantOf(
    type,
    shape,
    Array.from({ length: count }, (_, i) => Number(values[i])),
  );
}

const stridesOf = (shape: readonly number[]) => shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));

/** Values of `from` in the order of an output of shape `extents`, along whose axes its offset moves by `stride(axis)`. */
function gather(from: Constant, extents: readonly number[], stride: (axis: number) => number): Float64Array {
  const strides = extents.map((_, axis) => stride(axis));
  const out = new Float64Array(sizeOf(extents));
  const index = extents.map(() => 0);
  let offset = 0;
  for (let position = 0; position < out.length; position++) {
    out[position] = Number(from.data[offset]);
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      if (next < (extents[axis] ?? 0)) {
        index[axis] = next;
        offset += strides[axis] ?? 0;
        break;
      }
      index[axis] = 0;
      offset -= (strides[axis] ?? 0) * (next - 1);
    }
  }
  return out;
}

function elementwise(f: (a: number, b: number) => number, inputs: readonly Constant[], extents: readonly number[]): Float64Array {
  const [a = new Float64Array(), b] = inputs.map((input) => {
    const missing = extents.length - input.shape.length;
    const strides = stridesOf(input.shape);
    return gather(input, extents, (axis) => (input.shape[axis - missing] === 1 ? 0 : (strides[axis - missing] ?? 0)));
  });
  return a.map((value, i) => f(value, b?.[i] ?? 0));
}

/** The inputs' blocks behind `axis`, one after another, for each index before it. */
function concatenated(inputs: readonly Constant[], axis: number): number[] {
  const outer = sizeOf(inputs[0]?.shape.slice(0, axis) ?? []);
  return Array.from({ length: outer }, (_, row) =>
    inputs.flatMap(({ data, shape }) => {
      const block = sizeOf(shape.slice(axis));
      return Array.from(data.slice(row * block, (row + 1) * block), Number);
    }),
  ).flat();
}
