import { XaigridError } from '@xaigrid/contracts';
import { int, intsOf, numberOf, without } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { Constant, GraphNode, ValueInfo } from '../graph.js';
import { inferNode } from '../shapes/infer.js';
import type { TypeAndShape } from '../shapes/shape-rule.js';
import { varyingValues } from '../deeplift/prepare.js';
import { batchNormalization } from './batch-normalization.js';
import { gelu } from './gelu.js';
import { groupNormalization } from './group-normalization.js';
import type { TakenApart } from './taken-apart.js';
import { transposedConvolution } from './transposed-convolution.js';

/** Operators whose `axes` became an input in the given operator set. Before, they were an attribute. */
const axesBecameInput: Readonly<Record<string, number>> = {
  ReduceSum: 13,
  Squeeze: 13,
  Unsqueeze: 13,
  ...Object.fromEntries(
    [
      ...['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'],
      ...['ReduceLogSum', 'ReduceLogSumExp'],
    ].map((op) => [op, 18]),
  ),
};

/**
 * Converts nodes of operator set `version` (7 to 24) to operator set 18. Attributes that became inputs become constants.
 * @throws MODEL_UNSUPPORTED if the older or newer meaning has no counterpart
 */
export function upgradeNodes(
  nodes: readonly GraphNode[],
  constants: ReadonlyMap<string, Constant>,
  inputs: readonly ValueInfo[],
  version: number,
): { nodes: GraphNode[]; constants: Map<string, Constant> } {
  const all = new Map(constants);
  const infos = new Map<string, TypeAndShape | undefined>(inputs.map((input) => [input.name, input]));
  const infoOf = (value: string) => infos.get(value) ?? all.get(value);
  const addConstant = (node: GraphNode, what: string, constant: Constant): string => {
    const name = `${node.outputs[0] ?? node.name}/${what}`;
    all.set(name, constant);
    return name;
  };
  const varying = varyingValues({ inputs, nodes });
  const upgraded = nodes.flatMap((node) => {
    const replacements = upgrade(node, {
      version,
      rank: infoOf(node.inputs[0] ?? '')?.shape.length,
      varies: varying.has(node.inputs[0] ?? ''),
      addConstant: (what, constant) => addConstant(node, what, constant),
    });
    for (const replacement of replacements) {
      const outputs = inferNode(replacement, infoOf, (value) => all.get(value));
      replacement.outputs.forEach((output, index) => infos.set(output, outputs?.[index]));
    }
    return replacements;
  });
  return { nodes: upgraded, constants: all };
}

interface Upgrading {
  /** The operator set of the file. */
  readonly version: number;
  readonly addConstant: TakenApart['constant'];
  /** The number of axes of the first input, if known. */
  readonly rank: number | undefined;
  /** Whether the first input depends on the graph's input. */
  readonly varies: boolean;
}

