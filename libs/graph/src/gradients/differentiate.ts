import { XaigridError, type ReluRule } from '@xaigrid/contracts';
import type { GraphBuilder } from '../builder.js';
import type { Constant, GraphNode } from '../graph.js';
import { mlOperators } from '../onnx/ml/operators.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { reluRuleGradients } from './activation.js';
import { zerosLike, type GradientRule } from './gradient-rule.js';
import { gradientRules } from './registry.js';

/** What to differentiate with respect to what. */
export interface DifferentiateOptions {
  /** The value to differentiate. */
  readonly value: string;
  /** The gradient of `value`, with its shape. A one-hot `[n, classes]` selects p_c. */
  readonly gradient: string;
  /** The values to differentiate with respect to. */
  readonly wrt: readonly string[];
  /** What goes back through every ReLU. Default: its gradient. */
  readonly reluRule?: ReluRule | undefined;
  /** Called for each passed node, from the last on, with the gradients of its inputs. It shows where a gradient goes wrong. */
  readonly passed?: (node: GraphNode, gradients: readonly string[]) => void;
}

/**
 * Reverse-mode differentiation. It adds backward nodes to the builder. It returns, for each value in `wrt`, the name of Σ
 * gradient · ∂value/∂wrt, with the shape and type of that value; zeros if `value` does not depend on it.
 * @throws OPERATION_UNSUPPORTED naming the operator and node that has no gradient rule
 */
export function differentiate(builder: GraphBuilder, options: DifferentiateOptions): string[] {
  const gradients = backward(builder, options);
  return options.wrt.map((name) => gradients.get(name) ?? zerosLike(builder, name, builder.info(name)));
}

/**
 * Like `differentiate`, but by name. Values that no gradient reaches are absent.
 * @throws OPERATION_UNSUPPORTED as `differentiate`
 */
export function backward(
  builder: GraphBuilder,
  { value, gradient, wrt, reluRule, passed }: DifferentiateOptions,
): ReadonlyMap<string, string> {
  return propagate(builder, {
    nodes: [...builder.nodes],
    valueOf: (name) => name,
    info: (name) => builder.info(name),
    constantOf: (name) => builder.constantOf(name),
    seeds: new Map([[value, gradient]]),
    wrt,
    ruleFor: ({ op }) => (op === 'Relu' && reluRule !== undefined ? reluRuleGradients[reluRule] : gradientRules.get(op)),
    ...(passed === undefined ? {} : { passed }),
  });
}

/** A forward graph to propagate gradients through, and the names of its values in the builder. */
export interface Propagation {
  /** In topological order. */
  readonly nodes: readonly GraphNode[];
  /** The builder's name for a forward value. */
  readonly valueOf: (name: string) => string;
  readonly info: (name: string) => TypeAndShape;
  readonly constantOf: (name: string) => Constant | undefined;
  /** The gradient in the builder, by forward value. */
  readonly seeds: ReadonlyMap<string, string>;
  readonly wrt: readonly string[];
  readonly ruleFor: (node: GraphNode) => GradientRule | undefined;
  readonly passed?: NonNullable<DifferentiateOptions['passed']>;
}

/** Propagates gradients backwards. Returns the gradients of `wrt` by name; values without a path are absent. */
export function propagate(builder: GraphBuilder, propagation: Propagation): ReadonlyMap<string, string> {
  const { nodes, seeds, wrt, valueOf } = propagation;
  // Only values that depend on `wrt` get a gradient.
  const dependent = new Set(wrt);
  for (const node of nodes) {
    // A shape does not depend on values.
    if (node.op === 'Shape' || node.op === 'Size') continue;
    if (node.inputs.some((input) => dependent.has(input))) for (const output of node.outputs) dependent.add(output);
  }
  const parts = new Map<string, string[]>();
  const contribute = (value: string, gradient: string) => parts.set(value, [...(parts.get(value) ?? []), gradient]);
  for (const [value, gradient] of seeds) contribute(value, gradient);
  const total = (value: string): string | undefined => {
    const terms = parts.get(value);
    if (terms === undefined) return undefined;
    const sum = sumOf(builder, terms);
    parts.set(value, [sum]);
    return sum;
  };

  for (const node of nodes.toReversed()) {
    if (!node.inputs.some((input) => dependent.has(input)) || !node.outputs.some((output) => parts.has(output))) continue;
    const rule = propagation.ruleFor(node);
    if (rule === undefined) {
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        mlOperators.has(node.op)
          ? `Node "${node.name}" uses ${node.op}, which has no gradient. Use a method that needs none: shap-kernel or occlusion.`
          : `Node "${node.name}" uses ${node.op}, which cannot be differentiated. Operators that can: ${[...gradientRules.keys()].join(', ')}.`,
      );
    }
    const [output = ''] = node.outputs;
    const inputName = (index: number) => node.inputs[index] ?? '';
    const gradients = rule({
      builder,
      node,
      gradient: total(output) ?? zerosLike(builder, valueOf(output), propagation.info(output)),
      gradientOf: (index) => total(node.outputs[index] ?? ''),
      input: (index) => valueOf(inputName(index)),
      output: (index = 0) => valueOf(node.outputs[index] ?? ''),
      inputInfo: (index) => propagation.info(inputName(index)),
      outputInfo: (index = 0) => propagation.info(node.outputs[index] ?? ''),
      constant: (index) => propagation.constantOf(inputName(index)),
      needs: (index) => dependent.has(inputName(index)),
      through: (detour) =>
        propagate(builder, {
          ...detour,
          valueOf: (name) => name,
          info: (name) => builder.info(name),
          constantOf: (name) => builder.constantOf(name),
          ruleFor: ({ op }) => gradientRules.get(op),
        }),
    });
    propagation.passed?.(
      node,
      gradients.filter((own) => own !== undefined),
    );
    node.inputs.forEach((input, index) => {
      const gradient = gradients[index];
      if (gradient === undefined || !dependent.has(input)) return;
      builder.annotate(gradient, propagation.info(input));
      contribute(input, gradient);
    });
  }
  return new Map(
    wrt.flatMap((value) => {
      const gradient = total(value);
      return gradient === undefined ? [] : [[value, gradient] as const];
    }),
  );
}

function sumOf(builder: GraphBuilder, terms: readonly string[]): string {
  const [first = '', second] = terms;
  if (second === undefined) return first;
  return terms.length === 2 ? builder.node('Add', [first, second]) : builder.node('Sum', terms);
}
