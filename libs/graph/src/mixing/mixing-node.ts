import { numberOf } from '../attributes.js';
import { numbersOf } from '../constants.js';
import { varyingValues } from '../deeplift/prepare.js';
import type { Graph, GraphNode } from '../graph.js';
import { mlOperators } from '../onnx/ml/operators.js';
import { recurrentOps } from '../recurrent-ops.js';
import { reducedAxes } from '../shapes/reduction.js';
import { axisOf, type TypeAndShape } from '../shapes/shape-rule.js';
import { inferShapes, SOME_SAMPLES } from '../shapes/infer.js';
import {
  along,
  axisAttribute,
  elementwise,
  matrixProduct,
  reduced,
  reshaped,
  rows,
  transposed,
  type SampleAxis,
  type SampleAxisRule,
  type SampleAxisScope,
} from './sample-axis.js';

const elementwiseOps = `Add Sub Mul Div Pow Mod Max Min Sum Mean And Or Xor Not Equal Less Greater LessOrEqual GreaterOrEqual Where
  Identity Cast Dropout Clip Relu LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Tanh Softplus Softsign Mish
  ThresholdedRelu Shrink Gelu Exp Log Sqrt Abs Neg Sign Reciprocal Erf Floor Ceil Round IsNaN IsInf Sin Cos Tan Asin Acos Atan Sinh
  Cosh Asinh Acosh Atanh Expand QuantizeLinear DequantizeLinear`;
const rowOps = `Conv ConvTranspose MaxPool AveragePool LpPool GlobalMaxPool GlobalAveragePool GlobalLpPool InstanceNormalization
  GroupNormalization LRN DepthToSpace SpaceToDepth QLinearConv ConvInteger BatchNormalization`;
const reductionOps = `ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp
  ReduceLogSum`;
const words = (text: string) => text.split(/\s+/);

const reductionAxes = (scope: SampleAxisScope) =>
  reducedAxes({
    node: scope.node,
    input: (index) => ({ type: 'float', shape: scope.shape(index) }),
    has: (index) => (scope.node.inputs[index] ?? '') !== '',
    values: (index) => scope.values(index)?.slice(),
  });

/** All axes from `axis` on. */
const trailing = ({ node, shape }: SampleAxisScope) => {
  const rank = shape(0).length;
  const first = axisOf(numberOf(node, 'axis', -1), rank);
  return Array.from({ length: rank - first }, (_, index) => first + index);
};

/** The axes along which the output has another extent than the input, or shows other positions. */
const moved = (scope: SampleAxisScope): readonly number[] | undefined => {
  const { node, shape, outputShape, values } = scope;
  const changed = shape(0).flatMap((extent, axis) => (extent === outputShape[axis] ? [] : [axis]));
  if (node.op !== 'Slice') return changed;
  const [starts, ends] = [values(1), values(2)];
  const axes = (node.inputs[3] ?? '') === '' ? starts?.map((_, axis) => axis) : values(3);
  const steps = (node.inputs[4] ?? '') === '' ? starts?.map(() => 1) : values(4);
  if (starts === undefined || ends === undefined || axes === undefined || steps === undefined) return undefined;
  return [...changed, ...axes.filter((_, index) => starts[index] !== 0 || steps[index] !== 1)];
};

/** A lookup. Either the indices or the data may differ by sample, not both. */
const gather: SampleAxisRule = ({ node, sampleAxis, shape }) => {
  const axis = axisOf(numberOf(node, 'axis', 0), shape(0).length);
  const [data, indices] = [sampleAxis(0), sampleAxis(1)];
  if (data !== undefined && indices !== undefined) return undefined;
  if (indices !== undefined) return { ...indices, axis: indices.axis + axis };
  if (data === undefined || data.axis === axis) return undefined;
  return data.axis < axis ? data : { ...data, axis: data.axis + shape(1).length - 1 };
};

/** A matrix product. The samples are rows of the first matrix. */
const gemm: SampleAxisRule = (scope) => {
  const [a, b, c] = [0, 1, 2].map(scope.sampleAxis);
  if (a?.axis !== numberOf(scope.node, 'transA', 0) || b !== undefined) return undefined;
  const own = { ...a, axis: 0 };
  const added = c && { ...c, axis: c.axis + 2 - scope.shape(2).length };
  return added === undefined || JSON.stringify(added) === JSON.stringify(own) ? own : undefined;
};

