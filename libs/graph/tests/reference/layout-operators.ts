import { intsOf, numberOf, textOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { arrayOf, at, broadcastAt, broadcastShape, build, sizeOf, type NdArray } from './array.js';

type Operator = (node: GraphNode, inputs: readonly NdArray[]) => NdArray[];

const input = (inputs: readonly (NdArray | undefined)[], index: number): NdArray => {
  const array = inputs[index];
  if (array === undefined) throw new Error(`input ${index} is missing`);
  return array;
};
const list = (array: NdArray | undefined): number[] => (array === undefined ? [] : [...array.data]);
const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

function reshapeTo(array: NdArray, target: readonly number[]): NdArray {
  const copied = target.map((extent, axis) => (extent === 0 ? (array.shape[axis] ?? 1) : extent));
  const known = copied.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return { shape: copied.map((extent) => (extent === -1 ? array.data.length / known : extent)), data: array.data };
}

const transpose: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const perm = intsOf(node, 'perm') ?? array.shape.map((_, axis) => array.shape.length - 1 - axis);
  return [
    build(
      perm.map((axis) => array.shape[axis] ?? 1),
      (index) =>
        at(
          array,
          array.shape.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
        ),
    ),
  ];
};

const concat: Operator = (node, inputs) => {
  const [first] = inputs;
  const axis = positive(numberOf(node, 'axis', 0), first?.shape.length ?? 1);
  const total = sum(inputs.map(({ shape }) => shape[axis] ?? 0));
  return [
    build((first?.shape ?? []).with(axis, total), (index) => {
      let position = index[axis] ?? 0;
      for (const array of inputs) {
        const extent = array.shape[axis] ?? 0;
        if (position < extent) return at(array, index.with(axis, position));
        position -= extent;
      }
      return Number.NaN;
    }),
  ];
};

/** The input position that a position outside shows. */
function reflected(position: number, extent: number, mode: string): number {
  if (mode === 'edge') return Math.max(0, Math.min(extent - 1, position));
  if (mode === 'wrap') return position < 0 ? position + extent : position >= extent ? position - extent : position;
  return position < 0 ? -position : position >= extent ? 2 * extent - 2 - position : position;
}

const pad: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const given = list(inputs[1]);
  const mode = textOf(node, 'mode', 'constant');
  const named = list(inputs[3]).map((axis) => positive(axis, array.shape.length));
  const axes = named.length > 0 ? named : array.shape.map((_, axis) => axis);
  const before = array.shape.map((_, axis) => given[axes.indexOf(axis)] ?? 0);
  const after = array.shape.map((_, axis) => (axes.includes(axis) ? (given[axes.indexOf(axis) + axes.length] ?? 0) : 0));
  const shape = array.shape.map((extent, axis) => extent + (before[axis] ?? 0) + (after[axis] ?? 0));
  return [
    build(shape, (index) => {
      const source = index.map((position, axis) => position - (before[axis] ?? 0));
      if (mode !== 'constant')
        return at(
          array,
          source.map((position, axis) => reflected(position, array.shape[axis] ?? 1, mode)),
        );
      const inside = source.every((position, axis) => position >= 0 && position < (array.shape[axis] ?? 0));
      return inside ? at(array, source) : (inputs[2]?.data[0] ?? 0);
    }),
  ];
};

/** numpy's slices: the positions that Array.slice or counting down from `start` visits. */
function sliced(extent: number, start: number, end: number, step: number): number[] {
  const all = Array.from({ length: extent }, (_, position) => position);
  const from = start < 0 ? start + extent : start;
  if (step > 0) return all.slice(start, end).filter((position) => (position - Math.max(0, from)) % step === 0);
  const first = Math.min(from, extent - 1);
  const last = end < -extent ? -1 : end < 0 ? end + extent : end;
  return all.toReversed().filter((position) => position <= first && position > last && (first - position) % -step === 0);
}

const slice: Operator = (_, inputs) => {
  const array = input(inputs, 0);
  const [starts = [], ends = [], named = [], steps = []] = [1, 2, 3, 4].map((index) => list(inputs[index]));
  const positions = array.shape.map((extent) => sliced(extent, 0, extent, 1));
  starts.forEach((start, i) => {
    const axis = positive(named[i] ?? i, array.shape.length);
    positions[axis] = sliced(array.shape[axis] ?? 0, start, ends[i] ?? 0, steps[i] ?? 1);
  });
  return [
    build(
      positions.map(({ length }) => length),
      (index) =>
        at(
          array,
          index.map((position, axis) => positions[axis]?.[position] ?? 0),
        ),
    ),
  ];
};

const gather: Operator = (node, inputs) => {
  const [data, indices] = [input(inputs, 0), input(inputs, 1)];
  const axis = positive(numberOf(node, 'axis', 0), data.shape.length);
  const rank = indices.shape.length;
  return [
    build([...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)], (index) => {
      const shown = at(indices, index.slice(axis, axis + rank));
      return at(data, [...index.slice(0, axis), positive(shown, data.shape[axis] ?? 1), ...index.slice(axis + rank)]);
    }),
  ];
};

