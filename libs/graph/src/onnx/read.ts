import { XaigridError } from '@xaigrid/contracts';
import { sizeOf } from '@xaigrid/tensor';
import { arrayOf } from '../constants.js';
import { OPSET, type Attribute, type Constant, type ElementType, type Graph, type GraphNode, type ValueInfo } from '../graph.js';
import { elementTypeOf } from '../shapes/elementwise.js';
import {
  attributeTypes,
  modelProto,
  type AttributeProto,
  type Int64,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema.js';
import { upgradeNodes } from './upgrade.js';

/** The operator sets that are read; what is older or newer may mean other things by the same names. */
const OLDEST = 7;
const NEWEST = 21;

/**
 * Reads an ONNX model file; nodes are brought to operator set 18, Constant nodes become constants.
 * @throws MODEL_UNREADABLE for a damaged file, weights in other files, or one of another operator set
 * @throws MODEL_UNSUPPORTED for subgraphs, other operator domains or element types
 */
export function readOnnx(bytes: Uint8Array): Graph {
  const model = decode(bytes);
  const { graph } = model;
  if (graph === null || graph.node.length === 0) throw unreadable('it has no graph.');
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const version = opset === undefined ? 0 : Number(opset.version.toString());
  if (version < OLDEST || version > NEWEST) {
    throw unreadable(`its operator set is ${version}; ${OLDEST} to ${NEWEST} can be read.`);
  }
  if (graph.sparseInitializer.length > 0)
    throw new XaigridError('MODEL_UNSUPPORTED', 'The ONNX model has sparse weights, which are not supported.');
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, constantFrom(tensor)]));
  const nodes: GraphNode[] = [];
  for (const [index, proto] of graph.node.entries()) {
    const node = nodeFrom(proto, index);
    const constant = constantNode(node);
    if (constant === undefined) nodes.push(node);
    else constants.set(node.outputs[0] ?? '', constant);
  }
  // Files up to IR version 3 list weights among the inputs.
  const inputs = graph.input.filter(({ name }) => !constants.has(name)).map(valueFrom);
  const read = {
    name: graph.name === '' ? 'model' : graph.name,
    opset: OPSET,
    inputs,
    outputs: graph.output.map(valueFrom),
    ...upgradeNodes(nodes, constants, inputs, version),
  };
  checkNames(read);
  return read;
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    // The one place where the wire format becomes our types: unset fields read as their defaults.
    return modelProto.decode(bytes) as unknown as ModelProto;
  } catch (error) {
    throw unreadable('it is truncated or not ONNX.', error);
  }
}

function unreadable(reason: string, cause?: unknown): XaigridError {
  return new XaigridError('MODEL_UNREADABLE', `The ONNX model cannot be read: ${reason}`, { cause });
}

const integer = (value: Int64): number => Number(value.toString());

function nodeFrom(proto: NodeProto, index: number): GraphNode {
  const name = proto.name !== '' ? proto.name : (proto.output[0] ?? `node ${index}`);
  if (proto.domain !== '' && proto.domain !== 'ai.onnx') {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${name}" uses ${proto.opType} of operator domain "${proto.domain}"; only ONNX's own operators are supported.`,
    );
  }
  const attributes = Object.fromEntries(proto.attribute.map((attribute) => [attribute.name, attributeFrom(attribute, name)]));
  return { name, op: proto.opType, inputs: [...proto.input], outputs: [...proto.output], attributes };
}

function attributeFrom(proto: AttributeProto, node: string): Attribute {
  // Unset bytes read as an empty list.
  const textOf = (bytes: Iterable<number>) => new TextDecoder().decode(Uint8Array.from(bytes));
  switch (proto.type) {
    case attributeTypes.float:
      return { kind: 'float', value: proto.f };
    case attributeTypes.int:
      return { kind: 'int', value: integer(proto.i) };
    case attributeTypes.string:
      return { kind: 'string', value: textOf(proto.s) };
    case attributeTypes.floats:
      return { kind: 'floats', value: [...proto.floats] };
    case attributeTypes.ints:
      return { kind: 'ints', value: proto.ints.map(integer) };
    case attributeTypes.strings:
      return { kind: 'strings', value: proto.strings.map(textOf) };
    case attributeTypes.tensor:
      if (proto.t !== null) return { kind: 'tensor', value: constantFrom(proto.t) };
  }
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `Node "${node}" has an attribute "${proto.name}" of a kind (${proto.type}) that is not supported.`,
  );
}