function upgrade(node: GraphNode, { version, addConstant, rank, varies }: Upgrading): GraphNode[] {
  const since = axesBecameInput[node.op];
  if (since !== undefined && version < since) {
    const axes = intsOf(node, 'axes');
    const attributes = without(node.attributes, 'axes');
    if (axes === undefined) return [node];
    return [{ ...node, inputs: [node.inputs[0] ?? '', addConstant('axes', int64s(axes))], attributes }];
  }
  if (['Softmax', 'LogSoftmax', 'Hardmax'].includes(node.op) && version < 13) return upgradeSoftmax(node, rank);
  if (node.op === 'Clip' && version < 11) {
    const bounds = ['min', 'max'].map((name) =>
      node.attributes[name] === undefined ? '' : addConstant(name, constantOf('float', [], [numberOf(node, name, 0)])),
    );
    return [{ ...node, inputs: [...node.inputs, ...bounds], attributes: {} }];
  }
  if (node.op === 'Pad' && version < 11) {
    const pads = addConstant('pads', int64s(intsOf(node, 'pads') ?? []));
    const value = addConstant('value', constantOf('float', [], [numberOf(node, 'value', 0)]));
    return [{ ...node, inputs: [...node.inputs, pads, value], attributes: without(node.attributes, 'pads', 'value') }];
  }
  if (node.op === 'ConvTranspose') return [transposedConvolution(node)];
  if (node.op === 'Gelu') return gelu(node, addConstant);
  if (node.op === 'GroupNormalization') return groupNormalization(node, { version, rank, addConstant });
  if (node.op === 'Dropout' && version < 12) return [{ ...node, attributes: {} }];
  if (node.op === 'BatchNormalization') return batchNormalization(node, { version, rank, varies, addConstant });
  if (node.op === 'Slice' && version < 10) {
    const [starts, ends] = [intsOf(node, 'starts') ?? [], intsOf(node, 'ends') ?? []];
    const axes = intsOf(node, 'axes') ?? starts.map((_, axis) => axis);
    const names = Object.entries({ starts, ends, axes }).map(([name, values]) => addConstant(name, int64s(values)));
    return [{ ...node, inputs: [...node.inputs, ...names], attributes: {} }];
  }
  if (node.op === 'Split' && version < 13) {
    const sizes = intsOf(node, 'split');
    const inputs = sizes === undefined ? node.inputs : [...node.inputs, addConstant('split', int64s(sizes))];
    return [splitEvenly({ ...node, inputs, attributes: without(node.attributes, 'split') })];
  }
  if (node.op === 'Split' && version < 18) return [splitEvenly(node)];
  if (node.op === 'AveragePool' && version >= 19) {
    if (intsOf(node, 'dilations')?.some((dilation) => dilation !== 1) === true) {
      throw new XaigridError('MODEL_UNSUPPORTED', `Node "${node.name}" is a dilated AveragePool, which is not supported.`);
    }
    return [{ ...node, attributes: without(node.attributes, 'dilations') }];
  }
  if ((node.op === 'Cast' || node.op === 'CastLike') && version >= 19)
    return [{ ...node, attributes: without(node.attributes, 'saturate', 'round_mode') }];
  if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') return [upgradeQuantization(node)];
  const changed =
    ['Upsample', 'Scatter'].includes(node.op) || (node.op === 'Resize' && version < 11) || (node.op === 'TopK' && version < 11);
  if (changed)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${node.name}" uses ${node.op} as operator set ${version} has it, which is not supported.`,
    );
  return [node];
}

/** Operator sets 19 to 23 added options. None of them concerns the integer types of set 13. */
function upgradeQuantization(node: GraphNode): GraphNode {
  const options = ['block_size', 'output_dtype', 'precision'];
  const used = options.find((name) => numberOf(node, name, 0) !== 0);
  if (used !== undefined)
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Node "${node.name}" (${node.op}) has the option ${used}, which is not supported.`,
    );
  return { ...node, attributes: without(node.attributes, 'saturate', ...options) };
}

/** Since operator set 18, a Split without sizes must say the number of parts. */
function splitEvenly(node: GraphNode): GraphNode {
  if (node.inputs.length > 1) return node;
  return { ...node, attributes: { ...node.attributes, num_outputs: int(node.outputs.length) } };
}

/**
 * Before operator set 13, Softmax, LogSoftmax and Hardmax ran over all axes from `axis` (default 1) on as one. The last node
 * restores the axes and keeps the name.
 */
function upgradeSoftmax(node: GraphNode, rank: number | undefined): GraphNode[] {
  const axis = numberOf(node, 'axis', 1);
  if (axis === -1 || axis + 1 === rank) return [{ ...node, attributes: { axis: int(-1) } }];
  const [input = '', output = ''] = [node.inputs[0], node.outputs[0]];
  const shape = `${output}/shape`;
  return [
    { name: `${node.name}/shape`, op: 'Shape', inputs: [input], outputs: [shape], attributes: {} },
    {
      name: `${node.name}/flatten`,
      op: 'Flatten',
      inputs: [input],
      outputs: [`${output}/flat`],
      attributes: { axis: int(axis) },
    },
    {
      name: `${node.name}/rows`,
      op: node.op,
      inputs: [`${output}/flat`],
      outputs: [`${output}/rows`],
      attributes: { axis: int(-1) },
    },
    { name: node.name, op: 'Reshape', inputs: [`${output}/rows`, shape], outputs: [output], attributes: {} },
  ];
}
