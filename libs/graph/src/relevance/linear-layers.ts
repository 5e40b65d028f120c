import { numberOf, without } from '../attributes.js';
import type { GraphBuilder } from '../builder.js';
import { constantOf, numbersOf } from '../constants.js';
import type { Constant, GraphNode } from '../graph.js';
import { liveNodes } from '../live-nodes.js';
import { alongAxis, combined, mapped } from './weights.js';

/** A linear layer with constant weights, and the constants that follow it. */
export interface LinearLayer {
  /** Computes the layer without its bias: its inputs are the layer's input and the weights. Its output is the layer's, with the bias. */
  readonly node: GraphNode;
  readonly kind: 'convolution' | 'dense';
  /** Which of the node's inputs is the layer's input; the other one is the weights. */
  readonly input: 0 | 1;
  readonly weights: Constant;
  /** Repeated to the shape of the output. Absent: none. */
  readonly bias?: Constant | undefined;
  /** Whether no other linear layer lies before it. */
  readonly first: boolean;
}

/** Nodes on the way from an input to a value. */
export interface CanonicalNodes {
  /** In topological order, each linear layer as one node. */
  readonly nodes: readonly GraphNode[];
  readonly layers: ReadonlyMap<GraphNode, LinearLayer>;
}

const kinds: Readonly<Record<string, LinearLayer['kind']>> = {
  Conv: 'convolution',
  ConvTranspose: 'convolution',
  Gemm: 'dense',
  MatMul: 'dense',
};

/**
 * The nodes between `input` and `value`, with each linear layer made canonical: a batch normalization, and a constant that is
 * added or multiplied directly behind a convolution or dense layer, become part of its weights and bias.
 */
export function canonicalNodes(
  builder: GraphBuilder,
  { input, value }: { readonly input: string; readonly value: string },
): CanonicalNodes {
  const live = liveNodes(builder.nodes, [value]);
  const consumers = new Map<string, GraphNode[]>();
  for (const node of live) for (const name of new Set(node.inputs)) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  const varying = new Set([input]);
  const behindLinear = new Set<string>();
  const folded = new Set<GraphNode>();
  const nodes: GraphNode[] = [];
  const layers = new Map<GraphNode, LinearLayer>();
  for (const node of live) {
    if (node.op === 'Shape' || !node.inputs.some((name) => varying.has(name))) continue;
    for (const output of node.outputs) varying.add(output);
    const behind = node.inputs.some((name) => behindLinear.has(name));
    let layer = linearLayer(builder, node, { varying, first: !behind });
    if (behind || layer !== undefined) for (const output of node.outputs) behindLinear.add(output);
    if (folded.has(node)) continue;
    for (let [output = ''] = node.outputs; layer !== undefined && output !== value; [output = ''] = layer.node.outputs) {
      const [next, another] = consumers.get(output) ?? [];
      const longer = next === undefined || another !== undefined ? undefined : withFollower(builder, layer, next);
      if (next === undefined || longer === undefined) break;
      folded.add(next);
      layer = longer;
    }
    nodes.push(layer?.node ?? node);
    if (layer !== undefined) layers.set(layer.node, layer);
  }
  return { nodes, layers };
}

/** Undefined if the node is not linear in one input with constants for the others. */
function linearLayer(
  builder: GraphBuilder,
  node: GraphNode,
  { varying, first }: { readonly varying: ReadonlySet<string>; readonly first: boolean },
): LinearLayer | undefined {
  const kind = kinds[node.op];
  const input = node.op === 'MatMul' && varying.has(node.inputs[1] ?? '') ? 1 : 0;
  const given = builder.constantOf(node.inputs[1 - input] ?? '');
  const biasName = node.inputs[2] ?? '';
  const own = builder.constantOf(biasName);
  if (kind === undefined || given === undefined || (biasName !== '' && own === undefined)) return undefined;
  const [alpha, beta] = node.op === 'Gemm' ? [numberOf(node, 'alpha', 1), numberOf(node, 'beta', 1)] : [1, 1];
  const weights = alpha === 1 ? given : mapped(given, (weight) => alpha * weight);
  const scaled = own === undefined || beta === 1 ? own : mapped(own, (value) => beta * value);
  // The bias of a convolution is one number per channel, the second axis.
  const wide = kind === 'convolution' ? weights.shape.slice(2).map(() => 1) : [];
  const bias = scaled === undefined ? undefined : { ...scaled, shape: [...scaled.shape, ...wide] };
  const plain = { ...node, attributes: without(node.attributes, 'alpha', 'beta') };
  return { node: withWeights(builder, plain, { input, weights }), kind, input, weights, bias, first };
}

/** The node with other weights and no bias. */
function withWeights(
  builder: GraphBuilder,
  node: GraphNode,
  { input, weights }: { readonly input: number; readonly weights: Constant },
): GraphNode {
  const both = [node.inputs[0] ?? '', node.inputs[1] ?? ''];
  return { ...node, inputs: both.with(1 - input, builder.constant(weights, 'weights')) };
}

