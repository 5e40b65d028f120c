import { int, ints, numberOf } from '../attributes.js';
import { GraphBuilder } from '../builder.js';
import { int64s } from '../constants.js';
import type { Attribute, Constant, ElementType, Graph, GraphNode, Shape } from '../graph.js';
import { dataTypes } from '../onnx/data-types.js';
import { decomposed } from '../deeplift/decompose.js';
import { inferShapes } from '../shapes/infer.js';
import { averageAsSum } from './average-as-sum.js';
import { convolutionAsProduct } from './convolution-as-product.js';

/** The float64 copy of each constant, so that a model converted several times has its weights once. */
const doubles = new WeakMap<Constant, Constant>();

/**
 * The same graph in float64: float inputs and constants become double, and so do casts to float. ONNX Runtime's CPU provider has
 * no float64 kernels for Conv, AveragePool, GlobalAveragePool, GlobalMaxPool, LRN and InstanceNormalization, so these are
 * expressed by other operators. It has none for ConvTranspose, Resize, Erf, Celu and Mean either: a graph with these is correct
 * but cannot run there. The names of inputs stay; other values get new names.
 * @throws OPERATION_UNSUPPORTED for a convolution whose weights are computed or whose input's size is not known
 */
export function inDoublePrecision(model: Graph): Graph {
  const builder = new GraphBuilder(model.name);
  const graph = decomposed(model);
  const infos = inferShapes(graph);
  const values = new Map<string, string>();
  for (const { name, type, shape } of graph.inputs) values.set(name, builder.input(name, doubleType(type), shape));
  for (const [name, constant] of graph.constants) values.set(name, builder.constant(doubleConstant(constant), name));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? '' : (values.get(name) ?? name)));
    const shape = infos.get(node.inputs[0] ?? '')?.shape ?? [];
    const outputs = withDoubleKernels(builder, { ...node, inputs, attributes: doubleAttributes(node) }, shape);
    node.outputs.forEach((name, index) => {
      if (name !== '') values.set(name, outputs[index] ?? '');
    });
  }
  for (const { name } of graph.outputs) builder.output(values.get(name) ?? name);
  return builder.build();
}

function withDoubleKernels(builder: GraphBuilder, node: GraphNode, shape: Shape): readonly string[] {
  const [input = ''] = node.inputs;
  const positions = shape.slice(2);
  if (node.op === 'Conv') return [convolutionAsProduct(builder, node)];
  if (node.op === 'AveragePool') return [averageAsSum(builder, node)];
  if (node.op === 'GlobalAveragePool') {
    const axes = builder.constant(int64s(positions.map((_, axis) => axis + 2)), 'axes');
    return [builder.node('ReduceMean', [input, axes], { keepdims: int(1) })];
  }
  if (node.op === 'GlobalMaxPool' && !positions.includes(null)) {
    return [builder.node('MaxPool', [input], { kernel_shape: ints(positions.map((extent) => extent ?? 1)) })];
  }
  return builder.node(node.op, node.inputs, node.attributes, node.outputs.length);
}

const doubleType = (type: ElementType): ElementType => (type === 'float' ? 'double' : type);

function doubleConstant(constant: Constant): Constant {
  if (constant.type !== 'float') return constant;
  const double = doubles.get(constant) ?? { ...constant, type: 'double', data: Float64Array.from(constant.data, Number) };
  doubles.set(constant, double);
  return double;
}

function doubleAttributes({ op, attributes }: GraphNode): GraphNode['attributes'] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]): [string, Attribute] => {
      if (attribute.kind === 'tensor') return [name, { kind: 'tensor', value: doubleConstant(attribute.value) }];
      const castToFloat = op === 'Cast' && name === 'to' && numberOf({ attributes }, name, 0) === dataTypes.float;
      return [name, castToFloat ? int(dataTypes.double) : attribute];
    }),
  );
}
