import { intsOf, numberOf, textOf } from '../attributes.js';
import type { GraphNode, Shape } from '../graph.js';
import type { ShapeRule } from './shape-rule.js';

/** The geometry of a sliding window. Each list has one entry per position axis (`pads`: begins, then ends). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly ceil: boolean;
}

/**
 * The window of a Conv, ConvTranspose or pooling node, with defaults filled in and `auto_pad` resolved.
 * @param positions the input's extents along the position axes
 * @param kernel the kernel's extents if the node does not give them (Conv: those of its weights)
 */
export function windowOf(node: GraphNode, positions: Shape, kernel: readonly number[]): Window {
  const extents = intsOf(node, 'kernel_shape') ?? kernel;
  const strides = intsOf(node, 'strides') ?? extents.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? extents.map(() => 1);
  const auto = textOf(node, 'auto_pad', 'NOTSET');
  const ceil = numberOf(node, 'ceil_mode', 0) === 1;
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') {
    const pads = auto === 'VALID' ? undefined : intsOf(node, 'pads');
    return { kernel: extents, strides, dilations, pads: pads ?? [...extents, ...extents].map(() => 0), ceil };
  }
  const totals = extents.map((extent, axis) =>
    samePadding(positions[axis] ?? 1, extent, strides[axis] ?? 1, dilations[axis] ?? 1),
  );
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return {
    kernel: extents,
    strides,
    dilations,
    pads: auto === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small],
    ceil: false,
  };
}

/** The total padding of TensorFlow's `same`: the least that gives ⌈length/stride⌉ outputs. */
export function samePadding(length: number, kernel: number, stride: number, dilation: number): number {
  return Math.max((Math.ceil(length / stride) - 1) * stride + (kernel - 1) * dilation + 1 - length, 0);
}

/** The output extents along the positions. */
export function slide(positions: Shape, window: Window): Shape {
  const rank = window.kernel.length;
  return positions.map((extent, axis) => {
    if (extent === null) return null;
    const { kernel, strides, dilations, pads } = window;
    const stride = strides[axis] ?? 1;
    const begin = pads[axis] ?? 0;
    const room = extent + begin + (pads[axis + rank] ?? 0) - ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) - 1;
    if (!window.ceil) return Math.floor(room / stride) + 1;
    const steps = Math.ceil(room / stride);
    // A window that would start in the padding at the end is left out.
    return steps * stride >= extent + begin ? steps : steps + 1;
  });
}

const convolution: ShapeRule = ({ node, input }) => {
  const [batch = null, , ...positions] = input(0).shape;
  const [filters = null, , ...kernel] = input(1).shape;
  return [
    {
      type: input(0).type,
      shape: [
        batch,
        filters,
        ...slide(
          positions,
          windowOf(
            node,
            positions,
            kernel.map((extent) => extent ?? 1),
          ),
        ),
      ],
    },
  ];
};

const transposedConvolution: ShapeRule = ({ node, input }) => {
  const [batch = null, , ...positions] = input(0).shape;
  const [, perGroup = null, ...extents] = input(1).shape;
  const kernel = intsOf(node, 'kernel_shape') ?? extents.map((extent) => extent ?? 1);
  const filters = perGroup === null ? null : perGroup * numberOf(node, 'group', 1);
  const out = positions.map((extent, axis) => (extent === null ? null : transposedExtent(node, axis, extent, kernel)));
  return [{ type: input(0).type, shape: [batch, filters, ...out] }];
};

function transposedExtent(node: GraphNode, axis: number, extent: number, kernel: readonly number[]): number {
  const stride = intsOf(node, 'strides')?.[axis] ?? 1;
  const given = intsOf(node, 'output_shape')?.slice(-kernel.length)[axis];
  if (given !== undefined) return given;
  const auto = textOf(node, 'auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') return extent * stride;
  const reach = ((kernel[axis] ?? 1) - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1) + 1;
  const pads = auto === 'VALID' ? [] : (intsOf(node, 'pads') ?? []);
  const cut = (pads[axis] ?? 0) + (pads[axis + kernel.length] ?? 0);
  return (extent - 1) * stride + (intsOf(node, 'output_padding')?.[axis] ?? 0) + reach - cut;
}

const pooling: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const [batch = null, channels = null, ...positions] = shape;
  const out = [batch, channels, ...slide(positions, windowOf(node, positions, []))];
  return [
    { type, shape: out },
    { type: 'int64', shape: out },
  ];
};

const globalPooling: ShapeRule = ({ input }) => {
  const { type, shape } = input(0);
  return [{ type, shape: shape.map((extent, axis) => (axis < 2 ? extent : 1)) }];
};

const unpooling: ShapeRule = ({ input, extents }) => {
  const shape = extents(2);
  return shape && [{ type: input(0).type, shape }];
};

export const convolutionRules: Readonly<Record<string, ShapeRule>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: pooling,
  AveragePool: pooling,
  LpPool: pooling,
  MaxUnpool: unpooling,
  GlobalAveragePool: globalPooling,
  GlobalMaxPool: globalPooling,
  GlobalLpPool: globalPooling,
};
