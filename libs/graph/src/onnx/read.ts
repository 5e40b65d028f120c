import { XaigridError } from '@xaigrid/contracts';
import { int64s, scalar } from '../constants.js';
import { OPSET, type Attribute, type Constant, type Graph, type GraphNode, type ValueInfo } from '../graph.js';
import { withNamesApart } from '../names.js';
import { elementTypeOf } from '../shapes/elementwise.js';
import {
  attributeTypes,
  modelProto,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from './schema.js';
import { withoutSequences } from './sequences.js';
import { inSinglePrecision } from './single-precision.js';
import { constantFrom, type ExternalData } from './tensors.js';
import { integer, unreadable } from './unreadable.js';
import { classOutputs, type LabelOutputs } from './ml/class-outputs.js';
import { ML_DOMAIN, mlOperators } from './ml/operators.js';
import { withoutScan } from './ml/scan-rows.js';
import { withoutMlOperators } from './ml/take-apart.js';
import { upgradeNodes } from './upgrade.js';
import { whyNoOnnx } from './why-no-onnx.js';

/** The supported operator sets. In older or newer ones, the same names may mean other things. */
const OLDEST = 7;
const NEWEST = 24;

/** A graph, and what its file says about its origin. */
export interface OnnxFile {
  readonly graph: Graph;
  /** The operator set of the file. */
  readonly opset: number;
  /** The program that wrote it, for example `pytorch 1.13.0`. Empty if the file does not say. */
  readonly producer: string;
  /** Whether the file computes in float16 or has float16 weights. The graph is float32. */
  readonly halfPrecision: boolean;
  /** Present for a scikit-learn model: its label outputs. */
  readonly labels?: LabelOutputs;
}

/**
 * Reads an ONNX model file. Nodes are converted to operator set 18 and float32, and Constant nodes become constants. The names of
 * values are kept apart from ours (`apart`).
 * @param external gives the bytes of a file with weights, by its name in the model
 * @throws MODEL_UNREADABLE for a damaged file, a missing file of weights, or another operator set
 * @throws MODEL_UNSUPPORTED for subgraphs, unsupported operator domains, or element types
 */
export function readOnnxFile(bytes: Uint8Array, external: ExternalData = () => undefined): OnnxFile {
  const file = parse(bytes, external);
  return { ...file, graph: upgraded({ ...file, graph: withNamesApart(file.graph) }) };
}

/** The graph of a file with all weights inside, under the file's own names. */
export function readOnnx(bytes: Uint8Array): Graph {
  return upgraded(parse(bytes, () => undefined));
}

function upgraded({ graph, opset, labels }: OnnxFile): Graph {
  const own = { ...graph, ...upgradeNodes(graph.nodes, graph.constants, graph.inputs, opset) };
  return labels === undefined ? own : withoutMlOperators(own);
}

/** The file's graph, with nodes of its own operator set. */
function parse(bytes: Uint8Array, external: ExternalData): OnnxFile {
  const model = decode(bytes);
  if (model.graph === null || model.graph.node.length === 0) throw unreadable('it has no graph.');
  const { graph, labels } = classOutputs(model.graph);
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  // A single tree may have no other operators.
  const version = opset === undefined ? (labels === undefined ? 0 : OPSET) : Number(opset.version.toString());
  if (version < OLDEST || version > NEWEST) {
    throw unreadable(`its operator set is ${version}; ${OLDEST} to ${NEWEST} can be read.`);
  }
  if (graph.sparseInitializer.length > 0)
    throw new XaigridError('MODEL_UNSUPPORTED', 'The ONNX model has sparse weights, which are not supported.');
  const [own] = model.functions;
  if (own !== undefined)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model defines functions of its own ("${own.name}"); export it with its functions inlined (onnx.inliner).`,
    );
  const { nodes, constants } = nodesOf(graph, external);
  // Files up to IR version 3 list weights among the inputs.
  const inputs = graph.input.filter(({ name }) => !constants.has(name)).map(valueFrom);
  const read = {
    name: graph.name === '' ? 'model' : graph.name,
    opset: OPSET,
    inputs,
    outputs: graph.output.map(valueFrom),
  };
  const single = withoutSequences(inSinglePrecision({ ...read, nodes, constants }));
  checkNames(single);
  const halfPrecision = [...inputs, ...constants.values()].some(({ type }) => type === 'float16');
  const producer = `${model.producerName} ${model.producerVersion}`.trim();
  return { graph: single, opset: version, producer, halfPrecision, ...(labels === undefined ? {} : { labels }) };
}

/** The nodes in order, and the constants that they read: initializers, and the values of Constant nodes. */
function nodesOf(graph: GraphProto, external: ExternalData): { nodes: GraphNode[]; constants: Map<string, Constant> } {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, constantFrom(tensor, external)]));
  const nodes: GraphNode[] = [];
  for (const [index, proto] of graph.node.entries()) {
    const rows = proto.opType === 'Scan' ? scanFrom(proto, index) : undefined;
    if (rows !== undefined) {
      nodes.push(...rows.nodes);
      for (const [name, value] of rows.constants) constants.set(name, value);
      continue;
    }
    const node = nodeFrom(proto, index);
    const constant = constantNode(node);
    if (constant === undefined) nodes.push(node);
    else constants.set(node.outputs[0] ?? '', constant);
  }
  return { nodes, constants };
}

function scanFrom(proto: NodeProto, index: number): ReturnType<typeof withoutScan> {
  const body = proto.attribute.find(({ name }) => name === 'body')?.g;
  if (body === null || body === undefined) return undefined;
  const attribute = proto.attribute.filter(({ name }) => name !== 'body');
  const { name, input, output, opType, domain, metadataProps } = proto;
  const node = nodeFrom({ name, input, output, opType, domain, metadataProps, attribute }, index);
  const [inputs, outputs] = [body.input, body.output].map((values) => values.map(({ name }) => name));
  return withoutScan({ node, body: { inputs: inputs ?? [], outputs: outputs ?? [], ...nodesOf(body, () => undefined) } });
}

/**
 * The names in the model of the files that hold its weights.
 * @throws MODEL_UNREADABLE
 */
export function externalFiles(bytes: Uint8Array): string[] {
  const tensors = decode(bytes).graph?.initializer ?? [];
  const names = tensors.flatMap(({ externalData }) => externalData.filter(({ key }) => key === 'location'));
  return [...new Set(names.map(({ value }) => value))];
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    // The only place where the wire format becomes our types. Unset fields read as their defaults.
    return modelProto.decode(bytes) as unknown as ModelProto;
  } catch (error) {
    throw whyNoOnnx(bytes, error);
  }
}

function nodeFrom(proto: NodeProto, index: number): GraphNode {
  const name = proto.name !== '' ? proto.name : (proto.output.find((output) => output !== '') ?? `node ${index}`);
  const known = proto.domain === ML_DOMAIN ? mlOperators.has(proto.opType) : proto.domain === '' || proto.domain === 'ai.onnx';
  if (!known) {
    const only = proto.domain === ML_DOMAIN ? `of it ${[...mlOperators].join(', ')}` : "only ONNX's own operators";
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${name}" uses ${proto.opType} of operator domain "${proto.domain}"; ${only} are supported.`,
    );
  }
  if (proto.attribute.some(({ type }) => type === attributeTypes.graph || type === attributeTypes.graphs)) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${name}" is ${/^[aeiou]/i.test(proto.opType) ? 'an' : 'a'} ${proto.opType} with subgraphs: control flow is not supported. Export the model for one fixed way through it.`,
    );
  }
  // ONNX Runtime (1.30, 1.32) ends the process on such a node.
  if (proto.opType === 'Split' && proto.output.includes(''))
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${name}" is a Split that leaves out one of its outputs. ONNX Runtime cannot run such a node: name all of its outputs.`,
    );
  const attributes = Object.fromEntries(proto.attribute.map((attribute) => [attribute.name, attributeFrom(attribute, name)]));
  const modules = modulesOf(proto);
  return {
    ...{ name, op: proto.opType, inputs: [...proto.input], outputs: outputsOf(proto), attributes },
    ...(modules === undefined ? {} : { modules }),
  };
}

