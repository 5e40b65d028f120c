import { XaigridError, type SoftmaxRule } from '@xaigrid/contracts';
import { GraphBuilder } from '../builder.js';
import type { Graph, GraphNode } from '../graph.js';
import { inferShapes, SOME_SAMPLES } from '../shapes/infer.js';
import { decomposed } from './decompose.js';
import { toDouble } from './log-softmax.js';
import { withSamples } from './with-samples.js';
import { inputOf, sides, type DeepLiftRule, type Side } from './deeplift-rule.js';
import { deepLiftOperators, deepLiftRuleFor } from './registry.js';

/** A model's forward graph, prepared for DeepLIFT. */
export interface DeepLiftForward {
  /**
   * The forward graph with the further values that the rules need. It is the same for x and r. Run it with r once to fill a
   * cache, and run or inline it for x. Its outputs are `output` and all of `values`.
   */
  readonly graph: Graph;
  /** The model's output in float64, computed in float64 from its logits on. Additivity is measured with it. */
  readonly output: string;
  /** The values of `graph` that the multipliers read, for the sample and for the reference. */
  readonly values: Readonly<Record<Side, readonly string[]>>;
  /** The model's own graph, in which operators without their own rules are split. */
  readonly model: Graph;
  readonly softmaxRule: SoftmaxRule;
  /**
   * Whether samples are rows of every value that rules read, so that one row of a side can be paired with many of the other. This
   * is not so if attention has its heads in the axis of the batch, or if the batch is the second axis. Then both sides must have
   * the same number of samples, in a graph in which this number is known (`withSamples`).
   */
  readonly inRows: boolean;
}

/**
 * Prepares a model's graph (one input, one output) for `deepLiftMultipliers`.
 * @throws OPERATION_UNSUPPORTED naming the node that has no DeepLIFT rule
 */
export function prepareDeepLift(graph: Graph, softmaxRule: SoftmaxRule = 'log-softmax'): DeepLiftForward {
  const model = decomposed(graph);
  const builder = GraphBuilder.from(model);
  const varying = varyingValues(model);
  const values: Record<Side, Set<string>> = { x: new Set(), r: new Set() };
  // A value that does not vary has no rows and is the same on both sides, so the multipliers use it unchanged.
  const own = new Set([...model.constants.keys(), ...model.nodes.flatMap(({ outputs }) => outputs)]);
  const differs = (value: string): boolean => varying.has(value) || !own.has(value);
  for (const { node, rule } of ruledNodes(model, softmaxRule)) {
    const read = rule.prepare({ builder, node, info: (value) => builder.info(value), varies: (value) => varying.has(value) });
    for (const side of sides) for (const value of read[side].filter(differs)) values[side].add(value);
  }
  const output = doubleOutput(builder, model);
  builder.output(output);
  for (const side of sides) for (const value of values[side]) if (!isInput(model, value)) builder.output(value);
  const [x, r] = [[...values.x], [...values.r]];
  const prepared = builder.build();
  return { graph: prepared, output, values: { x, r }, model, softmaxRule, inRows: areRows(prepared, [...x, ...r]) };
}

function areRows(graph: Graph, values: readonly string[]): boolean {
  const [input] = graph.inputs;
  if (input === undefined) return true;
  const samples = input.shape[0] ?? SOME_SAMPLES;
  const infos = inferShapes(withSamples(graph, samples));
  return values.every((name) => infos.get(name)?.shape[0] === samples);
}

const isInput = (graph: Graph, value: string) => graph.inputs.some(({ name }) => name === value);

/** Final operators of a model that are computed in float64. */
const heads = ['Softmax', 'LogSoftmax', 'Sigmoid', 'Exp'];

function doubleOutput(builder: GraphBuilder, model: Graph): string {
  const [output] = model.outputs;
  if (output === undefined) throw new TypeError(`Graph "${model.name}" has no output.`);
  const ending: GraphNode[] = [];
  let value = output.name;
  for (let node = builder.producerOf(value); node && heads.includes(node.op); node = builder.producerOf(value)) {
    ending.unshift(node);
    value = inputOf(node);
  }
  return ending.reduce((input, { op, attributes }) => builder.node(op, [input], attributes), toDouble(builder, value));
}

/** The values that depend on the values of the model's input. Shapes do not. */
export function varyingValues(model: Pick<Graph, 'inputs' | 'nodes'>): ReadonlySet<string> {
  const varying = new Set(model.inputs.map(({ name }) => name));
  for (const node of model.nodes) {
    if (node.op === 'Shape' || node.op === 'Size' || !node.inputs.some((input) => varying.has(input))) continue;
    for (const output of node.outputs) varying.add(output);
  }
  return varying;
}

/** Nodes that compute only from the model's constants and the shape of its input. They can be computed on either side. */
export function fixedNodes(model: Graph): GraphNode[] {
  const varying = varyingValues(model);
  const known = new Set(['', ...model.constants.keys(), ...model.inputs.map(({ name }) => name)]);
  return model.nodes.filter((node) => {
    const fixed = !node.outputs.some((output) => varying.has(output)) && node.inputs.every((input) => known.has(input));
    if (fixed) for (const output of node.outputs) known.add(output);
    return fixed;
  });
}

/** The nodes between the model's input and its output, each with its rule. */
export function ruledNodes(model: Graph, softmaxRule: SoftmaxRule): { node: GraphNode; rule: DeepLiftRule }[] {
  const varying = varyingValues(model);
  const fixed = new Set([...model.constants.keys(), ...fixedNodes(model).flatMap(({ outputs }) => outputs)]);
  return model.nodes.flatMap((node) => {
    if (!node.outputs.some((output) => varying.has(output))) return [];
    const [condition = ''] = node.inputs;
    // GroupNormalization of tf2onnx: a tensor of ones, as many as the values of a layer.
    if (node.op === 'Where' && !varying.has(condition) && !fixed.has(condition)) {
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        `Node "${node.name}" (Where) chooses by the shape of a value inside the model, which has no DeepLIFT rule here.`,
      );
    }
    const rule = deepLiftRuleFor(node.op, { varying: node.inputs.map((input) => varying.has(input)), softmaxRule });
    if (rule === undefined) {
      throw new XaigridError(
        'OPERATION_UNSUPPORTED',
        `Node "${node.name}" uses ${node.op}, which has no DeepLIFT rule here. Operators that do: ${deepLiftOperators.join(', ')}.`,
      );
    }
    return [{ node, rule }];
  });
}
