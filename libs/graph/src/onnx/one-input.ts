import { XaigridError } from '@xaigrid/contracts';
import { int } from '../attributes.js';
import { int64s } from '../constants.js';
import type { Graph, GraphNode, ValueInfo } from '../graph.js';
import { apart, nameInFile } from '../names.js';
import { dataTypes } from './data-types.js';

/** The name, in messages and `inspect`, of the input that joins the columns of a table. */
const FEATURES = 'features';
/** The suffix of the value that carries an input in the file's own type. */
const AS_IN_FILE = ', as in the file';

export interface OneInput {
  readonly graph: Graph;
  /** The names of the features, if the file has one input per column. */
  readonly featureNames?: readonly string[];
  /** Nodes that were added before the file's own. */
  readonly added: readonly string[];
}

/**
 * The graph with one float32 input. A table with one input per column, as skl2onnx and others write a data frame, becomes `[n,
 * features]`, split into the columns. A float64 input is cast from float32.
 * @throws MODEL_UNSUPPORTED for several inputs of other kinds, and for whole numbers and truth values
 */
export function withOneInput(graph: Graph): OneInput {
  const { inputs } = graph;
  const [first] = inputs;
  const odd = inputs.find(({ type }) => type !== 'float' && type !== 'double');
  if (first === undefined || (inputs.length > 1 && inputs.some((input) => columnsOf(input) === undefined))) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model has ${inputs.length} inputs${listed(inputs)}; one is supported, or one per column of a table, each [n, 1] of float32.`,
    );
  }
  if (odd !== undefined) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The ONNX model's input "${nameInFile(odd.name)}" is of ${odd.type}; float32 and float64 are supported. Export the model for numbers of float32 (in skl2onnx FloatTensorType, or the data as float32).`,
    );
  }
  if (inputs.length === 1 && first.type === 'float') return { graph, added: [] };
  const names = new Map(inputs.map(({ name }) => [name, `${name}${AS_IN_FILE}`]));
  const before = inputs.length === 1 ? [cast(first, first.name, names.get(first.name) ?? '')] : cutting(inputs, names);
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) }));
  const widths = inputs.map((input) => columnsOf(input) ?? 1);
  const one: ValueInfo =
    inputs.length === 1
      ? { ...first, type: 'float' }
      : {
          name: apart(FEATURES),
          type: 'float',
          shape: [first.shape[0] ?? null, widths.reduce((sum, width) => sum + width, 0)],
        };
  const constants = new Map([...graph.constants, ...(inputs.length === 1 ? [] : [[sizesOf, int64s(widths)] as const])]);
  const featureNames = inputs.flatMap(({ name }, at) => {
    const width = widths[at] ?? 1;
    return width === 1
      ? [nameInFile(name)]
      : Array.from({ length: width }, (_, column) => `${nameInFile(name)} ${String(column)}`);
  });
  return {
    graph: { ...graph, inputs: [one], nodes: [...before, ...nodes], constants },
    ...(inputs.length === 1 ? {} : { featureNames }),
    added: before.map(({ name }) => name),
  };
}

const sizesOf = `${FEATURES}, columns`;

function cutting(inputs: readonly ValueInfo[], names: ReadonlyMap<string, string>): GraphNode[] {
  const carried = (name: string) => names.get(name) ?? '';
  const outputs = inputs.map(({ name, type }) => (type === 'float' ? carried(name) : `${carried(name)}, in float32`));
  const cut: GraphNode = {
    ...{ name: `${FEATURES}, cut`, op: 'Split', inputs: [apart(FEATURES), sizesOf], outputs, attributes: { axis: int(1) } },
  };
  return [
    cut,
    ...inputs.flatMap((input, at) => (input.type === 'float' ? [] : [cast(input, outputs[at] ?? '', carried(input.name))])),
  ];
}

function cast({ type }: ValueInfo, from: string, to: string): GraphNode {
  return { name: to, op: 'Cast', inputs: [from], outputs: [to], attributes: { to: int(dataTypes[type]) } };
}

/** The number of columns of `[n, columns]`. */
function columnsOf({ shape }: ValueInfo): number | undefined {
  return shape.length === 2 ? (shape[1] ?? undefined) : undefined;
}

function listed(inputs: readonly ValueInfo[]): string {
  const shown = inputs.slice(0, 3).map(({ name }) => nameInFile(name));
  return inputs.length === 0 ? '' : ` (${shown.join(', ')}${inputs.length > shown.length ? ', …' : ''})`;
}
