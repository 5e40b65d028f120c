import { int, floatsOf, numberOf, textOf } from '../../attributes.js';
import { constantOf } from '../../constants.js';
import type { GraphNode } from '../../graph.js';
import { dataTypes } from '../data-types.js';
import { labelsOf } from './operators.js';
import type { Rewrite, Rewriting } from './rewriting.js';

interface Linear {
  readonly rows: number;
  readonly weights: readonly number[];
  readonly intercepts: readonly number[];
}

function linearOf(node: GraphNode, rows: number): Linear | undefined {
  const weights = floatsOf(node, 'coefficients') ?? [];
  const intercepts = floatsOf(node, 'intercepts') ?? Array.from({ length: rows }, () => 0);
  return rows > 0 && weights.length % rows === 0 && intercepts.length === rows ? { rows, weights, intercepts } : undefined;
}

/** The inputs of a Gemm that multiplies by one row of weights per class, in float32 as in ONNX Runtime. */
function gemmInputs({ node, type, add, step }: Rewriting, { rows, weights, intercepts }: Linear): string[] {
  const [input = ''] = node.inputs;
  return [
    type === 'float' ? input : step('Cast', [input], { to: int(dataTypes.float) }),
    add('weights', constantOf('float', [rows, weights.length / rows], weights)),
    add('intercepts', constantOf('float', [rows], intercepts)),
  ];
}

const transposed = { transB: int(1) };

/**
 * The scores of the classes, and the function applied to them. The weights of two classes differ only in sign. So their two
 * logistic functions are the softmax of half of the scores; they are written as such, because a softmax keeps its digits if one
 * class is nearly certain.
 */
const linearClassifier: Rewrite = (rewriting) => {
  const { node, step, last } = rewriting;
  const linear = linearOf(node, labelsOf(node));
  if (linear === undefined || rewriting.isUsed(0)) return false;
  const scores = (of: Linear) => step('Gemm', gemmInputs(rewriting, of), transposed);
  switch (textOf(node, 'post_transform', 'NONE')) {
    case 'NONE':
      last('Gemm', gemmInputs(rewriting, linear), transposed, 1);
      return true;
    case 'SOFTMAX':
      last('Softmax', [scores(linear)], { axis: int(-1) }, 1);
      return true;
    case 'LOGISTIC':
      if (isOpposed(linear)) last('Softmax', [scores(halved(linear))], { axis: int(-1) }, 1);
      else last('Sigmoid', [scores(linear)], {}, 1);
      return true;
    default:
      return false;
  }
};

function isOpposed({ rows, weights, intercepts }: Linear): boolean {
  const features = weights.length / 2;
  const opposed = (values: readonly number[], half: number) =>
    values.slice(half).every((value, index) => value === -(values[index] ?? NaN));
  return rows === 2 && opposed(weights, features) && opposed(intercepts, 1);
}

const halved = ({ rows, weights, intercepts }: Linear): Linear => ({
  rows,
  weights: weights.map((weight) => weight / 2),
  intercepts: intercepts.map((intercept) => intercept / 2),
});

const linearRegressor: Rewrite = (rewriting) => {
  const { node, last } = rewriting;
  const linear = linearOf(node, numberOf(node, 'targets', 1));
  if (linear === undefined || textOf(node, 'post_transform', 'NONE') !== 'NONE') return false;
  last('Gemm', gemmInputs(rewriting, linear), transposed);
  return true;
};

export const linearRewrites: Readonly<Record<string, Rewrite>> = {
  LinearClassifier: linearClassifier,
  LinearRegressor: linearRegressor,
};
