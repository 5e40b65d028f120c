import type { ElementType } from '../graph.js';
import { slide, windowOf } from './convolution.js';
import { broadcast, type ShapeQuestion, type ShapeRule } from './shape-rule.js';

/** The type of an input if it is given, otherwise the operator's default. */
const typeOf = ({ has, input }: ShapeQuestion, index: number, fallback: ElementType) =>
  has(index) ? input(index).type : fallback;

const quantize: ShapeRule = (question) => [{ type: typeOf(question, 2, 'uint8'), shape: question.input(0).shape }];

/** The output has the type of the scale. */
const dequantize: ShapeRule = ({ input }) => [{ type: input(1).type, shape: input(0).shape }];

const dynamicQuantize: ShapeRule = ({ input }) => [
  { type: 'uint8', shape: input(0).shape },
  { type: 'float', shape: [] },
  { type: 'uint8', shape: [] },
];

/** Scales and zero points come between the operands. */
const convolution =
  (weights: number, type: (question: ShapeQuestion) => ElementType): ShapeRule =>
  (question) => {
    const { node, input } = question;
    const [batch = null, , ...positions] = input(0).shape;
    const [filters = null, , ...kernel] = input(weights).shape;
    const window = windowOf(
      node,
      positions,
      kernel.map((extent) => extent ?? 1),
    );
    return [{ type: type(question), shape: [batch, filters, ...slide(positions, window)] }];
  };

const matrixProduct =
  (weights: number, type: (question: ShapeQuestion) => ElementType): ShapeRule =>
  (question) => {
    const [a, b] = [question.input(0).shape, question.input(weights).shape];
    if (a.length < 2 || b.length < 2) return undefined;
    const outer = broadcast(a.slice(0, -2), b.slice(0, -2));
    return [{ type: type(question), shape: [...outer, a.at(-2) ?? null, b.at(-1) ?? null] }];
  };

const ofZeroPoint = (question: ShapeQuestion) => typeOf(question, 7, 'uint8');
const wide = (): ElementType => 'int32';

/** Quantised operators run forward only. They have no gradients. */
export const quantizationRules: Readonly<Record<string, ShapeRule>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  QLinearConv: convolution(3, ofZeroPoint),
  QLinearMatMul: matrixProduct(3, ofZeroPoint),
  ConvInteger: convolution(1, wide),
  MatMulInteger: matrixProduct(1, wide),
};
