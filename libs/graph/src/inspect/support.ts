import { XaigridError } from '@xaigrid/contracts';
import { GraphBuilder } from '../builder.js';
import { deepLiftMultipliers } from '../deeplift/multipliers.js';
import { prepareDeepLift, varyingValues } from '../deeplift/prepare.js';
import { withSamples } from '../deeplift/with-samples.js';
import { decomposed } from '../deeplift/decompose.js';
import { deepLiftRuleFor } from '../deeplift/registry.js';
import { backward } from '../gradients/differentiate.js';
import { gradientRules } from '../gradients/registry.js';
import type { Graph, GraphNode } from '../graph.js';

/** Whether something can be computed through a model, and where it cannot. */
export interface Support {
  readonly supported: boolean;
  /** Nodes whose operator has no rule at all. */
  readonly nodes: readonly { readonly name: string; readonly op: string }[];
  /** What the first node that stands in the way says. */
  readonly reason?: string;
}

/** Gradients of the output with respect to the input: what Gradient SHAP and SISE need. */
export function gradientSupport(graph: Graph): Support {
  return supportOf(
    nodesOnTheWay(graph, (node) => gradientRules.has(node.op)),
    () => assertDifferentiable(graph),
  );
}

/**
 * @throws OPERATION_UNSUPPORTED where the output cannot be differentiated with respect to `wrt`, values of the graph; default its input. So it is
 * where it only changes in steps, as votes of nearest neighbours do: a gradient of 0 everywhere explains nothing.
 */
export function assertDifferentiable(graph: Graph, wrt?: readonly string[]): void {
  const builder = GraphBuilder.from(graph);
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return;
  const gradient = builder.input(builder.fresh('gradient') + ' of the output', output.type, output.shape);
  const asked = wrt ?? [input.name];
  const stops: GraphNode[] = [];
  const passed = (node: GraphNode, gradients: readonly string[]) => {
    if (gradients.length === 0) stops.push(node);
  };
  const found = backward(builder, { value: output.name, gradient, wrt: asked, passed });
  const [stop] = stops;
  if (stop === undefined || asked.some((value) => found.has(value))) return;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `Node "${stop.name}" (${stop.op}) gives whole numbers or truth values: the model's output changes only in steps, and its gradient is 0 everywhere. Use a method that needs no gradient: shap-kernel or occlusion.`,
  );
}

/** DeepLIFT multipliers: what Deep SHAP needs. */
export function deepLiftSupport(graph: Graph): Support {
  const model = decomposed(graph);
  const varying = varyingValues(model);
  const ruled = (node: GraphNode) =>
    deepLiftRuleFor(node.op, {
      varying: node.inputs.map((input) => varying.has(input)),
      softmaxRule: 'log-softmax',
    }) !== undefined;
  return supportOf(nodesOnTheWay(model, ruled), () => assertDeepLift(graph));
}

/** @throws OPERATION_UNSUPPORTED where the graph has no DeepLIFT multipliers. */
export function assertDeepLift(graph: Graph): void {
  // Multipliers are computed in graphs whose number of samples is known.
  const forward = prepareDeepLift(withSamples(graph, graph.inputs[0]?.shape[0] ?? 2));
  const [output] = forward.graph.outputs;
  if (output === undefined) return;
  const builder = new GraphBuilder();
  const sides = { x: inlined(builder, forward.graph, 'x'), r: inlined(builder, forward.graph, 'r') };
  const gradient = builder.input('multiplier', 'double', output.shape);
  deepLiftMultipliers(builder, { forward, gradient, valueOf: (value, side) => sides[side].get(value) ?? value });
}

function inlined(builder: GraphBuilder, graph: Graph, side: string): ReadonlyMap<string, string> {
  const inputs = graph.inputs.map(({ name, type, shape }) => [name, builder.input(`${side} ${name}`, type, shape)] as const);
  return builder.inline(graph, { inputs: Object.fromEntries(inputs), prefix: `${side} ` }).values;
}

/** The nodes between input and output that `ruled` does not know. */
function nodesOnTheWay(graph: Graph, ruled: (node: GraphNode) => boolean): GraphNode[] {
  const varying = varyingValues(graph);
  return graph.nodes.filter((node) => node.outputs.some((output) => varying.has(output)) && !ruled(node));
}

/** A rule may exist and refuse what the node asks for: only trying tells. */
function supportOf(missing: readonly GraphNode[], attempt: () => void): Support {
  const nodes = missing.map(({ name, op }) => ({ name, op }));
  try {
    attempt();
    return { supported: true, nodes: [] };
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'OPERATION_UNSUPPORTED') throw error;
    return { supported: false, nodes, reason: error.message };
  }
}