/**
 * The outputs of a node, all with names. One that the node leaves out is '' in the file: at the end it is dropped; before others it
 * gets a name that nothing reads.
 */
function outputsOf({ output }: NodeProto): string[] {
  const last = output.findLastIndex((name) => name !== '');
  return output.slice(0, last + 1).map((name, at) => (name === '' ? `${output[last] ?? ''}/left out ${at}` : name));
}

/**
 * The modules of a node. PyTorch's exporter of 2.5 and later writes them as a Python list, from the whole model inwards, and last
 * the node's own name: `['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d_1']`.
 */
function modulesOf({ metadataProps }: NodeProto): string[] | undefined {
  const scopes = metadataProps.find(({ key }) => key === 'pkg.torch.onnx.name_scopes')?.value;
  if (scopes === undefined) return undefined;
  const names = [...scopes.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
  return names.slice(0, -1).filter((name) => name !== '');
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
  if (attribute?.kind === 'int') return scalar(attribute.value, 'int64');
  if (attribute?.kind === 'floats')
    return { type: 'float', shape: [attribute.value.length], data: Float32Array.from(attribute.value) };
  if (attribute?.kind === 'ints') return int64s(attribute.value);
  throw new XaigridError('MODEL_UNSUPPORTED', `Constant node "${node.name}" holds something else than numbers.`);
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

/** Checks that every value is computed once, before it is used. */
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
