import { int, numberOf } from './attributes.js';
import { instanceNormalization } from './deeplift/decompose.js';
import { expanded, type Expand } from './expansion.js';
import type { Graph, Shape } from './graph.js';
import { axisOf, countOf } from './shapes/shape-rule.js';

/** The number of floats that ONNX Runtime's sums take at once. They start at multiples of it in memory. */
const LANES = 4;

/**
 * The same graph, in which the sums of each sample run in an order that does not depend on the sample's place in the batch. ONNX
 * Runtime (1.30) sums a row that begins between two multiples of 16 bytes in another order than a row that begins at a multiple.
 * With ten values per sample, the odd samples of a batch get other last digits than the even ones. Such rows are padded with
 * zeros. An InstanceNormalization sums in the same way and is split.
 */
export function withSteadySums(graph: Graph): Graph {
  const apart = expanded(graph, {
    InstanceNormalization: (expansion) => (shifts(expansion.shape) ? instanceNormalization(expansion) : undefined),
  });
  return expanded(apart, { ReduceSum: steadySum, ReduceMean: steadySum });
}

/** Whether samples begin at different places between the multiples. */
function shifts([samples, ...rest]: Shape): boolean {
  return samples !== 1 && (countOf(rest) ?? 0) % LANES !== 0;
}

const steadySum: Expand = ({ node, shape, add, numbers, integers, constant }) => {
  const [x = '', axesName = ''] = node.inputs;
  const axes = axesOf(axesName === '' ? undefined : constant(axesName)?.data, shape.length);
  const first = firstTrailing(axes, shape.length);
  const length = countOf(shape.slice(first));
  if (!shifts(shape) || first === shape.length || length === null || length < LANES) return undefined;
  if (axes.size === 0 || (axesName !== '' && constant(axesName) === undefined)) return undefined;

  // [0, 0, …]: extents that stay.
  const before = shape.slice(0, first).map(() => 0);
  const row = first === shape.length - 1 ? x : add('Reshape', [x, integers([...before, -1])]);
  const padding = integers([...before, 0, ...before, (LANES - (length % LANES)) % LANES]);
  const filled = add('Pad', [row, padding]);
  const sum = add('ReduceSum', [filled, integers([first])], { keepdims: int(0) });
  const value = node.op === 'ReduceMean' ? add('Div', [sum, numbers([length])]) : sum;
  const ones = shape.slice(first).map(() => 1);
  const others = [...axes].filter((axis) => axis < first);
  const keepsAxes = numberOf(node, 'keepdims', 1) === 1;
  const inPlace = keepsAxes ? add('Reshape', [value, integers([...before, ...ones])]) : value;
  return others.length === 0 ? inPlace : add(node.op, [inPlace, integers(others)], { keepdims: int(keepsAxes ? 1 : 0) });
};

/** The axes of a reduction: all axes if none are given. */
function axesOf(given: ArrayLike<number | bigint> | undefined, rank: number): Set<number> {
  const axes = given === undefined ? Array.from({ length: rank }, (_, axis) => axis) : Array.from(given, Number);
  return new Set(axes.map((axis) => axisOf(axis, rank)));
}

/** The first of the trailing axes that are all reduced. It is `rank` if the last axis is not reduced. */
function firstTrailing(axes: ReadonlySet<number>, rank: number): number {
  let first = rank;
  while (first > 0 && axes.has(first - 1)) first--;
  return first;
}
