import { int, numberOf } from '../attributes.js';
import { int64s, numbersOf } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { axisOf } from '../shapes/shape-rule.js';
import type { ByShape } from './shape-values.js';
import { takenApart } from './taken-apart.js';

/** The most factors. A product of more would take too many nodes. */
const MOST = 8;

/**
 * A ReduceProd of a few values as a chain of products. skl2onnx writes each monomial of PolynomialFeatures as a ReduceProd. The
 * chain has a gradient, also if a factor is 0, and DeepLIFT's rule for products.
 */
export function reduceProd(node: GraphNode, { addConstant, infoOf, constantOf }: ByShape): GraphNode[] {
  const [x = '', axes = ''] = node.inputs;
  const [info, given] = [infoOf(x), constantOf(axes)];
  const [named, ...others] = given === undefined ? [] : numbersOf(given);
  if (info?.type !== 'float' || named === undefined || others.length > 0) return [node];
  const axis = axisOf(named, info.shape.length);
  const factors = info.shape[axis] ?? Infinity;
  if (factors < 1 || factors > MOST) return [node];
  const { step, last } = takenApart(node, addConstant);
  const factor = (at: number) =>
    step(`factor ${String(at)}`, 'Gather', [x, addConstant(`place ${String(at)}`, int64s([at]))], { axis: int(axis) });
  const product =
    factors === 1
      ? x
      : Array.from({ length: factors }, (_, at) => factor(at)).reduce((value, other, at) =>
          step(`product ${String(at)}`, 'Mul', [value, other]),
        );
  return numberOf(node, 'keepdims', 1) === 1 ? last('Identity', [product]) : last('Squeeze', [product, axes]);
}