/** The value of a Constant node. */
function constantNode(node: GraphNode): Constant | undefined {
  if (node.op !== 'Constant') return undefined;
  const [attribute] = Object.values(node.attributes);
  if (attribute?.kind === 'tensor') return attribute.value;
  if (attribute?.kind === 'float') return { type: 'float', shape: [], data: Float32Array.of(attribute.value) };
  if (attribute?.kind === 'int') return { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(attribute.value)) };
  if (attribute?.kind === 'floats')
    return { type: 'float', shape: [attribute.value.length], data: Float32Array.from(attribute.value) };
  if (attribute?.kind === 'ints') {
    return { type: 'int64', shape: [attribute.value.length], data: BigInt64Array.from(attribute.value.map(BigInt)) };
  }
  throw new XaigridError('MODEL_UNSUPPORTED', `Constant node "${node.name}" holds something else than numbers.`);
}

function constantFrom(proto: TensorProto): Constant {
  const type = elementTypeOf(proto.dataType);
  const where = `tensor "${proto.name}"`;
  if (type === undefined)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's ${where} has element type ${proto.dataType}, which is not supported.`,
    );
  if (proto.dataLocation !== 0) throw unreadable(`${where} is kept in another file; save the model with its weights inside.`);
  const shape = proto.dims.map(integer);
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) throw unreadable(`${where} has a malformed shape.`);
  const data = dataFrom(proto, type);
  if (data.length !== sizeOf(shape))
    throw unreadable(`${where} has ${data.length} values where its shape says ${sizeOf(shape)}.`);
  return { type, shape, data };
}

function dataFrom(proto: TensorProto, type: ElementType): Constant['data'] {
  const Data = arrayOf[type];
  if (proto.rawData.length > 0) {
    // Copied: the file's bytes are seldom aligned, and the copy lets the file go.
    return new Data(Uint8Array.from(proto.rawData).buffer, 0, Math.floor(proto.rawData.length / Data.BYTES_PER_ELEMENT));
  }
  if (type === 'int64') return BigInt64Array.from(proto.int64Data, (value) => BigInt(value.toString()));
  if (type === 'double') return Float64Array.from(proto.doubleData);
  if (type === 'float') return Float32Array.from(proto.floatData);
  return arrayOf[type].from(proto.int32Data);
}

function valueFrom(proto: ValueInfoProto): ValueInfo {
  const tensor = proto.type?.tensorType;
  const type = elementTypeOf(tensor?.elemType ?? 0);
  if (tensor === null || tensor === undefined || type === undefined) {
    throw new XaigridError('MODEL_UNSUPPORTED', `The ONNX model's value "${proto.name}" is not a tensor of a supported type.`);
  }
  const shape =
    tensor.shape?.dim.map(({ dimValue, dimParam }) => (dimParam !== '' || integer(dimValue) <= 0 ? null : integer(dimValue))) ??
    [];
  return { name: proto.name, type, shape };
}

/** Every value is computed once, before it is used. */
function checkNames(graph: Graph): void {
  const known = new Set(['', ...graph.inputs.map(({ name }) => name), ...graph.constants.keys()]);
  for (const node of graph.nodes) {
    const missing = node.inputs.find((input) => !known.has(input));
    if (missing !== undefined) throw unreadable(`node "${node.name}" uses "${missing}", which nothing before it computes.`);
    for (const output of node.outputs) {
      if (output !== '' && known.has(output)) throw unreadable(`"${output}" is computed twice.`);
      known.add(output);
    }
  }
  const missing = graph.outputs.find(({ name }) => !known.has(name));
  if (missing !== undefined) throw unreadable(`its output "${missing.name}" is not computed.`);
}
