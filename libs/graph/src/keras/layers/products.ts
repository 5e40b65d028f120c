import { z } from 'zod';
import { ints } from '../../attributes.js';
import { int64s } from '../../constants.js';
import { sizeOf } from '@xaigrid/tensor';
import type { LayerImport } from '../layer-import.js';
import { activate } from './activation-functions.js';
import { overLength } from './elementwise-operations.js';
import { broadcastConstant, fromKerasOrder, inKerasOrder, kerasShape } from './keras-order.js';
import { einsum } from './matrix-operations.js';
import { activationSchema } from './schemas.js';

/** The product of two inputs along one axis of each. */
const dot: LayerImport = (scope) => {
  const { axes, normalize } = scope.config(
    z.object({ axes: z.union([z.int(), z.array(z.int()).length(2)]), normalize: z.boolean().default(false) }),
  );
  const { node, builder, inputs } = scope;
  const given = Array.isArray(axes) ? axes : [axes, axes];
  if (inputs.length !== 2 || inputs.some(({ shape }) => shape.length > 2))
    return scope.refuse('its inputs are no two matrices or rows');
  const [a, b] = inputs.map((input, index) => {
    const rank = input.shape.length;
    const axis = ((given[index] ?? -1) + rank + 1) % (rank + 1);
    if (axis === 0) return scope.refuse('it works along the samples');
    const own = normalize ? overLength(scope, input, [axis], 1e-12) : input;
    const shape = kerasShape(scope, own);
    const value = inKerasOrder(scope, own);
    // [n, rows, axis]; a vector is one row.
    const rows = rank === 1 ? node('Unsqueeze', [value, builder.constant(int64s([1]), 'axis')]) : value;
    return {
      value: rank === 2 && axis === 1 ? node('Transpose', [rows], { perm: ints([0, 2, 1]) }) : rows,
      rows: rank === 1 ? [] : [shape[2 - axis] ?? 1],
      along: shape[axis - 1] ?? 1,
    };
  });
  if (a === undefined || a.along !== b?.along) return scope.refuse('its inputs do not fit');
  const product = node('MatMul', [a.value, node('Transpose', [b.value], { perm: ints([0, 2, 1]) })]);
  const shape = [...a.rows, ...b.rows];
  const out = shape.length === 0 ? [1] : shape;
  return fromKerasOrder(
    scope,
    shape.length === 2 ? product : node('Reshape', [product, builder.constant(int64s([0, sizeOf(out)]), 'shape')]),
    out,
  );
};

/** A product in Einstein's notation, with a bias along some axes of the result. */
const einsumDense: LayerImport = (scope) => {
  const {
    equation,
    bias_axes: biasAxes,
    activation,
  } = scope.config(z.object({ equation: z.string(), bias_axes: z.string().nullish(), activation: activationSchema }));
  const kernel = scope.weight('kernel', scope.weightShape('kernel'));
  const data = kernel.data;
  const out = einsum(scope, equation.replaceAll(' ', ''), [scope.input, { data, shape: kernel.shape }]);
  let { value } = out;
  if (biasAxes !== null && biasAxes !== undefined && biasAxes !== '') {
    const shape = scope.weightShape('bias');
    const bias = scope.weight('bias', shape).data;
    const rank = out.shape.length;
    // The bias has the axes from the first of its own on, with extent 1 for axes along which it is constant.
    value = scope.node('Add', [value, broadcastConstant(scope, { data: bias, shape, rank }, 'bias')]);
  }
  return { value: activate({ ...scope, input: out }, value, activation), shape: out.shape };
};

export const productLayers: Readonly<Record<string, LayerImport>> = { Dot: dot, EinsumDense: einsumDense };
