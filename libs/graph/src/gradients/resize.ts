import { ints, numberOf, textOf } from '../attributes.js';
import { constantOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';
import { knownValues, refuse, type GradientRule, type GradientScope } from './gradient-rule.js';

/** One axis of a Resize. */
interface Scaling {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

const f32 = Math.fround;
const halfPixel = (x: number, scale: number) => f32(f32((x + 0.5) / scale) - 0.5);

/**
 * The place of an output position on the input's axis, by ONNX's `coordinate_transformation_mode`. Computed step by step in
 * float32 as in ONNX Runtime, because the last bit decides which position is nearest.
 */
const coordinates: Readonly<Record<string, (position: number, scaling: Scaling) => number>> = {
  half_pixel: (x, { scale }) => halfPixel(x, scale),
  half_pixel_symmetric: (x, { from, to, scale }) => {
    const adjustment = f32(to / f32(scale * from));
    const offset = f32((from / 2) * f32(1 - adjustment));
    // ONNX Runtime adds in float64 here.
    return f32(offset + (x + 0.5) / scale - 0.5);
  },
  pytorch_half_pixel: (x, { to, scale }) => (to > 1 ? halfPixel(x, scale) : 0),
  align_corners: (x, { from, to }) => (to === 1 ? 0 : f32(f32(x * (from - 1)) / (to - 1))),
  asymmetric: (x, { scale }) => f32(x / scale),
  // From an older operator set, for `nearest`; tf2onnx writes it.
  tf_half_pixel_for_nn: (x, { scale }) => f32((x + 0.5) / scale),
};

/** ONNX Runtime treats a place this close to the middle of two positions as the middle (measured with 1.30). */
const HALF_WAY = 1e-6;
const isHalfWay = (x: number) => Math.abs(x - Math.floor(x) - 0.5) < HALF_WAY;

const rounding: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => (isHalfWay(x) ? Math.floor(x) : Math.round(x)),
  round_prefer_ceil: (x) => (isHalfWay(x) ? Math.ceil(x) : Math.round(x)),
  floor: Math.floor,
  ceil: Math.ceil,
};

interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** The input positions around `x` with their weights. Positions beyond the border count as the border. */
function tapsAt(scope: GradientScope, x: number): Tap[] {
  const { node } = scope;
  const mode = textOf(node, 'mode', 'nearest');
  if (mode === 'nearest') {
    const round = rounding[textOf(node, 'nearest_mode', 'round_prefer_floor')] ?? refuse(scope, 'its nearest_mode is not known');
    return [{ index: round(x), weight: 1 }];
  }
  const base = Math.floor(x);
  const t = x - base;
  if (mode === 'linear')
    return [
      { index: base, weight: 1 - t },
      { index: base + 1, weight: t },
    ];
  if (mode !== 'cubic') return refuse(scope, `its mode is ${mode}`);
  return [-1, 0, 1, 2].map((offset) => ({ index: base + offset, weight: cubic(Math.abs(t - offset), node) }));
}

/** Keys's kernel with ONNX's `cubic_coeff_a`. */
function cubic(distance: number, node: GraphNode): number {
  const a = numberOf(node, 'cubic_coeff_a', -0.75);
  if (distance <= 1) return (a + 2) * distance ** 3 - (a + 3) * distance ** 2 + 1;
  return a * distance ** 3 - 5 * a * distance ** 2 + 8 * a * distance - 4 * a;
}

/** The weights of an axis, `[to, from]`. */
function weightsOf(scope: GradientScope, scaling: Scaling): number[] {
  const { node } = scope;
  const mode = textOf(node, 'coordinate_transformation_mode', 'half_pixel');
  const coordinate = coordinates[mode] ?? refuse(scope, `its coordinate_transformation_mode is ${mode}`);
  const inside = numberOf(node, 'exclude_outside', 0) === 1;
  const matrix = new Array<number>(scaling.to * scaling.from).fill(0);
  for (let position = 0; position < scaling.to; position++) {
    const all = tapsAt(scope, coordinate(position, scaling));
    const taps = inside ? all.filter(({ index }) => index >= 0 && index < scaling.from) : all;
    const total = inside ? taps.reduce((sum, { weight }) => sum + weight, 0) : 1;
    for (const { index, weight } of taps) {
      const at = position * scaling.from + Math.min(Math.max(index, 0), scaling.from - 1);
      matrix[at] = (matrix[at] ?? 0) + weight / total;
    }
  }
  return matrix;
}

function scalingsOf(scope: GradientScope): Scaling[] {
  const { node } = scope;
  const [input, output] = [scope.inputInfo(0).shape, scope.outputInfo().shape];
  const scales = (node.inputs[2] ?? '') === '' ? undefined : knownValues(scope, 2);
  const named = node.attributes.axes?.kind === 'ints' ? node.attributes.axes.value : input.map((_, axis) => axis);
  return named.flatMap((given, index) => {
    const axis = axisOf(given, input.length);
    const [from, to] = [input[axis] ?? null, output[axis] ?? null];
    if (from === null && to === null && (scales?.[index] ?? 1) === 1) return [];
    if (from === null || to === null) return refuse(scope, 'the size of its input is not known');
    const scale = f32(scales === undefined || scales.length === 0 ? to / from : (scales[index] ?? 1));
    return from === to && scale === 1 ? [] : [{ axis, from, to, scale }];
  });
}

/** Σ of gradient · weights over the resized axis: a product with a constant matrix. */
function unscale(scope: GradientScope, gradient: string, scaling: Scaling): string {
  const { builder } = scope;
  const { type, shape } = scope.inputInfo(0);
  const rank = shape.length;
  const weights = weightsOf(scope, scaling);
  const { axis, from, to } = scaling;
  if (axis === rank - 1)
    return builder.node('MatMul', [gradient, builder.constant(constantOf(type, [to, from], weights), 'scaling')]);
  const turned = Array.from({ length: from * to }, (_, i) => weights[(i % to) * from + Math.floor(i / to)] ?? 0);
  const matrix = builder.constant(constantOf(type, [from, to], turned), 'scaling');
  if (axis === rank - 2) return builder.node('MatMul', [matrix, gradient]);
  const axes = Array.from({ length: rank }, (_, own) => own);
  const perm = axes.with(axis, rank - 2).with(rank - 2, axis);
  const swapped = builder.node('Transpose', [gradient], { perm: ints(perm) });
  return builder.node('Transpose', [builder.node('MatMul', [matrix, swapped])], { perm: ints(perm) });
}

/** Nearest, linear and cubic interpolation are linear along each axis, so the gradient goes back through the same weights. */
const resize: GradientRule = (scope) => {
  if (numberOf(scope.node, 'antialias', 0) !== 0) return refuse(scope, 'it is antialiased');
  let { gradient } = scope;
  for (const scaling of scalingsOf(scope).toReversed()) gradient = unscale(scope, gradient, scaling);
  return [gradient];
};

export const resizeGradients: Readonly<Record<string, GradientRule>> = { Resize: resize };
