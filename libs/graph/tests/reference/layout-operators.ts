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

const pad: Operator = (_, inputs) => {
  const array = input(inputs, 0);
  const pads = list(inputs[1]);
  const rank = array.shape.length;
  const shape = array.shape.map((extent, axis) => extent + (pads[axis] ?? 0) + (pads[axis + rank] ?? 0));
  return [
    build(shape, (index) => {
      const source = index.map((position, axis) => position - (pads[axis] ?? 0));
      const inside = source.every((position, axis) => position >= 0 && position < (array.shape[axis] ?? 0));
      return inside ? at(array, source) : (inputs[2]?.data[0] ?? 0);
    }),
  ];
};

const slice: Operator = (_, inputs) => {
  const array = input(inputs, 0);
  const [starts, ends, named, steps] = [1, 2, 3, 4].map((index) => list(inputs[index])) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const begin = array.shape.map(() => 0);
  const shape = [...array.shape];
  starts.forEach((start, i) => {
    if (steps.some((step) => step !== 1)) throw new Error('steps');
    const axis = positive(named[i] ?? i, array.shape.length);
    const extent = array.shape[axis] ?? 0;
    const bound = (value: number) => Math.min(Math.max(value < 0 ? value + extent : value, 0), extent);
    begin[axis] = bound(start);
    shape[axis] = bound(ends[i] ?? 0) - (begin[axis] ?? 0);
  });
  return [
    build(shape, (index) =>
      at(
        array,
        index.map((position, axis) => position + (begin[axis] ?? 0)),
      ),
    ),
  ];
};

const split: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const axis = positive(numberOf(node, 'axis', 0), array.shape.length);
  let start = 0;
  return list(inputs[1]).map((extent) => {
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
  Expand: (_, inputs) => [
    build(broadcastShape(input(inputs, 0).shape, list(inputs[1])), (index) => broadcastAt(input(inputs, 0), index)),
  ],
  Shape: (_, inputs) => [arrayOf([input(inputs, 0).shape.length], input(inputs, 0).shape)],
  ScatterElements: scatterElements,
};
