import { XaigridError } from '@xaigrid/contracts';
import { numbersOf } from '../constants.js';
import type { Constant, Graph, GraphNode, Shape, ValueInfo } from '../graph.js';
import { convolutionRules } from './convolution.js';
import { elementwiseRules } from './elementwise.js';
import { extentsOf } from './extents.js';
import { layoutRules } from './layout.js';
import { machineLearningRules } from './machine-learning.js';
import { matrixRules } from './matrix.js';
import { quantizationRules } from './quantization.js';
import { recurrentRules } from './recurrent.js';
import { reductionRules } from './reduction.js';
import { ShapeConflict, type ShapeQuestion, type ShapeRule, type TypeAndShape } from './shape-rule.js';

const rules: ReadonlyMap<string, ShapeRule> = new Map(
  Object.entries({
    ...elementwiseRules,
    ...convolutionRules,
    ...matrixRules,
    ...reductionRules,
    ...layoutRules,
    ...quantizationRules,
    ...recurrentRules,
    ...machineLearningRules,
  }),
);

/** Raised inside a rule if the shape of an input is unknown. Then the node's outputs are unknown too. */
class UnknownInput extends Error {}

/**
 * The types and shapes of one node's outputs. Undefined if there is no rule, if an input's shape is unknown, or if shapes do not
 * fit.
 */
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
    if (error instanceof UnknownInput || error instanceof ShapeConflict) return undefined;
    throw error;
  }
}

/** A message that says why a node's outputs are unknown. */
export function unknownShape({ name, op }: GraphNode): string {
  return rules.has(op)
    ? `Node "${name}" (${op}) gives a shape that depends on values computed in the run, takes shapes that do not fit, or is used in a way that is not supported.`
    : `Node "${name}" uses the operator ${op}, which is not supported.`;
}

/** A number of samples of which no extent of a model is likely to be a multiple. */
export const SOME_SAMPLES = 7919;
const TRIALS = [SOME_SAMPLES, 7927];

/** Infers a graph's nodes one by one, in order. */
export interface Inference {
  /** The type and shape of a value: of an input, a constant, or an output of an inferred node. */
  readonly infoOf: (name: string) => TypeAndShape | undefined;
  /** Infers the types and shapes of the node's outputs, which later nodes may read. Undefined if nothing is known. */
  readonly infer: (node: GraphNode) => readonly TypeAndShape[] | undefined;
}

/**
 * If the inputs leave the number of samples open, shapes are inferred for two numbers of samples. Extents that are equal for both
 * are known, the others are not. So a multiple of the batch, such as `4 · n`, is not confused with the batch itself.
 */
export function inferenceOf(inputs: readonly ValueInfo[], constants: ReadonlyMap<string, Constant>): Inference {
  const trials = inputs.some(({ shape }) => shape.includes(null)) ? TRIALS : [NaN];
  const known = trials.map(
    (samples) =>
      new Map(
        inputs.map(({ name, type, shape }): [string, TypeAndShape] => [
          name,
          { type, shape: shape.map((extent) => extent ?? samples) },
        ]),
      ),
  );
  const together = (infos: readonly (TypeAndShape | undefined)[]) => {
    const [first, second] = infos;
    return infos.length === 1 || first === undefined || second === undefined ? first : inBoth(first, second);
  };
  return {
    infoOf: (name) => together(known.map((infos) => infos.get(name))) ?? constants.get(name),
    infer(node) {
      const found = known.map((infos) =>
        inferNode(
          node,
          (name) => infos.get(name) ?? constants.get(name),
          (name) => constants.get(name),
        ),
      );
      if (found.includes(undefined)) return undefined;
      known.forEach((infos, trial) => {
        node.outputs.forEach((name, index) => {
          const info = found[trial]?.[index];
          if (name !== '' && info !== undefined) infos.set(name, info);
        });
      });
      return found[0]?.map((info, index) => together(found.map((outputs) => outputs?.[index])) ?? info);
    },
  };
}

function inBoth(first: TypeAndShape, second: TypeAndShape): TypeAndShape {
  const same = (a: Shape, b: Shape) => a.map((extent, axis) => (extent === b[axis] ? extent : null));
  const { extents } = first;
  const held = extents !== undefined && extents.length === second.extents?.length ? same(extents, second.extents) : undefined;
  return {
    type: first.type,
    shape: same(first.shape, second.shape),
    ...(held === undefined ? {} : { extents: held }),
  };
}

/**
 * The type and shape of every value of a graph.
 * @param inputShapes replaces the declared shapes of the graph's inputs (for example by a fixed batch)
 * @throws OPERATION_UNSUPPORTED for a node without a shape rule, or whose shape depends on computed values
 */
export function inferShapes(graph: Graph, inputShapes: Readonly<Record<string, Shape>> = {}): ReadonlyMap<string, TypeAndShape> {
  const inputs = graph.inputs.map((input) => ({ ...input, shape: inputShapes[input.name] ?? input.shape }));
  const { infer, infoOf } = inferenceOf(inputs, graph.constants);
  for (const node of graph.nodes) {
    if (infer(node) === undefined) throw new XaigridError('OPERATION_UNSUPPORTED', unknownShape(node));
  }
  const names = [...inputs.map(({ name }) => name), ...graph.constants.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  return new Map(
    names.flatMap((name) => {
      const info = infoOf(name);
      return info === undefined ? [] : [[name, info] as const];
    }),
  );
}
