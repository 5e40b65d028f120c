import { XaigridError } from '@xaigrid/contracts';
import { GraphBuilder } from '../builder.js';
import { deepLiftMultipliers } from '../deeplift/multipliers.js';
import { prepareDeepLift } from '../deeplift/prepare.js';
import { withSamples } from '../deeplift/with-samples.js';
import { differentiate } from '../gradients/differentiate.js';
import type { Graph } from '../graph.js';
import { relevance } from '../relevance/relevance.js';
import type { RelevanceRules } from '../relevance/rules.js';
import { inferShapes } from '../shapes/infer.js';
import { flopsOf, flopsOfNodes } from './flops.js';

/** The kind of a forward and backward pass: gradients at values of the graph, DeepLIFT's multipliers, or relevance at the input. */
export type BackwardPass = { readonly wrt: readonly string[] } | { readonly relevance: RelevanceRules } | 'deep-lift';

/** The floating-point operations of one forward pass of one sample; see `flopsOf`. */
export function forwardFlops(graph: Graph): number {
  return [...flopsOf(graph).values()].reduce((sum, count) => sum + count, 0);
}

/**
 * The floating-point operations of one forward and backward pass of one sample. They are counted on the graph that runs: the
 * forward nodes and the nodes that differentiation adds, which compute no gradients of weights. For DeepLIFT it is one pair: the
 * forward pass of the reference (which is kept for all samples if memory allows) and the multipliers.
 *
 * A graph that cannot be differentiated here (TensorFlow.js differentiates by itself) counts as two forward passes: the gradient
 * of the input takes one product for each product of the forward pass.
 */
export function gradientFlops(graph: Graph, pass: BackwardPass): number {
  try {
    if (pass === 'deep-lift') return deepLiftFlops(graph);
    return 'wrt' in pass ? differentiatedFlops(graph, pass.wrt) : relevanceFlops(graph, pass.relevance);
  } catch (error) {
    if (!(error instanceof XaigridError) || error.code !== 'OPERATION_UNSUPPORTED') throw error;
    return 2 * forwardFlops(graph);
  }
}

function differentiatedFlops(graph: Graph, wrt: readonly string[]): number {
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return forwardFlops(graph);
  const builder = new GraphBuilder();
  const x = builder.input('sample', input.type, [1, ...input.shape.slice(1)]);
  const { values } = builder.inline(graph, { inputs: { [input.name]: x } });
  const inBuilder = (name: string): string => values.get(name) ?? name;
  const gradient = builder.input('gradient of the output', output.type, [1, ...output.shape.slice(1)]);
  const gradients = differentiate(builder, { value: inBuilder(output.name), gradient, wrt: wrt.map(inBuilder) });
  for (const found of new Set(gradients)) builder.output(found);
  return total(builder);
}

function relevanceFlops(graph: Graph, rules: RelevanceRules): number {
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return forwardFlops(graph);
  const builder = GraphBuilder.from(withSamples({ ...graph, outputs: [] }, 1));
  const seed = builder.input(builder.fresh('relevance') + ' of the output', output.type, [1, ...output.shape.slice(1)]);
  const found = relevance(builder, { value: output.name, seed, input: input.name, rules });
  for (const value of [found.relevance, found.absorbed]) builder.output(value);
  return total(builder);
}

/**
 * The operations of one DeepLIFT pair. If samples are not rows of all values, the forward pass of the sample is repeated with
 * each reference.
 */
function deepLiftFlops(graph: Graph): number {
  return (prepareDeepLift(graph).inRows ? 1 : 2) * forwardFlops(graph) + multiplierFlops(withSamples(graph, 1));
}

function multiplierFlops(graph: Graph): number {
  const forward = prepareDeepLift(graph);
  const [input, output] = [graph.inputs[0], graph.outputs[0]];
  if (input === undefined || output === undefined) return 0;
  const infos = inferShapes(forward.graph);
  const builder = new GraphBuilder();
  const sides = { x: new Map<string, string>(), r: new Map<string, string>() };
  for (const side of ['x', 'r'] as const) {
    for (const name of new Set([input.name, ...forward.values[side]])) {
      const info = infos.get(name);
      if (info !== undefined) sides[side].set(name, builder.input(`${side} ${name}`, info.type, info.shape));
    }
  }
  const gradient = builder.input('multiplier of the output', output.type, [1, ...output.shape.slice(1)]);
  const multipliers = deepLiftMultipliers(builder, {
    forward,
    gradient,
    valueOf: (value, side) => sides[side].get(value) ?? value,
  });
  builder.output(multipliers);
  return total(builder);
}

function total(builder: GraphBuilder): number {
  const counts = flopsOfNodes(builder.build().nodes, (name) => (builder.hasInfo(name) ? builder.info(name).shape : []));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
