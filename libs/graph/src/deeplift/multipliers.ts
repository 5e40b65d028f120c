import { XaigridError } from '@xaigrid/contracts';
import type { GraphBuilder } from '../builder.js';
import { propagate } from '../gradients/differentiate.js';
import { inferShapes } from '../shapes/infer.js';
import type { Graph } from '../graph.js';
import type { Side } from './deeplift-rule.js';
import { fixedNodes, ruledNodes, type DeepLiftForward } from './prepare.js';

/** Where the builder has the prepared forward values of both sides, and which multiplier to propagate. */
export interface DeepLiftOptions {
  readonly forward: DeepLiftForward;
  /**
   * The builder's name for a value of `forward.values[side]`. Rows of both sides are pairs. One side may have a single row, which
   * is then paired with every row of the other side.
   */
  readonly valueOf: (value: string, side: Side) => string;
  /** The value of the model whose multiplier is given: its output, or its logits. Default: the output. */
  readonly value?: string;
  /** The multiplier of that value, one row per pair. For the output, a one-hot `[pairs, classes]` selects p_c. */
  readonly gradient: string;
}

/**
 * DeepLIFT's multipliers m(x, r) by the rescale rule (Shrikumar et al. 2017), with the rules of shap's TensorFlow DeepExplainer
 * except for softmax. It adds nodes that propagate the multiplier of the model's output back to its input. It returns the name of
 * m, `[pairs, channels, ...positions]`, with Σ m ⊙ (x − r) = p_c(x) − p_c(r).
 * @throws OPERATION_UNSUPPORTED naming the node that has no DeepLIFT rule
 */
export function deepLiftMultipliers(builder: GraphBuilder, { forward, valueOf, gradient, ...options }: DeepLiftOptions): string {
  const { model, softmaxRule, inRows } = forward;
  const [input] = model.inputs;
  const [output] = model.outputs;
  if (input === undefined || output === undefined) throw new TypeError(`Graph "${model.name}" needs an input and an output.`);
  const infos = inferShapes(model);
  const rules = new Map(ruledNodes(model, softmaxRule).map(({ node, rule }) => [node, rule]));
  const fixed = fixedValues(builder, model, (value) => valueOf(value, 'x'));
  const multipliers = propagate(builder, {
    nodes: model.nodes,
    seeds: new Map([[options.value ?? output.name, gradient]]),
    wrt: [input.name],
    info: (value) => infos.get(value) ?? builder.info(value),
    constantOf: (value) => model.constants.get(value),
    // Apart from weights, rules use only the derivative at x.
    valueOf: (value) => fixed.get(value) ?? valueOf(value, 'x'),
    ruleFor: (node) => {
      const rule = rules.get(node);
      return (
        rule && ((scope) => rule.multipliers({ ...scope, inRows, of: (value, side) => fixed.get(value) ?? valueOf(value, side) }))
      );
    },
  });
  const found = multipliers.get(input.name);
  if (found === undefined)
    throw new XaigridError('OPERATION_UNSUPPORTED', `The output of model "${model.name}" does not depend on its input.`);
  return found;
}

/**
 * The names in the builder of the model's constants, and of values computed only from them and from the input's shape. They are
 * the same on both sides.
 */
function fixedValues(builder: GraphBuilder, model: Graph, input: (value: string) => string): ReadonlyMap<string, string> {
  const values = new Map([...model.constants].map(([name, constant]) => [name, builder.constant(constant, name)]));
  for (const node of fixedNodes(model)) {
    const inputs = node.inputs.map((name) => (name === '' ? '' : (values.get(name) ?? input(name))));
    const outputs = builder.node(node.op, inputs, node.attributes, node.outputs.length);
    node.outputs.forEach((name, index) => values.set(name, outputs[index] ?? ''));
  }
  return values;
}