/**
 * The samples are the second axis of a recurrent layer's input, `[steps, n, features]`. In its first output the directions come
 * before them.
 */
const recurrent: SampleAxisRule = ({ node, sampleAxis }) => {
  const own = sampleAxis(0);
  const alone = node.inputs.every((_, index) => index === 0 || sampleAxis(index) === undefined);
  return own?.axis === 1 && alone && numberOf(node, 'layout', 0) === 0 ? { ...own, axis: 2 } : undefined;
};

const rules: ReadonlyMap<string, SampleAxisRule> = new Map<string, SampleAxisRule>([
  ...words(elementwiseOps).map((op) => [op, elementwise] as const),
  ...[...words(rowOps), ...mlOperators].map((op) => [op, rows] as const),
  ...words(reductionOps).map((op) => [op, reduced(reductionAxes)] as const),
  ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'].map((op) => [op, reshaped] as const),
  ...['ArgMax', 'ArgMin'].map((op) => [op, reduced(axisAttribute(0))] as const),
  ...['Softmax', 'LogSoftmax', 'Hardmax', 'LpNormalization', 'TopK'].map((op) => [op, along(axisAttribute(-1))] as const),
  ...['Concat', 'Split', 'GatherElements'].map((op) => [op, along(axisAttribute(0))] as const),
  ...['Slice', 'Pad', 'Tile', 'Resize'].map((op) => [op, along(moved)] as const),
  ['LayerNormalization', along(trailing)],
  ['CumSum', along(({ values }) => values(1))],
  ['Transpose', transposed],
  ['Gather', gather],
  ['Gemm', gemm],
  ['MatMul', matrixProduct(0, 1)],
  ['MatMulInteger', matrixProduct(0, 1)],
  ['QLinearMatMul', matrixProduct(0, 3)],
  ...Array.from(recurrentOps, (op) => [op, recurrent] as const),
]);

/**
 * The first node in which a sample's result depends on the rest of its batch: a scale over all values, a normalisation or a
 * reduction over samples, samples selected by their number. Undefined if every sample is computed by itself. An operator that is
 * not known to keep samples apart counts as mixing them: computing one sample at a time is correct in any case.
 */
export function mixingNode(graph: Graph): GraphNode | undefined {
  const [input] = graph.inputs;
  const [output] = graph.outputs;
  if (input === undefined || output === undefined) return undefined;
  const infos = inferShapes(graph, { [input.name]: [SOME_SAMPLES, ...input.shape.slice(1)] });
  const varying = varyingValues(graph);
  const sampleAxes = new Map<string, SampleAxis>([[input.name, { axis: 0, outer: 1, inner: 1 }]]);
  let last: GraphNode | undefined;
  for (const node of graph.nodes) {
    if (!node.outputs.some((name) => varying.has(name))) continue;
    last = node;
    const sampleAxis = rules.get(node.op)?.(scopeOf(node, graph, infos, sampleAxes));
    if (sampleAxis === undefined) return node;
    node.outputs.forEach((name, index) => {
      // The last states lack the axis of steps.
      sampleAxes.set(name, recurrentOps.has(node.op) && index > 0 ? { ...sampleAxis, axis: sampleAxis.axis - 1 } : sampleAxis);
    });
  }
  const found = sampleAxes.get(output.name);
  return found?.axis === 0 && found.outer === 1 && found.inner === 1 ? undefined : last;
}

function scopeOf(
  node: GraphNode,
  graph: Graph,
  infos: ReadonlyMap<string, TypeAndShape>,
  sampleAxes: ReadonlyMap<string, SampleAxis>,
): SampleAxisScope {
  const shapeOf = (name = '') => (infos.get(name)?.shape ?? []).map((extent) => extent ?? Number.NaN);
  return {
    node,
    samples: SOME_SAMPLES,
    sampleAxis: (index) => sampleAxes.get(node.inputs[index] ?? ''),
    shape: (index) => shapeOf(node.inputs[index]),
    outputShape: shapeOf(node.outputs[0]),
    values(index) {
      const name = node.inputs[index] ?? '';
      const constant = graph.constants.get(name);
      if (constant !== undefined) return numbersOf(constant);
      const known = infos.get(name)?.extents?.filter((extent) => extent !== null);
      return known?.length === infos.get(name)?.extents?.length ? known : undefined;
    },
  };
}
