import { dataTypes } from '../data-types.js';
import type { GraphProto, NodeProto, ValueInfoProto } from '../schema.js';
import { integer } from '../unreadable.js';
import { ML_DOMAIN } from './operators.js';

/** What a file of the domain `ai.onnx.ml` gives besides numbers a class. */
export interface LabelOutputs {
  /** Names of its outputs that are no floating-point numbers: labels. */
  readonly names: readonly string[];
  /** Whether it gives one label a sample, and not one for each of several targets. */
  readonly oneOf: boolean;
}

/** A graph without its outputs that are no floating-point numbers; `labels` is absent where it is none of scikit-learn's. */
export interface ClassOutputs {
  readonly graph: GraphProto;
  readonly labels?: LabelOutputs;
}

const floats: readonly number[] = [dataTypes.float, dataTypes.double, dataTypes.float16];

/**
 * The graph of a scikit-learn model as far as it computes numbers a class: a ZipMap, which gives each sample's probabilities as a
 * dictionary, gives what it reads, and labels are left out, with all that only they need: they may be texts.
 */
export function classOutputs(graph: GraphProto): ClassOutputs {
  if (!graph.node.some(({ domain }) => domain === ML_DOMAIN)) return { graph };
  const node = graph.node.map((own) => (isZipMap(own) ? identity(own) : own));
  const zipped = new Set(graph.node.filter(isZipMap).flatMap(({ output }) => output));
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
    labels: { names: left.map(({ name }) => name), oneOf: left.some((output) => targetsOf(output) === 1) },
  };
}

export const isZipMap = ({ opType, domain }: NodeProto): boolean => opType === 'ZipMap' && domain === ML_DOMAIN;
const elementType = ({ type }: ValueInfoProto): number => type?.tensorType?.elemType ?? 0;

/** How many labels a sample has: `[n]`, `[n, targets]`; a few converters write `[1, n]`. */
function targetsOf({ type }: ValueInfoProto): number {
  const [, targets] = type?.tensorType?.shape?.dim ?? [];
  return targets?.dimParam === '' ? Math.max(1, integer(targets.dimValue)) : 1;
}

/** Field by field: those that a file leaves out are on the message's prototype. */
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
