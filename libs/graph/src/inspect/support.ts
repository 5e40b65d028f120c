import { XaigridError, type ReluRule } from '@xaigrid/contracts';
import { GraphBuilder } from '../builder.js';
import { deepLiftMultipliers } from '../deeplift/multipliers.js';
import { prepareDeepLift, varyingValues } from '../deeplift/prepare.js';
import { withSamples } from '../deeplift/with-samples.js';
import { decomposed } from '../deeplift/decompose.js';
import { deepLiftRuleFor } from '../deeplift/registry.js';
import { backward } from '../gradients/differentiate.js';
import { gradientRules } from '../gradients/registry.js';
import { relevance } from '../relevance/relevance.js';
import type { RelevanceRules } from '../relevance/rules.js';
import type { Graph, GraphNode } from '../graph.js';

/** Whether a model supports a computation, and if not, what prevents it. */
export interface Support {
  readonly supported: boolean;
  /** The nodes whose operator has no rule at all. */
  readonly nodes: readonly { readonly name: string; readonly op: string }[];
  /** The message of the first node that prevents it. */
  readonly reason?: string;
}

/** Support of gradients of the output with respect to the input, which Gradient SHAP and SISE need. */
export function gradientSupport(graph: Graph): Support {
  return supportOf(
    nodesOnTheWay(graph, (node) => gradientRules.has(node.op)),
    () => assertDifferentiable(graph),
  );
}

/**
 * Checks that the output can be differentiated with respect to `wrt`, values of the graph (default: its input).
 * @param reluRule what shall go back through ReLUs, of which there must then be one on the way
 * @throws OPERATION_UNSUPPORTED if it cannot, or if the output changes only in steps, as the votes of nearest neighbours do: a
 * gradient of 0 everywhere explains nothing.
 */
export function assertDifferentiable(graph: Graph, wrt?: readonly string[], reluRule?: ReluRule): void {
  const builder = GraphBuilder.from(graph);
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return;
  const gradient = builder.input(builder.fresh('gradient') + ' of the output', output.type, output.shape);
  const asked = wrt ?? [input.name];
  const stops: GraphNode[] = [];
  const relus: GraphNode[] = [];
  const passed = (node: GraphNode, gradients: readonly string[]) => {
    if (gradients.length === 0) stops.push(node);
    if (node.op === 'Relu') relus.push(node);
  };
  const found = backward(builder, { value: output.name, gradient, wrt: asked, passed });
  if (reluRule !== undefined && relus.length === 0) throw noRelu();
  const [stop] = stops;
  if (stop === undefined || asked.some((value) => found.has(value))) return;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `Node "${stop.name}" (${stop.op}) gives whole numbers or truth values: the model's output changes only in steps, and its gradient is 0 everywhere. Use a method that needs no gradient: shap-kernel or occlusion.`,
  );
}

/** The error of a rule for ReLUs in a model without one. */
export function noRelu(): XaigridError {
  return new XaigridError(
    'OPERATION_UNSUPPORTED',
    'The model has no ReLU between its input and its output, and the method differs from the gradient only there. (Leaky ReLU, ReLU6, GELU and others are passed by their gradient.) Use the method gradient.',
  );
}

/** Support of DeepLIFT multipliers, which Deep SHAP needs. */
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

/**
 * Checks that a graph has DeepLIFT multipliers.
 * @throws OPERATION_UNSUPPORTED if it has none.
 */
export function assertDeepLift(graph: Graph): void {
  // Multipliers are computed in graphs with a known number of samples.
  const forward = prepareDeepLift(withSamples(graph, graph.inputs[0]?.shape[0] ?? 2));
  const [output] = forward.graph.outputs;
  if (output === undefined) return;
  const builder = new GraphBuilder();
  const sides = { x: inlined(builder, forward.graph, 'x'), r: inlined(builder, forward.graph, 'r') };
  const gradient = builder.input('multiplier', 'double', output.shape);
  deepLiftMultipliers(builder, { forward, gradient, valueOf: (value, side) => sides[side].get(value) ?? value });
}

/**
 * Checks that relevance can be propagated from a graph's output back to its input.
 * @throws OPERATION_UNSUPPORTED if it cannot.
 */
export function assertRelevance(graph: Graph, rules: RelevanceRules): void {
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return;
  const builder = GraphBuilder.from(withSamples(graph, input.shape[0] ?? 2));
  const seed = builder.input(builder.fresh('relevance') + ' of the output', output.type, builder.info(output.name).shape);
  relevance(builder, { value: output.name, seed, input: input.name, rules });
}

function inlined(builder: GraphBuilder, graph: Graph, side: string): ReadonlyMap<string, string> {
  const inputs = graph.inputs.map(({ name, type, shape }) => [name, builder.input(`${side} ${name}`, type, shape)] as const);
  return builder.inline(graph, { inputs: Object.fromEntries(inputs), prefix: `${side} ` }).values;
}

/** The nodes between input and output for which `ruled` is false. */
function nodesOnTheWay(graph: Graph, ruled: (node: GraphNode) => boolean): GraphNode[] {
  const varying = varyingValues(graph);
  return graph.nodes.filter((node) => node.outputs.some((output) => varying.has(output)) && !ruled(node));
}

/** Tries the computation too: a rule may exist but refuse a node's options. */
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
