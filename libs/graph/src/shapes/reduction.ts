import { numberOf } from '../attributes.js';
import { axisOf, type ShapeRule, type ShapeQuestion } from './shape-rule.js';

/** The axes of a reduction. Undefined if they are computed. Since operator set 18 they are the second input. */
export function reducedAxes({
  node,
  input,
  has,
  values,
}: Pick<ShapeQuestion, 'node' | 'input' | 'has' | 'values'>): number[] | undefined {
  const rank = input(0).shape.length;
  const given = has(1) ? values(1) : [];
  if (given === undefined) return undefined;
  if (given.length > 0) return given.map((axis) => axisOf(axis, rank));
  return numberOf(node, 'noop_with_empty_axes', 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

const reduction: ShapeRule = (question) => {
  const axes = reducedAxes(question);
  if (axes === undefined) return undefined;
  const { type, shape } = question.input(0);
  if (numberOf(question.node, 'keepdims', 1) === 1)
    return [{ type, shape: shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)) }];
  return [{ type, shape: shape.filter((_, axis) => !axes.includes(axis)) }];
};

const argument: ShapeRule = ({ node, input }) => {
  const { shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', 0), shape.length);
  const keep = numberOf(node, 'keepdims', 1) === 1;
  return [{ type: 'int64', shape: keep ? shape.with(axis, 1) : shape.toSpliced(axis, 1) }];
};

/** The largest or smallest values along an axis, and their indices. */
const topK: ShapeRule = ({ node, input, values }) => {
  const { type, shape } = input(0);
  const [count] = values(1) ?? [];
  if (count === undefined) return undefined;
  const found = shape.with(axisOf(numberOf(node, 'axis', -1), shape.length), count);
  return [
    { type, shape: found },
    { type: 'int64', shape: found },
  ];
};

const reductions = [
  'ReduceSum',
  'ReduceMean',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'ReduceLogSumExp',
  'ReduceLogSum',
];

export const reductionRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(reductions.map((op) => [op, reduction])),
  ArgMax: argument,
  ArgMin: argument,
  TopK: topK,
};
