import { intsOf, numberOf, textOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { arrayOf, at, build, indicesOf, offsetOf, sizeOf, type NdArray } from './array.js';

type Operator = (node: GraphNode, inputs: readonly NdArray[]) => NdArray[];

function geometry(node: GraphNode, kernelShape: readonly number[], positions: readonly number[]) {
  const kernel = intsOf(node, 'kernel_shape') ?? kernelShape;
  const ones = kernel.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  // SAME_…: as many windows as strides fit, the odd pad at the end (UPPER) or the beginning (LOWER).
  const missing = kernel.map((extent, axis) => {
    const [length, stride] = [positions[axis] ?? 1, strides[axis] ?? 1];
    return Math.max(
      0,
      Math.floor((length - 1) / stride) * stride + (extent - 1) * (intsOf(node, 'dilations')?.[axis] ?? 1) + 1 - length,
    );
  });
  const auto = textOf(node, 'auto_pad', 'NOTSET');
  const same = auto.startsWith('SAME');
  const halves = [missing.map((pad) => Math.floor(pad / 2)), missing.map((pad) => Math.ceil(pad / 2))];
  const automatic = (auto === 'SAME_UPPER' ? halves : halves.toReversed()).flat();
  return {
    kernel,
    strides,
    dilations: intsOf(node, 'dilations') ?? ones,
    pads: same ? automatic : (intsOf(node, 'pads') ?? [...kernel, ...kernel].map(() => 0)),
    ceil: numberOf(node, 'ceil_mode', 0) === 1,
  };
}
type Geometry = ReturnType<typeof geometry>;

/** Output extents by sliding: every start that leaves the window inside the padded input (ceil: that starts before its end padding). */
function outputs(positions: readonly number[], { kernel, strides, dilations, pads, ceil }: Geometry): number[] {
  return positions.map((extent, axis) => {
    const [begin, end] = [pads[axis] ?? 0, pads[axis + positions.length] ?? 0];
    const span = ((kernel[axis] ?? 1) - 1) * (dilations[axis] ?? 1) + 1;
    const stride = strides[axis] ?? 1;
    let count = 0;
    for (let start = -begin; start + span <= extent + end; start += stride) count++;
    const next = count * stride - begin;
    if (ceil && next + span - stride < extent + end && next < extent) count++;
    return count;
  });
}

/** The input position under tap `tap` of the window at `position`; undefined in the padding. */
function under(
  position: readonly number[],
  tap: readonly number[],
  positions: readonly number[],
  g: Geometry,
): number[] | undefined {
  const source = position.map(
    (p, axis) => p * (g.strides[axis] ?? 1) - (g.pads[axis] ?? 0) + (tap[axis] ?? 0) * (g.dilations[axis] ?? 1),
  );
  return source.every((p, axis) => p >= 0 && p < (positions[axis] ?? 0)) ? source : undefined;
}

const convolution: Operator = (node, [x, w, bias]) => {
  if (x === undefined || w === undefined) throw new Error('Conv needs inputs');
  const groups = numberOf(node, 'group', 1);
  const [batch = 1, , ...positions] = x.shape;
  const [filters = 1, perGroup = 1, ...kernel] = w.shape;
  const g = geometry(node, kernel, positions);
  return [
    build([batch, filters, ...outputs(positions, g)], ([n = 0, filter = 0, ...position]) => {
      const first = Math.floor(filter / (filters / groups)) * perGroup;
      let total = bias === undefined ? 0 : at(bias, [filter]);
      for (const tap of indicesOf(g.kernel)) {
        const source = under(position, tap, positions, g);
        if (source === undefined) continue;
        for (let c = 0; c < perGroup; c++) total += at(x, [n, first + c, ...source]) * at(w, [filter, c, ...tap]);
      }
      return total;
    }),
  ];
};

/** The adjoint of Conv, by scattering. */
const transposedConvolution: Operator = (node, [x, w, bias]) => {
  if (x === undefined || w === undefined) throw new Error('ConvTranspose needs inputs');
  const groups = numberOf(node, 'group', 1);
  const [batch = 1, channels = 1, ...positions] = x.shape;
  const [, perGroup = 1, ...kernel] = w.shape;
  const g = geometry(node, kernel, positions);
  const extra = intsOf(node, 'output_padding') ?? [];
  const out = positions.map((extent, axis) => {
    const span = ((g.kernel[axis] ?? 1) - 1) * (g.dilations[axis] ?? 1) + 1;
    return (
      (extent - 1) * (g.strides[axis] ?? 1) +
      span +
      (extra[axis] ?? 0) -
      (g.pads[axis] ?? 0) -
      (g.pads[axis + positions.length] ?? 0)
    );
  });
  const result = build([batch, perGroup * groups, ...out], ([, channel = 0]) => (bias === undefined ? 0 : at(bias, [channel])));
  for (const [n = 0, channel = 0, ...position] of indicesOf(x.shape)) {
    const group = Math.floor(channel / (channels / groups));
    for (const tap of indicesOf(g.kernel)) {
      const target = under(position, tap, out, g);
      if (target === undefined) continue;
      for (let c = 0; c < perGroup; c++) {
        const offset = offsetOf(result.shape, [n, group * perGroup + c, ...target]);
        result.data[offset] = (result.data[offset] ?? 0) + at(x, [n, channel, ...position]) * at(w, [channel, c, ...tap]);
      }
    }
  }
  return [result];
};

/** Values and their flat positions under each window. */
function pooled(
  node: GraphNode,
  x: NdArray,
  fold: (taps: { value: number; offset: number }[], kernel: number) => number,
): NdArray {
  const [batch = 1, channels = 1, ...positions] = x.shape;
  const g = geometry(node, [], positions);
  return build([batch, channels, ...outputs(positions, g)], ([n = 0, c = 0, ...position]) => {
    const taps = [...indicesOf(g.kernel)].flatMap((tap) => {
      const source = under(position, tap, positions, g);
      if (source === undefined) return [];
      const index = [n, c, ...source];
      return [{ value: at(x, index), offset: offsetOf(x.shape, index) }];
    });
    return fold(taps, sizeOf(g.kernel));
  });
}

const need = (array: NdArray | undefined): NdArray => {
  if (array === undefined) throw new Error('an input is missing');
  return array;
};

const maxPool: Operator = (node, [x]) => {
  const top = (taps: { value: number }[]) => Math.max(...taps.map(({ value }) => value));
  return [
    pooled(node, need(x), top),
    pooled(node, need(x), (taps) => taps.find(({ value }) => value === top(taps))?.offset ?? -1),
  ];
};

const averagePool: Operator = (node, [x]) => {
  const array = need(x);
  const mean = (taps: { value: number }[]) => taps.reduce((sum, { value }) => sum + value, 0) / taps.length;
  if (numberOf(node, 'count_include_pad', 0) === 0) return [pooled(node, array, mean)];
  // Padded for real, so that padding counts and what a rounded-up window covers beyond it does not.
  const [batch = 1, channels = 1, ...positions] = array.shape;
  const { pads } = geometry(node, [], positions);
  const padded = build(
    [batch, channels, ...positions.map((extent, axis) => extent + (pads[axis] ?? 0) + (pads[axis + positions.length] ?? 0))],
    ([n = 0, c = 0, ...position]) => {
      const source = position.map((p, axis) => p - (pads[axis] ?? 0));
      return source.every((p, axis) => p >= 0 && p < (positions[axis] ?? 0)) ? at(array, [n, c, ...source]) : 0;
    },
  );
  const plain = Object.fromEntries(Object.entries(node.attributes).filter(([name]) => name !== 'pads' && name !== 'auto_pad'));
  const windows = outputs(positions, geometry(node, [], positions));
  const [result] = [pooled({ ...node, attributes: plain }, padded, mean)];
  // Rounding up, a window that starts in the end padding is left out.
  return [build([batch, channels, ...windows], (index) => at(result, index))];
};

const maxUnpool: Operator = (_, [values, indices, shape]) => {
  const out = arrayOf([...need(shape).data], () => 0);
  need(indices).data.forEach((target, i) => (out.data[target] = need(values).data[i] ?? 0));
  return [out];
};

const global =
  (fold: (values: Float64Array) => number): Operator =>
  (_, [array]) => {
    const x = need(array);
    const [batch = 1, channels = 1, ...positions] = x.shape;
    const size = sizeOf(positions);
    return [
      build([batch, channels, ...positions.map(() => 1)], ([n = 0, c = 0]) =>
        fold(x.data.subarray((n * channels + c) * size, (n * channels + c + 1) * size)),
      ),
    ];
  };

export const windowOperators: Readonly<Record<string, Operator>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: maxPool,
  AveragePool: averagePool,
  MaxUnpool: maxUnpool,
  GlobalAveragePool: global((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  GlobalMaxPool: global((values) => Math.max(...values)),
};
