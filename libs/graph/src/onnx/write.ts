import { OPSET, type Attribute, type Constant, type Graph, type ValueInfo } from '../graph.js';
import { withUniqueNames } from '../names.js';
import { dataTypes } from './data-types.js';
import { ML_DOMAIN, mlOperators, mlVersion } from './ml/operators.js';
import { attributeTypes, modelProto } from './schema.js';

/** The `data_location` of a tensor in another file. */
const EXTERNAL = 1;

/** The IR version of ONNX 1.10–1.13 files, which is enough for operator set 18. */
const IR_VERSION = 8;

/** A graph whose output types may be left open; the runtime infers them. */
export type WritableGraph = Omit<Graph, 'outputs' | 'opset'> & {
  readonly outputs: readonly (ValueInfo | { readonly name: string })[];
};

/** The place of data in a file beside the model's. */
export interface ExternalPlace {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * Serialises a graph as an ONNX model file. Weights are written as `raw_data`, little-endian.
 * @param external the place of a constant in another file; undefined for constants that are written into this one
 */
export function writeOnnx(
  graph: WritableGraph,
  external: (constant: Constant) => ExternalPlace | undefined = () => undefined,
): Uint8Array {
  const message = modelProto.fromObject({});
  Object.assign(message, {
    irVersion: IR_VERSION,
    producerName: 'xaigrid',
    opsetImport: [{ domain: '', version: OPSET }, ...mlImport(graph)],
    graph: {
      name: graph.name,
      node: withUniqueNames(graph.nodes).map((node) => ({
        name: node.name,
        opType: node.op,
        ...(mlOperators.has(node.op) ? { domain: ML_DOMAIN } : {}),
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, attribute]) => ({ name, ...attributeFields(attribute) })),
      })),
      initializer: [...graph.constants].map(([name, constant]) => ({ name, ...tensorFields(constant, external(constant)) })),
      input: graph.inputs.map((value) => valueFields(value, graph)),
      output: graph.outputs.map((value) => ('type' in value ? valueFields(value, graph) : value)),
    },
  });
  return modelProto.encode(message).finish();
}

function mlImport({ nodes }: WritableGraph): { readonly domain: string; readonly version: number }[] {
  return nodes.some(({ op }) => mlOperators.has(op)) ? [{ domain: ML_DOMAIN, version: mlVersion(nodes) }] : [];
}

function attributeFields(attribute: Attribute): object {
  const type = attributeTypes[attribute.kind];
  switch (attribute.kind) {
    case 'int':
      return { type, i: attribute.value };
    case 'float':
      return { type, f: attribute.value };
    case 'string':
      return { type, s: Buffer.from(attribute.value) };
    case 'ints':
      return { type, ints: attribute.value };
    case 'floats':
      return { type, floats: attribute.value };
    case 'strings':
      return { type, strings: attribute.value.map((value) => Buffer.from(value)) };
    case 'tensor':
      return { type, t: tensorFields(attribute.value) };
  }
}

function tensorFields(constant: Constant, external?: ExternalPlace): object {
  const { data } = constant;
  const described = { dims: constant.shape, dataType: dataTypes[constant.type] };
  if (external !== undefined) {
    const externalData = Object.entries(external).map(([key, value]: [string, string | number]) => ({
      key,
      value: String(value),
    }));
    return { ...described, dataLocation: EXTERNAL, externalData };
  }
  return {
    ...described,
    // A view: the encoder copies it once, into the file.
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/**
 * The fields of a value. If the graph has one input, unknown extents are named `n`, the batch. With several inputs they stay
 * unnamed: ONNX Runtime takes equal names for equal extents, and would reuse buffers that do not fit.
 */
function valueFields(value: ValueInfo, graph: Pick<Graph, 'inputs'>): object {
  const named = graph.inputs.length === 1;
  const dim = value.shape.map((extent, axis) => {
    if (extent !== null) return { dimValue: extent };
    return named && axis === 0 ? { dimParam: 'n' } : {};
  });
  return { name: value.name, type: { tensorType: { elemType: dataTypes[value.type], shape: { dim } } } };
}
