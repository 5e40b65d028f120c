import { XaigridError } from '@xaigrid/contracts';
import { numbersOf } from '../constants.js';
import type { Constant, Graph, GraphNode, Shape } from '../graph.js';
import { convolutionRules } from './convolution.js';
import { elementwiseRules } from './elementwise.js';
import { extentsOf } from './extents.js';
import { layoutRules } from './layout.js';
import { matrixRules } from './matrix.js';
import { quantizationRules } from './quantization.js';
import { recurrentRules } from './recurrent.js';
import { reductionRules } from './reduction.js';
import type { ShapeQuestion, ShapeRule, TypeAndShape } from './shape-rule.js';

const rules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...convolutionRules,
    ...matrixRules,
    ...reductionRules,
    ...layoutRules,
    ...quantizationRules,
    ...recurrentRules,
  }),
);

/** Raised inside a rule when an input's shape is not known; the node's outputs are then not known either. */
class UnknownInput extends Error {}

/** Types and shapes of one node's outputs; undefined without a rule, or when an input's shape is not known. */
export function inferNode(
  node: GraphNode,
  infoOf: (value: string) => TypeAndShape | undefined,
  constantOf: (value: string) => Constant | undefined,
): readonly TypeAndShape[] | undefined {
  const nameOf = (index: number) => node.inputs[index] ?? '';
  const extents = (index: number): Shape | undefined => {
    const constant = constantOf(nameOf(index));
    return constant === undefined ? infoOf(nameOf(index))?.extents : numbersOf(constant);
  };
  const question: ShapeQuestion = {
    node,
    extents,
    has: (index) => nameOf(index) !== '',
    input: (index) => {
      const info = infoOf(nameOf(index));
      if (info === undefined) throw new UnknownInput();
      return info;
    },
    values: (index) => {
      const found = extents(index);
      const known = found?.filter((extent) => extent !== null);
      return known?.length === found?.length ? known : undefined;
    },
  };
  try {
    const [first, ...others] = rules.get(node.op)?.(question) ?? [];
    if (first === undefined) return undefined;
    const held = extentsOf(question, first);
    return [held === undefined ? { type: first.type, shape: first.shape } : { ...first, extents: held }, ...others];
  } catch (error) {
    if (error instanceof UnknownInput) return undefined;
    throw error;
  }
}

/** Why nothing is known of a node's outputs. */
export function unknownShape({ name, op }: GraphNode): string {
  return rules.has(op)
    ? `Node "${name}" (${op}) gives a shape that depends on values computed in the run, or is used in a way that is not supported.`
    : `Node "${name}" uses the operator ${op}, which is not supported.`;
}

/**
 * Type and shape of every value of a graph.
 * @param inputShapes replaces the shapes the graph's inputs were declared with (a fixed batch, say)
 * @throws OPERATION_UNSUPPORTED for a node without a shape rule, or one whose shape depends on computed values
 */
export function inferShapes(graph: Graph, inputShapes: Readonly<Record<string, Shape>> = {}): ReadonlyMap<string, TypeAndShape> {
  const infos = new Map<string, TypeAndShape>();
  for (const { name, type, shape } of graph.inputs) infos.set(name, { type, shape: inputShapes[name] ?? shape });
  for (const [name, { type, shape }] of graph.constants) infos.set(name, { type, shape });
  for (const node of graph.nodes) {
    const outputs = inferNode(
      node,
      (name) => infos.get(name),
      (name) => graph.constants.get(name),
    );
    if (outputs === undefined) {
      throw new XaigridError('OPERATION_UNSUPPORTED', unknownShape(node));
    }
    node.outputs.forEach((name, index) => {
      const info = outputs[index];
      if (name !== '' && info !== undefined) infos.set(name, info);
    });
  }
  return infos;
}
