import { textOf } from './attributes.js';
import { numbersOf } from './constants.js';
import type { Graph, GraphNode } from './graph.js';
import { inferShapes, SOME_SAMPLES } from './shapes/infer.js';

/**
 * Names of what earlier versions computed wrongly, or by another convention, in a graph like this one: see `Model.corrections`.
 * - `resize`: the sizes and positions of a Resize with a fractional scale were computed in float64.
 * - `extremes`: for equal inputs of Max and Min, the first got all of the gradient.
 * - `maxima`: zeros around the input of a max-pooling were left to ONNX Runtime's Pad_Fusion, which treats them as −∞.
 * - `multiples`: extents left over beside a multiple of the batch, `reshape(n * 4, 2, -1)`, were too large by that factor.
 *
 * Three more are added elsewhere: `company` if the samples of a batch depend on each other, `fixed-batch` if the file has a fixed
 * batch, and `features-last` if layers of a channels-first file have their channels last.
 */
export function graphCorrections(graph: Graph): string[] {
  const found = [
    graph.nodes.some((node) => node.op === 'Resize' && !isByWholeNumbers(node, graph)) ? ['resize'] : [],
    graph.nodes.some(({ op, inputs }) => (op === 'Max' || op === 'Min') && inputs.length > 1) ? ['extremes'] : [],
    graph.nodes.some((node) => readsZeros(node, graph)) ? ['maxima'] : [],
    hasMultiplesOfBatch(graph) ? ['multiples'] : [],
  ];
  return found.flat();
}

/** Operators whose output is never below the zeros around it. */
const neverNegative = new Set(['Relu', 'Sigmoid', 'HardSigmoid', 'Softmax', 'Softplus', 'Abs', 'Exp']);

/** Whether this is a max-pooling of a value that may be negative, with constants around it. */
function readsZeros(node: GraphNode, { nodes, constants }: Graph): boolean {
  const producerOf = ({ inputs }: GraphNode) => nodes.find(({ outputs }) => outputs.includes(inputs[0] ?? ''));
  const pad = node.op === 'MaxPool' ? producerOf(node) : undefined;
  if (pad?.op !== 'Pad' || textOf(pad, 'mode', 'constant') !== 'constant') return false;
  const widths = constants.get(pad.inputs[1] ?? '');
  if (widths !== undefined && numbersOf(widths).every((width) => width === 0)) return false;
  return !neverNegative.has(producerOf(pad)?.op ?? '');
}

/** Whether a value is reshaped to several rows per sample, as the heads of attention are. */
function hasMultiplesOfBatch(graph: Graph): boolean {
  const [input] = graph.inputs;
  const reshapes = graph.nodes.filter(({ op }) => op === 'Reshape');
  if (input?.shape[0] !== null || reshapes.length === 0) return false;
  const infos = inferShapes(graph, { [input.name]: [SOME_SAMPLES, ...input.shape.slice(1)] });
  return reshapes.some(({ outputs }) => {
    const [rows = null, ...extents] = infos.get(outputs[0] ?? '')?.shape ?? [];
    return rows !== null && rows > SOME_SAMPLES && rows % SOME_SAMPLES === 0 && extents.length > 1;
  });
}

function isByWholeNumbers({ inputs, outputs }: GraphNode, graph: Graph): boolean {
  const scales = graph.constants.get(inputs[2] ?? '');
  if (scales !== undefined && scales.data.length > 0) return numbersOf(scales).every(Number.isInteger);
  const infos = inferShapes(graph);
  const [from = [], to = []] = [inputs[0], outputs[0]].map((name) => infos.get(name ?? '')?.shape);
  return from.every((extent, axis) => extent === null || (to[axis] ?? NaN) % extent === 0);
}
