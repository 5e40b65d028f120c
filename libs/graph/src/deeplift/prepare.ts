import { XaigridError } from '@xaigrid/contracts';
import { GraphBuilder } from '../builder.js';
import type { Graph, GraphNode } from '../graph.js';
import { toDouble } from './softmax.js';
import { sides, type DeepLiftRule, type Side } from './deeplift-rule.js';
import { deepLiftOperators, deepLiftRuleFor } from './registry.js';

/** A model's forward graph made ready for DeepLIFT. */
export interface DeepLiftForward {
  /**
   * The forward graph with the values that the rules need besides. It is the same for x and r; run with r once to fill a
   * cache, and run or inline it for x. Its outputs are `output` and all of `values`.
   */
  readonly graph: Graph;
  /** The model's output in float64, its softmax computed in float64: what additivity is measured with. */
  readonly output: string;
  /** The values of `graph` that the multipliers read, of the sample and of the reference. */
  readonly values: Readonly<Record<Side, readonly string[]>>;
  /** The model's own graph. */
  readonly model: Graph;
}

/**
 * Prepares a model's graph (one input, one output) for `deepLiftMultipliers`.
 * @throws OPERATION_UNSUPPORTED naming the node that has no DeepLIFT rule
 */
export function prepareDeepLift(model: Graph): DeepLiftForward {
  const builder = GraphBuilder.from(model);
  const values: Record<Side, Set<string>> = { x: new Set(), r: new Set() };
  for (const { node, rule } of ruledNodes(model)) {
    const read = rule.prepare({ builder, node, info: (value) => builder.info(value) });
    for (const side of sides) for (const value of read[side]) values[side].add(value);
  }
  const output = doubleOutput(builder, model);
  builder.output(output);
  for (const side of sides) for (const value of values[side]) if (!isInput(model, value)) builder.output(value);
  const [x, r] = [[...values.x], [...values.r]];
  return { graph: builder.build(), output, values: { x, r }, model };
}

const isInput = (graph: Graph, value: string) => graph.inputs.some(({ name }) => name === value);

function doubleOutput(builder: GraphBuilder, model: Graph): string {
  const [output] = model.outputs;
  if (output === undefined) throw new TypeError(`Graph "${model.name}" has no output.`);
  const last = builder.producerOf(output.name);
  if (last?.op !== 'Softmax') return toDouble(builder, output.name);
  return builder.node('Softmax', [toDouble(builder, last.inputs[0] ?? '')], last.attributes);
}

/** The nodes between the model's input and its output, each with its rule. */
export function ruledNodes(model: Graph): { node: GraphNode; rule: DeepLiftRule }[] {
  const varying = new Set(model.inputs.map(({ name }) => name));
  return model.nodes.flatMap((node) => {
    const inputs = node.inputs.map((input) => varying.has(input));
    if (!inputs.includes(true)) return [];
    for (const output of node.outputs) varying.add(output);
    const rule = deepLiftRuleFor(node.op, inputs);
    if (rule === undefined) {
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        `Node "${node.name}" uses ${node.op}, which has no DeepLIFT rule here. Operators that do: ${deepLiftOperators.join(', ')}.`,
      );
    }
    return [{ node, rule }];
  });
}