/** The layer and the node behind it as one layer. Undefined if the node has to stay. */
function withFollower(builder: GraphBuilder, layer: LinearLayer, follower: GraphNode): LinearLayer | undefined {
  const [output = ''] = layer.node.outputs;
  const [next = ''] = follower.outputs;
  const { type, shape } = builder.info(output);
  if (!builder.hasInfo(next) || builder.info(next).shape.some((extent, axis) => extent !== shape[axis])) return undefined;
  if (builder.info(next).type !== type || builder.info(next).shape.length !== shape.length) return undefined;
  const affine = affineOf(builder, follower, output);
  if (affine === undefined) return undefined;
  const { scale, shift } = affine;
  const weights = scale === undefined ? layer.weights : scaledWeights(layer, scale, shape.length);
  if (weights === undefined) return undefined;
  const scaled = scale === undefined || layer.bias === undefined ? layer.bias : combined(layer.bias, scale, (b, s) => b * s);
  const bias = shift === undefined || scaled === undefined ? (shift ?? scaled) : combined(scaled, shift, (b, s) => b + s);
  const node = { ...withWeights(builder, layer.node, { ...layer, weights }), outputs: [next] };
  return { ...layer, node, weights, bias };
}

/** y = scale · x + shift, both repeated to the shape of x. */
interface Affine {
  readonly scale?: Constant;
  readonly shift?: Constant;
}

/** The node as an affine function of its input `x` with constants. Undefined if it is none. */
export function affineOf(builder: GraphBuilder, node: GraphNode, x: string): Affine | undefined {
  const at = node.inputs.indexOf(x);
  const other = builder.constantOf(node.inputs[1 - at] ?? '');
  const minus = (constant: Constant) => mapped(constant, (value) => -value);
  const negated = (constant: Constant) => constantOf(constant.type, [], [-1]);
  switch (node.op) {
    case 'Identity':
    case 'Dropout':
      return {};
    case 'Add':
      return other && { shift: other };
    case 'Sub':
      return other && (at === 0 ? { shift: minus(other) } : { scale: negated(other), shift: other });
    case 'Mul':
      return other && { scale: other };
    case 'Div':
      return other && at === 0 ? { scale: mapped(other, (value) => 1 / value) } : undefined;
    case 'BatchNormalization':
      return at === 0 ? normalization(builder, node) : undefined;
    default:
      return undefined;
  }
}

/** γ/√(σ² + ε) and β − mean · γ/√(σ² + ε) */
function normalization(builder: GraphBuilder, node: GraphNode): Affine | undefined {
  const [gamma, beta, mean, variance] = node.inputs.slice(1).map((name) => builder.constantOf(name));
  if (gamma === undefined || beta === undefined || mean === undefined || variance === undefined) return undefined;
  const [means, variances, shifts] = [mean, variance, beta].map(numbersOf);
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const slopes = numbersOf(gamma).map((value, channel) => value / Math.sqrt((variances?.[channel] ?? NaN) + epsilon));
  const offsets = slopes.map((slope, channel) => (shifts?.[channel] ?? NaN) - (means?.[channel] ?? NaN) * slope);
  const rank = builder.info(node.inputs[0] ?? '').shape.length;
  const shape = [slopes.length, ...new Array<number>(rank - 2).fill(1)];
  return { scale: constantOf(gamma.type, shape, slopes), shift: constantOf(gamma.type, shape, offsets) };
}

/** The weights, each times the scale of the output channel that it is for. Undefined if the scale varies along another axis. */
function scaledWeights({ node, input, weights }: LinearLayer, scale: Constant, rank: number): Constant | undefined {
  const axis = node.op === 'MatMul' ? rank - 1 : 1;
  const scales = alongAxis(scale, { axis, rank });
  if (scales === undefined) return undefined;
  const [only] = scales;
  if (scales.length === 1) return mapped(weights, (weight) => weight * (only ?? NaN));
  const channel = outputChannel(node, { input, shape: weights.shape });
  return channel && mapped(weights, (weight, index) => weight * (scales[channel(index)] ?? NaN));
}

/** The output channel that each weight is for. */
function outputChannel(
  node: GraphNode,
  { input, shape }: { readonly input: number; readonly shape: readonly number[] },
): ((index: number) => number) | undefined {
  const sizeFrom = (axis: number) => shape.slice(axis).reduce((product, extent) => product * extent, 1);
  const [rows = 1, columns = 1] = shape;
  const last = shape.at(-1) ?? 1;
  switch (node.op) {
    case 'Conv':
      return (index) => Math.floor(index / sizeFrom(1));
    case 'ConvTranspose': {
      // `[in, out/groups, ...kernel]`
      const perGroup = rows / numberOf(node, 'group', 1);
      const group = (index: number) => Math.floor(index / sizeFrom(1) / perGroup);
      return (index) => group(index) * columns + (Math.floor(index / sizeFrom(2)) % columns);
    }
    case 'Gemm':
      return numberOf(node, 'transB', 0) === 1 ? (index) => Math.floor(index / columns) : (index) => index % columns;
    default:
      return input === 0 && shape.length > 1 ? (index) => index % last : undefined;
  }
}
