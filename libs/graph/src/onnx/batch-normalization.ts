import { XaigridError } from '@xaigrid/contracts';
import { int, numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { GraphNode } from '../graph.js';
import { takenApart, type TakenApart } from './taken-apart.js';

interface Options {
  /** The operator set of the file. */
  readonly version: number;
  /** Of the input, where it is known. */
  readonly rank: number | undefined;
  /** Whether the input depends on the model's. */
  readonly varies: boolean;
  readonly addConstant: TakenApart['constant'];
}

/**
 * Inference only: the statistics are inputs and the other outputs are left out. In training mode weights may be normalized by their own
 * statistics, as NFNet's are: they are the same for every sample.
 * @throws MODEL_UNSUPPORTED for samples that are normalized by their own statistics, or by one mean for each value
 */
export function batchNormalization(node: GraphNode, { version, rank, varies, addConstant }: Options): GraphNode[] {
  const training = version < 14 ? version < 7 : numberOf(node, 'training_mode', 0) === 1;
  const spatial = version >= 9 || numberOf(node, 'spatial', 1) === 1;
  if (training && spatial && !varies && rank !== undefined) return ofOwnStatistics(node, { rank, addConstant });
  if (training || !spatial) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `BatchNormalization "${node.name}" is in training mode or not per channel; export the model for inference.`,
    );
  }
  const { epsilon } = node.attributes;
  return [{ ...node, outputs: node.outputs.slice(0, 1), attributes: epsilon === undefined ? {} : { epsilon } }];
}

/** (x − mean)/√(variance + ε) · scale + bias, mean and variance over all axes but the channels'. */
function ofOwnStatistics(
  node: GraphNode,
  { rank, addConstant }: { rank: number; addConstant: TakenApart['constant'] },
): GraphNode[] {
  const [x = '', scale = '', bias = ''] = node.inputs;
  const { step, last } = takenApart(node, addConstant);
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const over = addConstant('axes', int64s(axes));
  const behind = addConstant('behind', int64s(axes.slice(1).map((axis) => axis - 1)));
  const mean = (what: string, value: string) => step(what, 'ReduceMean', [value, over], { keepdims: int(1) });
  const centred = step('centred', 'Sub', [x, mean('mean', x)]);
  const variance = mean('variance', step('squares', 'Mul', [centred, centred]));
  const epsilon = addConstant('epsilon', constantOf('float', [], [numberOf(node, 'epsilon', 1e-5)]));
  const deviation = step('deviation', 'Sqrt', [step('kept apart from 0', 'Add', [variance, epsilon])]);
  const normal = step('normal', 'Div', [centred, deviation]);
  const scaled = step('scaled', 'Mul', [normal, step('scale', 'Unsqueeze', [scale, behind])]);
  return last('Add', [scaled, step('bias', 'Unsqueeze', [bias, behind])]);
}
