import { dataTypes } from '../data-types.js';
import type { GraphProto, NodeProto, ValueInfoProto } from '../schema.js';
import { integer } from '../unreadable.js';
import { ML_DOMAIN } from './operators.js';

/** The label outputs of a file in the domain `ai.onnx.ml`. */
export interface LabelOutputs {
  /** The names of its outputs that are not floating-point numbers: labels. */
  readonly names: readonly string[];
  /** Whether each sample gets one label, and not one for each of several targets. */
  readonly oneOf: boolean;
  /** The names of its ZipMap nodes, which compute nothing. */
  readonly zipMaps: readonly string[];
}

/** A graph without outputs that are not floating-point numbers. `labels` is absent if it is not a scikit-learn model. */
export interface ClassOutputs {
  readonly graph: GraphProto;
  readonly labels?: LabelOutputs;
}

const floats: readonly number[] = [dataTypes.float, dataTypes.double, dataTypes.float16];

/**
 * The part of a scikit-learn model's graph that computes one number per class. A ZipMap, which gives each sample's probabilities
 * as a dictionary, is replaced by its input. Labels, which may be texts, are removed with everything that only they need.
 */
export function classOutputs(graph: GraphProto): ClassOutputs {
  if (!graph.node.some(({ domain }) => domain === ML_DOMAIN)) return { graph };
  const node = graph.node.map((own) => (isZipMap(own) ? identity(own) : own));
  const zipMaps = graph.node.filter(isZipMap);
  const zipped = new Set(zipMaps.flatMap(({ output }) => output));
  const numbers = graph.output.flatMap((output) =>
    zipped.has(output.name) ? [floatTensor(output.name)] : floats.includes(elementType(output)) ? [output] : [],
  );
  const kept = numbers.length === 0 ? graph.output : numbers;
  const left = graph.output.filter(({ name }) => !kept.some((output) => output.name === name));
  const live = liveProtos(
    node,
    kept.map(({ name }) => name),
  );
  const used = new Set([...live.flatMap(({ input }) => input), ...kept.map(({ name }) => name)]);
  return {
    graph: {
      ...{ name: graph.name, node: live, input: graph.input, output: kept, sparseInitializer: graph.sparseInitializer },
      initializer: graph.initializer.filter(({ name }) => used.has(name)),
    },
    labels: {
      names: left.map(({ name }) => name),
      oneOf: left.some((output) => targetsOf(output) === 1),
      zipMaps: zipMaps.map(({ name, output: [given = ''] }) => (name === '' ? given : name)),
    },
  };
}

export const isZipMap = ({ opType, domain }: NodeProto): boolean => opType === 'ZipMap' && domain === ML_DOMAIN;
const elementType = ({ type }: ValueInfoProto): number => type?.tensorType?.elemType ?? 0;

/** The number of labels per sample: the output is `[n]` or `[n, targets]`; a few converters write `[1, n]`. */
function targetsOf({ type }: ValueInfoProto): number {
  const [, targets] = type?.tensorType?.shape?.dim ?? [];
  return targets?.dimParam === '' ? Math.max(1, integer(targets.dimValue)) : 1;
}

/** An Identity in place of a ZipMap, field by field: fields that a file leaves out are on the message's prototype. */
function identity({ name, input, output }: NodeProto): NodeProto {
  return { name, input, output, opType: 'Identity', domain: '', attribute: [], metadataProps: [] };
}

function floatTensor(name: string): ValueInfoProto {
  return { name, type: { tensorType: { elemType: dataTypes.float, shape: null } } };
}

/** The nodes that some output needs, in their order. */
function liveProtos(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const needed = new Set(outputs);
  return nodes
    .toReversed()
    .filter(({ input, output }) => {
      const live = output.some((name) => name !== '' && needed.has(name));
      if (live) for (const name of input) needed.add(name);
      return live;
    })
    .reverse();
}
