import { numberOf } from '../attributes.js';
import { dataTypes } from '../onnx/data-types.js';
import type { ElementType } from '../graph.js';
import { axisOf, broadcast, type ShapeRule, type TypeAndShape } from './shape-rule.js';

const unary: ShapeRule = ({ input }) => [input(0)];
const binary: ShapeRule = ({ input }) => [{ type: input(0).type, shape: broadcast(input(0).shape, input(1).shape) }];
const variadic: ShapeRule = ({ node, input }) => [
  { type: input(0).type, shape: broadcast(...node.inputs.map((_, index) => input(index).shape)) },
];
const comparison: ShapeRule = ({ input }) => [{ type: 'bool', shape: broadcast(input(0).shape, input(1).shape) }];

const test: ShapeRule = ({ input }) => [{ type: 'bool', shape: input(0).shape }];

const where: ShapeRule = ({ input }) => [
  { type: input(1).type, shape: broadcast(input(0).shape, input(1).shape, input(2).shape) },
];

const cast: ShapeRule = ({ node, input }) => {
  const type = elementTypeOf(numberOf(node, 'to', 0));
  return type === undefined ? undefined : [{ type, shape: input(0).shape }];
};

const castLike: ShapeRule = ({ input }) => [{ type: input(1).type, shape: input(0).shape }];

/** The statistics, outputs 1 and 2, have one value per normalised slice. */
const layerNormalization: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const axis = axisOf(numberOf(node, 'axis', -1), shape.length);
  const statistics: TypeAndShape = { type: 'float', shape: shape.map((extent, own) => (own < axis ? extent : 1)) };
  return [{ type, shape }, statistics, statistics];
};

const dropout: ShapeRule = ({ input }) => [input(0), { type: 'bool', shape: input(0).shape }];

export function elementTypeOf(dataType: number): ElementType | undefined {
  return Object.entries(dataTypes).find(([, code]) => code === dataType)?.[0] as ElementType | undefined;
}

const unaries = `Relu LeakyRelu Elu Selu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Clip Exp Log Sqrt Neg Abs Erf Sign
  Reciprocal Identity Softmax LogSoftmax Floor Ceil Round Not BatchNormalization InstanceNormalization GroupNormalization LRN
  LpNormalization MeanVarianceNormalization CumSum ScatterElements ScatterND Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh
  ThresholdedRelu Shrink Celu Mish Gelu Hardmax Trilu`;

export const elementwiseRules: Readonly<Record<string, ShapeRule>> = {
  ...Object.fromEntries(unaries.split(/\s+/).map((op) => [op, unary])),
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'And', 'Or', 'Xor', 'Mod', 'PRelu'].map((op) => [op, binary])),
  ...Object.fromEntries(['Max', 'Min', 'Sum', 'Mean'].map((op) => [op, variadic])),
  ...Object.fromEntries(['Equal', 'Less', 'Greater', 'LessOrEqual', 'GreaterOrEqual'].map((op) => [op, comparison])),
  Where: where,
  Cast: cast,
  CastLike: castLike,
  Dropout: dropout,
  LayerNormalization: layerNormalization,
  IsNaN: test,
  IsInf: test,
};