const tile: Operator = (_, inputs) => {
  const array = input(inputs, 0);
  const repeats = list(inputs[1]);
  const shape = array.shape.map((extent, axis) => extent * (repeats[axis] ?? 1));
  return [
    build(shape, (index) =>
      at(
        array,
        index.map((position, axis) => position % (array.shape[axis] ?? 1)),
      ),
    ),
  ];
};

const depthToSpace: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const block = numberOf(node, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = array.shape;
  const deep = channels / block ** 2;
  const rowFirst = textOf(node, 'mode', 'DCR') === 'CRD';
  return [
    build([batch, deep, height * block, width * block], ([n = 0, c = 0, y = 0, x = 0]) => {
      const within = (y % block) * block + (x % block);
      const channel = rowFirst ? c * block ** 2 + within : within * deep + c;
      return at(array, [n, channel, Math.floor(y / block), Math.floor(x / block)]);
    }),
  ];
};

const spaceToDepth: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const block = numberOf(node, 'blocksize', 1);
  const [batch = 1, channels = 1, height = 1, width = 1] = array.shape;
  return [
    build([batch, channels * block ** 2, height / block, width / block], ([n = 0, c = 0, y = 0, x = 0]) => {
      const within = Math.floor(c / channels);
      return at(array, [n, c % channels, y * block + Math.floor(within / block), x * block + (within % block)]);
    }),
  ];
};

const cumSum: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const axis = positive(inputs[1]?.data[0] ?? 0, array.shape.length);
  const [exclusive, reverse] = [numberOf(node, 'exclusive', 0), numberOf(node, 'reverse', 0)];
  return [
    build(array.shape, (index) => {
      const own = index[axis] ?? 0;
      const taken = Array.from({ length: array.shape[axis] ?? 0 }, (_, i) => i).filter(
        (i) => (reverse === 1 ? i >= own : i <= own) && (exclusive === 0 || i !== own),
      );
      return sum(taken.map((i) => at(array, index.with(axis, i))));
    }),
  ];
};

const split: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const axis = positive(numberOf(node, 'axis', 0), array.shape.length);
  let start = 0;
  const even = node.outputs.map(() => (array.shape[axis] ?? 0) / node.outputs.length);
  return (node.attributes.num_outputs === undefined ? list(inputs[1]) : even).map((extent) => {
    const from = start;
    start += extent;
    return build(array.shape.with(axis, extent), (index) => at(array, index.with(axis, from + (index[axis] ?? 0))));
  });
};

const scatterElements: Operator = (node, inputs) => {
  const [data, indices, updates] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
  const axis = positive(numberOf(node, 'axis', 0), data.shape.length);
  const add = textOf(node, 'reduction', 'none') === 'add';
  const out = arrayOf(data.shape, data.data);
  build(updates.shape, (index) => {
    const target = index
      .with(axis, at(indices, index))
      .reduce((offset, position, i) => offset * (data.shape[i] ?? 1) + position, 0);
    out.data[target] = at(updates, index) + (add ? (out.data[target] ?? 0) : 0);
    return 0;
  });
  return [out];
};

const gatherElements: Operator = (node, inputs) => {
  const [data, indices] = [input(inputs, 0), input(inputs, 1)];
  const axis = positive(numberOf(node, 'axis', 0), data.shape.length);
  return [build(indices.shape, (index) => at(data, index.with(axis, at(indices, index))))];
};

export const layoutOperators: Readonly<Record<string, Operator>> = {
  Reshape: (_, inputs) => [reshapeTo(input(inputs, 0), list(inputs[1]))],
  Flatten: (node, inputs) => {
    const { shape } = input(inputs, 0);
    const axis = positive(numberOf(node, 'axis', 1), shape.length);
    return [reshapeTo(input(inputs, 0), [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])];
  },
  Squeeze: (_, inputs) => {
    const { shape } = input(inputs, 0);
    const axes = list(inputs[1]).map((axis) => positive(axis, shape.length));
    return [
      reshapeTo(
        input(inputs, 0),
        shape.filter((_extent, axis) => !axes.includes(axis)),
      ),
    ];
  },
  Unsqueeze: (_, inputs) => {
    const rest = [...input(inputs, 0).shape];
    const axes = list(inputs[1]);
    const rank = rest.length + axes.length;
    const own = axes.map((axis) => positive(axis, rank));
    return [
      reshapeTo(
        input(inputs, 0),
        Array.from({ length: rank }, (_extent, axis) => (own.includes(axis) ? 1 : (rest.shift() ?? 1))),
      ),
    ];
  },
  Transpose: transpose,
  Concat: concat,
  Pad: pad,
  Slice: slice,
  Split: split,
  Gather: gather,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CumSum: cumSum,
  Expand: (_, inputs) => [
    build(broadcastShape(input(inputs, 0).shape, list(inputs[1])), (index) => broadcastAt(input(inputs, 0), index)),
  ],
  Shape: (_, inputs) => [arrayOf([input(inputs, 0).shape.length], input(inputs, 0).shape)],
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
};
