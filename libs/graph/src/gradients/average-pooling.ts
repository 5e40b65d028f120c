import { int, numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { ElementType } from '../graph.js';
import { windowOf, type Window } from '../shapes/convolution.js';
import { transposedGeometry } from './convolution.js';
import { refuse, reshapeLike, type GradientRule, type GradientScope } from './gradient-rule.js';

/** How many input positions each window covers along one axis, padding left out. */
function covered(window: Window, axis: number, input: number, output: number): number[] {
  const begin = window.pads[axis] ?? 0;
  const stride = window.strides[axis] ?? 1;
  const kernel = window.kernel[axis] ?? 1;
  return Array.from({ length: output }, (_, index) => {
    const start = index * stride - begin;
    return Math.min(start + kernel, input) - Math.max(start, 0);
  });
}

/** 1/(number of values averaged), `[1, ...output positions]`. */
function weights(
  window: Window,
  positions: readonly number[],
  outputs: readonly number[],
  includePads: boolean,
  type: ElementType,
) {
  const total = window.kernel.reduce((product, extent) => product * extent, 1);
  let counts = [1];
  outputs.forEach((extent, axis) => {
    const own = covered(window, axis, positions[axis] ?? 1, extent);
    counts = counts.flatMap((count) => own.map((inside) => count * inside));
  });
  return constantOf(
    type,
    [1, ...outputs],
    counts.map((count) => 1 / (includePads ? total : count)),
  );
}

/** Every window's gradient, divided by what it averaged, goes back to all its positions: a ConvTranspose with ones. */
const averagePool: GradientRule = (scope) => {
  const { builder, node, gradient } = scope;
  const { type, shape } = scope.inputInfo(0);
  const positions = known(scope, shape.slice(2));
  const outputs = known(scope, scope.outputInfo().shape.slice(2));
  const window = windowOf(node, positions, []);
  const includePads = numberOf(node, 'count_include_pad', 0) === 1;
  if (includePads && window.ceil) return refuse(scope, 'it counts padding and rounds up');
  const geometry = transposedGeometry(window, positions, outputs);
  if (geometry === undefined) return refuse(scope, 'the size of its input is not known');
  // Channels become rows of the batch, so that one kernel of ones serves all of them.
  const rows = builder.node('Reshape', [gradient, builder.constant(int64s([-1, 1, ...outputs]), 'shape')]);
  const scaled = builder.node('Mul', [rows, builder.constant(weights(window, positions, outputs, includePads, type), 'weights')]);
  const ones = constantOf(
    type,
    [1, 1, ...window.kernel],
    Array.from({ length: window.kernel.reduce((a, b) => a * b, 1) }, () => 1),
  );
  const spread = builder.node('ConvTranspose', [scaled, builder.constant(ones, 'ones')], { ...geometry, group: int(1) });
  return [reshapeLike(scope, 0, spread)];
};

const globalAveragePool: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const { type, shape } = scope.inputInfo(0);
  const positions = known(scope, shape.slice(2));
  const count = positions.reduce((product, extent) => product * extent, 1);
  const scaled = builder.node('Mul', [gradient, builder.scalar(1 / count, type)]);
  // The batch and the channels are there already: 1 leaves them.
  return [builder.node('Expand', [scaled, builder.constant(int64s([1, 1, ...positions]), 'shape')])];
};

function known(scope: GradientScope, extents: readonly (number | null)[]): number[] {
  return extents.map((extent) => extent ?? refuse(scope, 'the size of its input is not known'));
}

export const averagePoolingGradients: Readonly<Record<string, GradientRule>> = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
};
