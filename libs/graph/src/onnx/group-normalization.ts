import { XaigridError } from '@xaigrid/contracts';
import { numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { takenApart, type TakenApart } from './taken-apart.js';

interface Options {
  /** The operator set of the file. */
  readonly version: number;
  /** The number of axes of the input, if known. */
  readonly rank: number | undefined;
  readonly addConstant: TakenApart['constant'];
}

/**
 * GroupNormalization as an InstanceNormalization whose channels are the groups, for which rules exist. Scale and bias have one
 * number per channel since operator set 21, and one per group before. The last node keeps the name.
 */
export function groupNormalization(node: GraphNode, { version, rank, addConstant }: Options): GraphNode[] {
  const [x = '', scale = '', bias = ''] = node.inputs;
  const groups = numberOf(node, 'num_groups', 1);
  const ofChannels = version >= 21;
  if (ofChannels && rank === undefined) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `The number of axes that node "${node.name}" (GroupNormalization) takes is not known.`,
    );
  }
  const { step, last } = takenApart(node, addConstant);
  const all = (what: string, value: number) =>
    addConstant(
      what,
      constantOf(
        'float',
        [groups],
        Array.from({ length: groups }, () => value),
      ),
    );
  const grouped = step('groups', 'Reshape', [x, addConstant('grouped', int64s([0, groups, -1]))]);
  const normal = step(
    'normal',
    'InstanceNormalization',
    [grouped, ...(ofChannels ? [all('ones', 1), all('zeros', 0)] : [scale, bias])],
    node.attributes.epsilon === undefined ? {} : { epsilon: node.attributes.epsilon },
  );
  const shape = step('shape', 'Shape', [x]);
  if (!ofChannels) return last('Reshape', [normal, shape]);
  const back = step('channels', 'Reshape', [normal, shape]);
  // [channels, 1, …]: constant along the positions.
  const axes = addConstant('axes', int64s(Array.from({ length: (rank ?? 2) - 2 }, (_, axis) => axis + 1)));
  const [wideScale, wideBias] = [step('scale', 'Unsqueeze', [scale, axes]), step('bias', 'Unsqueeze', [bias, axes])];
  const scaled = step('scaled', 'Mul', [back, wideScale]);
  return last('Add', [scaled, wideBias]);
}
