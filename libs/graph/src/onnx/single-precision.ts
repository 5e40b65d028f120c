import { sizeOf } from '@xaigrid/tensor';
import { halfValue } from '../half-value.js';
import { numberOf } from '../attributes.js';
import type { Attribute, Constant, ElementType, Graph, GraphNode } from '../graph.js';
import { dataTypes } from './data-types.js';

/**
 * A half-precision model in float32: the weights are the same numbers, and the arithmetic is more exact. Casts to float16 become
 * casts to float32.
 */
export function inSinglePrecision(graph: Graph): Graph {
  const single = (type: ElementType): ElementType => (type === 'float16' ? 'float' : type);
  return {
    ...graph,
    inputs: graph.inputs.map((value) => ({ ...value, type: single(value.type) })),
    outputs: graph.outputs.map((value) => ({ ...value, type: single(value.type) })),
    nodes: graph.nodes.map(singleNode),
    constants: new Map([...graph.constants].map(([name, constant]) => [name, singleConstant(constant)])),
  };
}

function singleNode(node: GraphNode): GraphNode {
  const casts = node.op === 'Cast' && numberOf(node, 'to', 0) === dataTypes.float16;
  const to: Attribute = { kind: 'int', value: dataTypes.float };
  const attributes = Object.entries(node.attributes).map(([name, attribute]): [string, Attribute] => [
    name,
    attribute.kind === 'tensor' ? { kind: 'tensor', value: singleConstant(attribute.value) } : attribute,
  ]);
  return { ...node, attributes: { ...Object.fromEntries(attributes), ...(casts ? { to } : {}) } };
}

function singleConstant(constant: Constant): Constant {
  const { type, shape, data } = constant;
  if (type !== 'float16' || !(data instanceof Uint16Array)) return constant;
  const values = new Float32Array(sizeOf(shape));
  data.forEach((bits, index) => (values[index] = halfValue(bits)));
  return { type: 'float', shape, data: values };
}
