import { numberOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { arrayOf, at, broadcastAt, broadcastShape, build, type NdArray } from './array.js';
import { layoutOperators } from './layout-operators.js';
import { normalizationOperators } from './normalization-operators.js';
import { recurrentOperators } from './recurrent-operators.js';
import { resize } from './resize-operator.js';
import { windowOperators } from './window-operators.js';

export type Operator = (node: GraphNode, inputs: readonly NdArray[]) => NdArray[];

const input = (inputs: readonly (NdArray | undefined)[], index: number): NdArray => {
  const array = inputs[index];
  if (array === undefined) throw new Error(`input ${index} is missing`);
  return array;
};
const list = (array: NdArray | undefined): number[] => (array === undefined ? [] : [...array.data]);
const positive = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

const unary =
  (f: (x: number, node: GraphNode) => number): Operator =>
  (node, inputs) => [
    arrayOf(
      input(inputs, 0).shape,
      input(inputs, 0).data.map((x) => f(x, node)),
    ),
  ];

const elementwise =
  (f: (...values: number[]) => number): Operator =>
  (_, inputs) => [
    build(broadcastShape(...inputs.map(({ shape }) => shape)), (index) => f(...inputs.map((array) => broadcastAt(array, index)))),
  ];

/** Abramowitz and Stegun 7.1.26 is too coarse for finite differences: the Taylor series, which converges for all x used. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** ONNX's element types 1 and 11 are floats, 9 is bool, the others used are whole numbers. */
const castTo = (type: number, x: number) => (type === 9 ? Number(x !== 0) : type === 1 || type === 11 ? x : Math.trunc(x));

const alpha = (node: GraphNode, fallback: number) => numberOf(node, 'alpha', fallback);

/** Folds an array along axes: `fold` gets all values that share the other indices. */
function reduce(array: NdArray, axes: readonly number[], keep: boolean, fold: (values: number[]) => number): NdArray {
  const groups = new Map<string, number[]>();
  build(array.shape, (index) => {
    const key = index.map((position, axis) => (axes.includes(axis) ? 0 : position)).join();
    groups.set(key, [...(groups.get(key) ?? []), at(array, index)]);
    return 0;
  });
  const kept = array.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const values = [...groups.values()].map(fold);
  return arrayOf(keep ? kept : array.shape.filter((_, axis) => !axes.includes(axis)), values);
}

const reduction =
  (fold: (values: number[]) => number): Operator =>
  (node, inputs) => {
    const array = input(inputs, 0);
    const given = list(inputs[1]).map((axis) => positive(axis, array.shape.length));
    const axes = given.length > 0 ? given : array.shape.map((_, axis) => axis);
    return [reduce(array, axes, numberOf(node, 'keepdims', 1) === 1, fold)];
  };

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const softmax: Operator = (node, [array]) => {
  const x = input([array], 0);
  const axis = positive(numberOf(node, 'axis', -1), x.shape.length);
  const exps = arrayOf(x.shape, x.data.map(Math.exp));
  const sums = reduce(exps, [axis], true, sum);
  return [build(x.shape, (index) => at(exps, index) / broadcastAt(sums, index))];
};

const gemm: Operator = (node, inputs) => {
  const flip = (array: NdArray, transposed: boolean) =>
    transposed ? build([array.shape[1] ?? 1, array.shape[0] ?? 1], ([i = 0, j = 0]) => at(array, [j, i])) : array;
  const a = flip(input(inputs, 0), numberOf(node, 'transA', 0) === 1);
  const b = flip(input(inputs, 1), numberOf(node, 'transB', 0) === 1);
  const c = inputs[2];
  return [
    build([a.shape[0] ?? 1, b.shape[1] ?? 1], ([i = 0, j = 0]) => {
      let total = 0;
      for (let k = 0; k < (a.shape[1] ?? 1); k++) total += at(a, [i, k]) * at(b, [k, j]);
      return alpha(node, 1) * total + (c === undefined ? 0 : numberOf(node, 'beta', 1) * broadcastAt(c, [i, j]));
    }),
  ];
};

const matMul: Operator = (_, inputs) => {
  const [left, right] = [input(inputs, 0), input(inputs, 1)];
  const a = left.shape.length === 1 ? { ...left, shape: [1, ...left.shape] } : left;
  const b = right.shape.length === 1 ? { ...right, shape: [...right.shape, 1] } : right;
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const product = build([...batch, a.shape.at(-2) ?? 1, b.shape.at(-1) ?? 1], (index) => {
    const lead = index.slice(0, -2);
    let total = 0;
    for (let k = 0; k < (a.shape.at(-1) ?? 1); k++) {
      total += broadcastAt(a, [...lead, index.at(-2) ?? 0, k]) * broadcastAt(b, [...lead, k, index.at(-1) ?? 0]);
    }
    return total;
  });
  const rows = left.shape.length === 1 ? [] : product.shape.slice(-2, -1);
  const columns = right.shape.length === 1 ? [] : product.shape.slice(-1);
  return [{ shape: [...batch, ...rows, ...columns], data: product.data }];
};

const batchNormalization: Operator = (node, inputs) => {
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  return [
    build(input(inputs, 0).shape, (index) => {
      const [scale = 0, bias = 0, mean = 0, variance = 0] = [1, 2, 3, 4].map((i) => at(input(inputs, i), [index[1] ?? 0]));
      return ((at(input(inputs, 0), index) - mean) / Math.sqrt(variance + epsilon)) * scale + bias;
    }),
  ];
};

const argMax: Operator = (node, inputs) => {
  const array = input(inputs, 0);
  const axis = positive(numberOf(node, 'axis', 0), array.shape.length);
  return [reduce(array, [axis], numberOf(node, 'keepdims', 1) === 1, (values) => values.indexOf(Math.max(...values)))];
};

const selu = (x: number, node: GraphNode) =>
  numberOf(node, 'gamma', 1.0507009873554805) * (x > 0 ? x : alpha(node, 1.6732632423543772) * Math.expm1(x));

/** Every operator by brute force, straight from the ONNX specification. */
export const operators: Readonly<Record<string, Operator>> = {
  Relu: unary((x) => Math.max(x, 0)),
  LeakyRelu: unary((x, node) => (x > 0 ? x : alpha(node, 0.01) * x)),
  PRelu: elementwise((x = 0, slope = 0) => (x > 0 ? x : slope * x)),
  Elu: unary((x, node) => (x > 0 ? x : alpha(node, 1) * Math.expm1(x))),
  Selu: unary(selu),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  HardSigmoid: unary((x, node) => Math.max(0, Math.min(1, alpha(node, 0.2) * x + numberOf(node, 'beta', 0.5)))),
  Tanh: unary(Math.tanh),
  Softplus: unary((x) => Math.log1p(Math.exp(x))),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Neg: unary((x) => -x),
  Reciprocal: unary((x) => 1 / x),
  Erf: unary(erf),
  Identity: unary((x) => x),
  Dropout: unary((x) => x),
  Cast: unary((x, node) => castTo(numberOf(node, 'to', 1), x)),
  Clip: (node, [x, low, high]) => {
    const [least = -Infinity, most = Infinity] = [low?.data[0], high?.data[0]];
    return unary((value) => Math.min(Math.max(value, least), most))(node, [input([x], 0)]);
  },
  HardSwish: unary((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  Celu: unary((x, node) => Math.max(0, x) + Math.min(0, alpha(node, 1) * Math.expm1(x / alpha(node, 1)))),
  Mish: unary((x) => x * Math.tanh(Math.log1p(Math.exp(x)))),
  ThresholdedRelu: unary((x, node) => (x > alpha(node, 1) ? x : 0)),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Round: unary((x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))),
  Add: elementwise((a = 0, b = 0) => a + b),
  Sum: elementwise((...values) => sum(values)),
  Mean: elementwise((...values) => sum(values) / values.length),
  Sub: elementwise((a = 0, b = 0) => a - b),
  Mul: elementwise((a = 0, b = 0) => a * b),
  Div: elementwise((a = 0, b = 0) => a / b),
  Mod: elementwise((a = 0, b = 0) => a % b),
  Pow: elementwise((a = 0, b = 0) => a ** b),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Greater: elementwise((a = 0, b = 0) => Number(a > b)),
  GreaterOrEqual: elementwise((a = 0, b = 0) => Number(a >= b)),
  Less: elementwise((a = 0, b = 0) => Number(a < b)),
  LessOrEqual: elementwise((a = 0, b = 0) => Number(a <= b)),
  Equal: elementwise((a = 0, b = 0) => Number(a === b)),
  And: elementwise((a = 0, b = 0) => Number(a !== 0 && b !== 0)),
  Or: elementwise((a = 0, b = 0) => Number(a !== 0 || b !== 0)),
  Not: unary((x) => Number(x === 0)),
  Where: elementwise((condition = 0, a = 0, b = 0) => (condition !== 0 ? a : b)),
  Softmax: softmax,
  LogSoftmax: (node, inputs) => softmax(node, inputs).map((array) => arrayOf(array.shape, array.data.map(Math.log))),
  ReduceSum: reduction(sum),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceMax: reduction((values) => Math.max(...values)),
  ReduceMin: reduction((values) => Math.min(...values)),
  ReduceL1: reduction((values) => sum(values.map(Math.abs))),
  ReduceL2: reduction((values) => Math.hypot(...values)),
  ReduceSumSquare: reduction((values) => sum(values.map((value) => value ** 2))),
  ReduceLogSumExp: reduction((values) => Math.log(sum(values.map(Math.exp)))),
  ArgMax: argMax,
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
  ...layoutOperators,
  ...windowOperators,
  ...normalizationOperators,
  Resize: resize,
  ...recurrentOperators,
};
