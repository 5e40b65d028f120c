import { int, ints, text } from '../attributes.js';
import { int64s } from '../constants.js';
import { windowOf } from '../shapes/convolution.js';
import { reshapeLike, shapeOf, zerosLike, type GradientRule, type GradientScope } from './gradient-rule.js';

const flat = (scope: GradientScope, value: string) =>
  scope.builder.node('Reshape', [value, scope.builder.constant(int64s([-1]), 'flat')]);

/**
 * Adds `values` (in the output's shape) at the flat positions `indices` of a tensor like input 0. ScatterElements sums if windows
 * overlap and the same maximum wins twice.
 */
function scatterLikeInput(scope: GradientScope, indices: string, values: string): string {
  const { builder } = scope;
  const zeros = flat(scope, zerosLike(builder, scope.input(0), scope.inputInfo(0)));
  const attributes = { axis: int(0), reduction: text('add') };
  return reshapeLike(scope, 0, builder.node('ScatterElements', [zeros, flat(scope, indices), flat(scope, values)], attributes));
}

/** The flat index, in input 0, of each window's first maximum. */
function firstMaximum(scope: GradientScope): string {
  const { builder, node } = scope;
  const [, indices = ''] = builder.node('MaxPool', [scope.input(0)], node.attributes, 2);
  return indices;
}

/** The gradient goes to the first maximum of each window. */
const maxPool: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const { type, shape } = scope.inputInfo(0);
  const [, , ...positions] = shape;
  const window = windowOf(node, positions, []);
  const apart = window.kernel.every((extent, axis) => (window.strides[axis] ?? 1) >= extent && window.dilations[axis] === 1);
  if (!apart || type !== 'float') return [scatterLikeInput(scope, firstMaximum(scope), gradient)];
  // Windows that do not overlap need no sums, and MaxUnpool (float32 only) writes four times faster. It needs no window, because
  // the indices say where values go.
  const attributes = { kernel_shape: ints(window.kernel.map(() => 1)) };
  return [builder.node('MaxUnpool', [gradient, firstMaximum(scope), shapeOf(scope, 0)], attributes)];
};

/** The first maximum over all positions takes the gradient. */
const globalMaxPool: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const rows = builder.constant(int64s([0, 0, -1]), 'shape');
  const values = builder.node('Reshape', [scope.input(0), rows]);
  const indices = builder.node('ArgMax', [values], { axis: int(2), keepdims: int(1) });
  const zeros = builder.node('Reshape', [zerosLike(builder, scope.input(0), scope.inputInfo(0)), rows]);
  const scattered = builder.node('ScatterElements', [zeros, indices, builder.node('Reshape', [gradient, rows])], {
    axis: int(2),
  });
  return [reshapeLike(scope, 0, scattered)];
};

export const maxPoolingGradients: Readonly<Record<string, GradientRule>> = { MaxPool: maxPool, GlobalMaxPool: globalMaxPool };
