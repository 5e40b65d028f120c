import { XaigridError } from '@xaigrid/contracts';
import { int, numberOf } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { constantOf, int64s, numbersOf } from '../constants.js';
import type { Constant, GraphNode } from '../graph.js';
import { slide, windowOf, type Window } from '../shapes/convolution.js';

/** Weights by the kernel they were made from. A model is converted to float64 once per set of references. */
const productWeights = new WeakMap<Constant, Constant>();

/**
 * A convolution as one matrix product, in operators that are linear and have gradient rules. The input is padded and cut so that
 * every tap of the kernel has its own copy. The copies are stacked as channels, `[batch, taps · channels, positions]`, and
 * multiplied by the kernel, `[filters, taps · channels]`; then the bias is added. Any stride, dilation and number of position
 * axes. The kernel of a grouped convolution is filled with zeros.
 * @throws OPERATION_UNSUPPORTED when the kernel is computed or the input's size is not known
 */
export function convolutionAsProduct(builder: GraphBuilder, node: GraphNode): string {
  const [input = '', weights = '', bias = ''] = node.inputs;
  const kernel = builder.constantOf(weights) ?? refuse(node, 'its kernel is computed');
  const [, channels = null, ...extents] = builder.info(input).shape;
  if (channels === null) refuse(node, 'the size of its input is not known');
  const positions = extents.map((extent) => extent ?? refuse(node, 'the size of its input is not known'));
  const [filters = 1, , ...kernelExtents] = kernel.shape;
  const window = windowOf(node, positions, kernelExtents);
  const outputs = slide(positions, window).map((extent) => extent ?? 1);

  const taps = tapsUnder(builder, input, { window, positions, outputs, channels });
  const columns = taps.length === 1 ? (taps[0] ?? '') : builder.node('Concat', taps, { axis: int(1) });
  const matrix = productWeights.get(kernel) ?? asMatrix(kernel, numberOf(node, 'group', 1));
  productWeights.set(kernel, matrix);
  const product = builder.node('MatMul', [builder.constant(matrix, 'kernel'), columns]);
  const shaped = reshape(builder, product, [0, filters, ...outputs]);
  if (bias === '') return shaped;
  return builder.node('Add', [shaped, reshape(builder, bias, [filters, ...outputs.map(() => 1)])]);
}

/** A window over an input of `channels` and `positions`. */
export interface Geometry {
  readonly window: Window;
  readonly positions: readonly number[];
  readonly outputs: readonly number[];
  readonly channels: number;
}

/**
 * The input values under each tap of the window at all output positions, `[batch, channels, positions]` per tap; 0 in the
 * padding.
 */
export function tapsUnder(builder: GraphBuilder, input: string, geometry: Geometry): string[] {
  const padded = padForTaps(builder, input, geometry);
  return tapsOf(geometry.window.kernel).map((tap) => tapPositions(builder, padded, { ...geometry, tap }));
}

/**
 * Pads with zeros before and after (or cuts at the end), so that there are exactly `outputs · stride` positions from the last tap
 * on.
 */
function padForTaps(builder: GraphBuilder, input: string, { window, positions, outputs }: Geometry): string {
  const before = positions.map((_, axis) => window.pads[axis] ?? 0);
  const after = positions.map((extent, axis) => {
    const lastTap = ((window.kernel[axis] ?? 1) - 1) * (window.dilations[axis] ?? 1);
    return lastTap + (outputs[axis] ?? 1) * (window.strides[axis] ?? 1) - extent - (before[axis] ?? 0);
  });
  if ([...before, ...after].every((extent) => extent === 0)) return input;
  return builder.node('Pad', [input, builder.constant(int64s([0, 0, ...before, 0, 0, ...after]), 'pads')]);
}

interface Tap extends Geometry {
  readonly tap: readonly number[];
}

/**
 * The input values under one tap of the kernel at every output position, `[batch, channels, positions]`. For a stride, each axis
 * is split into steps and the positions within a step, because slices with steps have no gradient rule.
 */
function tapPositions(builder: GraphBuilder, padded: string, { tap, window, channels, outputs }: Tap): string {
  const strides = outputs.map((_, axis) => window.strides[axis] ?? 1);
  const starts = tap.map((index, axis) => index * (window.dilations[axis] ?? 1));
  const ends = starts.map((start, axis) => start + (outputs[axis] ?? 1) * (strides[axis] ?? 1));
  const axes = outputs.map((_, axis) => axis + 2);
  let value = slice(builder, padded, starts, ends, axes);
  if (strides.some((stride) => stride !== 1)) {
    const steps = outputs.flatMap((extent, axis) => [extent, strides[axis] ?? 1]);
    const within = outputs.map((_, axis) => 3 + 2 * axis);
    const zeros = within.map(() => 0);
    const ones = within.map(() => 1);
    value = slice(builder, reshape(builder, value, [0, channels, ...steps]), zeros, ones, within);
  }
  return reshape(builder, value, [0, channels, outputs.reduce((product, extent) => product * extent, 1)]);
}

/** All positions within a kernel; the last axis varies fastest. */
function tapsOf(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (taps, extent) => taps.flatMap((tap) => Array.from({ length: extent }, (_, index) => [...tap, index])),
    [[]],
  );
}

/** `[filters, channels/groups, ...kernel]` → `[filters, taps · channels]`, with zeros between different groups. */
function asMatrix(kernel: Constant, groups: number): Constant {
  const [filters = 1, perGroup = 1, ...extents] = kernel.shape;
  const taps = extents.reduce((product, extent) => product * extent, 1);
  const channels = perGroup * groups;
  const from = numbersOf(kernel);
  const matrix = new Array<number>(filters * taps * channels).fill(0);
  for (let filter = 0; filter < filters; filter++) {
    const firstChannel = Math.floor(filter / (filters / groups)) * perGroup;
    for (let channel = 0; channel < perGroup; channel++)
      for (let tap = 0; tap < taps; tap++)
        matrix[(filter * taps + tap) * channels + firstChannel + channel] = from[(filter * perGroup + channel) * taps + tap] ?? 0;
  }
  return constantOf(kernel.type, [filters, taps * channels], matrix);
}

function slice(
  builder: GraphBuilder,
  value: string,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
): string {
  return builder.node('Slice', [value, ...[starts, ends, axes].map((list) => builder.constant(int64s(list), 'bounds'))]);
}

/** Reshapes a value. An extent of 0 keeps the batch. */
export function reshape(builder: GraphBuilder, value: string, shape: readonly number[]): string {
  return builder.node('Reshape', [value, builder.constant(int64s(shape), 'shape')]);
}

export function refuse(node: GraphNode, reason: string): never {
  throw new XaigridError('OPERATION_UNSUPPORTED', `Node "${node.name}" (${node.op}) cannot be made float64: ${reason}.`);
}
