import { int, ints, numberOf, text } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import { windowOf, type Window } from '../shapes/convolution.js';
import { transposedGeometry } from './convolution.js';
import { refuse, reshapeLike, type GradientRule, type GradientScope } from './gradient-rule.js';

/** The windows of a pooling over positions of known extents. */
interface Pooling {
  readonly window: Window;
  readonly positions: readonly number[];
  readonly outputs: readonly number[];
}

/**
 * The divisor of each window along one axis: the number of values it covers, including padding if that is counted. A last window
 * that exists only by rounding up never counts positions beyond the padding.
 */
function counted({ window, positions, outputs }: Pooling, axis: number, includePads: boolean): number[] {
  const begin = window.pads[axis] ?? 0;
  const end = window.pads[axis + window.kernel.length] ?? 0;
  const input = positions[axis] ?? 1;
  const [low, high] = includePads ? [-begin, input + end] : [0, input];
  return Array.from({ length: outputs[axis] ?? 1 }, (_, index) => {
    const start = index * (window.strides[axis] ?? 1) - begin;
    return Math.min(start + (window.kernel[axis] ?? 1), high) - Math.max(start, low);
  });
}

/** 1/(number of averaged values) for each window. */
export function averagingShares(pooling: Pooling, includePads: boolean): number[] {
  const counts = pooling.outputs.reduce<number[]>(
    (all, _, axis) => all.flatMap((count) => counted(pooling, axis, includePads).map((own) => count * own)),
    [1],
  );
  return counts.map((count) => 1 / count);
}

/** The gradient of each window divided by its count: by one value if all counts are equal, otherwise by one per window. */
function shared(scope: GradientScope, pooling: Pooling): string {
  const { builder, node, gradient } = scope;
  const { type } = scope.inputInfo(0);
  const shares = averagingShares(pooling, numberOf(node, 'count_include_pad', 0) === 1);
  const [first = 1] = shares;
  const factor = shares.every((share) => share === first)
    ? builder.scalar(first, type)
    : builder.constant(constantOf(type, [1, ...pooling.outputs], shares), 'shares');
  return builder.node('Mul', [gradient, factor]);
}

/**
 * For windows side by side: each share is repeated over its window, and positions left over get 0. It takes half the time of a
 * ConvTranspose.
 */
function repeated({ builder }: GradientScope, shares: string, { window, positions, outputs }: Pooling): string {
  const scales = builder.constant(constantOf('float', [2 + outputs.length], [1, 1, ...window.strides]), 'scales');
  const attributes = {
    mode: text('nearest'),
    coordinate_transformation_mode: text('asymmetric'),
    nearest_mode: text('floor'),
  };
  const spread = builder.node('Resize', [shares, '', scales], attributes);
  const over = positions.map((extent, axis) => extent - (outputs[axis] ?? 1) * (window.strides[axis] ?? 1));
  if (over.every((extent) => extent === 0)) return spread;
  const pads = builder.constant(int64s([0, 0, ...over.map(() => 0), 0, 0, ...over]), 'pads');
  return builder.node('Pad', [spread, pads]);
}

/**
 * For windows at every position: the sum of the shares of all windows over a position is an average pooling too. It takes a third
 * of the time.
 */
function averaged({ builder, inputInfo }: GradientScope, shares: string, { window }: Pooling): string {
  const rank = window.kernel.length;
  const size = window.kernel.reduce((product, extent) => product * extent, 1);
  const pads = window.pads.map((pad, index) => (window.kernel[index % rank] ?? 1) - 1 - pad);
  const mean = builder.node('AveragePool', [shares], {
    kernel_shape: ints(window.kernel),
    pads: ints(pads),
    count_include_pad: int(1),
  });
  return builder.node('Mul', [mean, builder.scalar(size, inputInfo(0).type)]);
}

/**
 * The share of every window goes to all its positions: a ConvTranspose with ones. Channels become rows, so that one kernel serves
 * all.
 */
function transposed(scope: GradientScope, shares: string, { window, positions, outputs }: Pooling): string {
  const { builder } = scope;
  const geometry = transposedGeometry(window, positions, outputs);
  if (geometry === undefined) return refuse(scope, 'the size of its input is not known');
  const rows = builder.node('Reshape', [shares, builder.constant(int64s([-1, 1, ...outputs]), 'shape')]);
  const size = window.kernel.reduce((product, extent) => product * extent, 1);
  const ones = constantOf(scope.inputInfo(0).type, [1, 1, ...window.kernel], new Array<number>(size).fill(1));
  const spread = builder.node('ConvTranspose', [rows, builder.constant(ones, 'ones')], { ...geometry, group: int(1) });
  return reshapeLike(scope, 0, spread);
}

const averagePool: GradientRule = (scope) => {
  const { type, shape } = scope.inputInfo(0);
  const positions = known(scope, shape.slice(2));
  const outputs = known(scope, scope.outputInfo().shape.slice(2));
  const window = windowOf(scope.node, positions, []);
  const pooling = { window, positions, outputs };
  const shares = shared(scope, pooling);
  // ONNX Runtime has neither Resize nor AveragePool for float64.
  const float = type === 'float';
  const padded = window.pads.some((pad) => pad !== 0);
  const apart = window.kernel.every((extent, axis) => {
    const covered = (outputs[axis] ?? 1) * extent;
    return extent === window.strides[axis] && covered <= (positions[axis] ?? 1);
  });
  if (float && apart && !padded) return [repeated(scope, shares, pooling)];
  if (float && window.strides.every((stride) => stride === 1)) return [averaged(scope, shares, pooling)];
  return [transposed(scope, shares, pooling)];
};

const globalAveragePool: GradientRule = (scope) => {
  const { builder, gradient } = scope;
  const { type, shape } = scope.inputInfo(0);
  const positions = known(scope, shape.slice(2));
  const count = positions.reduce((product, extent) => product * extent, 1);
  const scaled = builder.node('Mul', [gradient, builder.scalar(1 / count, type)]);
  // The batch and the channels already have their extents; 1 leaves them unchanged.
  return [builder.node('Expand', [scaled, builder.constant(int64s([1, 1, ...positions]), 'shape')])];
};

function known(scope: GradientScope, extents: readonly (number | null)[]): number[] {
  return extents.map((extent) => extent ?? refuse(scope, 'the size of its input is not known'));
}

export const averagePoolingGradients: Readonly<Record<string, GradientRule>> = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
};
