import { XaigridError } from '@xaigrid/contracts';
import { int, numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { GraphNode } from '../graph.js';
import type { ByShape } from './shape-values.js';
import { takenApart, type TakenApart } from './taken-apart.js';

interface Options {
  /** The operator set of the file. */
  readonly version: number;
  /** The number of axes of the input, if known. */
  readonly rank: number | undefined;
  /** Whether the input depends on the model's input. */
  readonly varies: boolean;
  readonly addConstant: TakenApart['constant'];
}

/**
 * BatchNormalization at inference: the statistics are inputs, and the other outputs are left out. In training mode, weights may
 * be normalized by their own statistics, as in NFNet: these are the same for every sample.
 * @throws MODEL_UNSUPPORTED for samples that are normalized by their own statistics, or by one mean per value
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

/**
 * BatchNormalization by computed statistics, as tf2onnx writes LayerNormalization of Keras 2, with each sample and step in place
 * of a channel. It is split into simpler operators. This shows that samples stay apart, and lets gradients go through the
 * statistics.
 */
export function ofComputedStatistics(node: GraphNode, { addConstant, infoOf, constantOf: valueOf }: ByShape): GraphNode[] {
  const [x = '', scale = '', bias = '', mean = '', variance = ''] = node.inputs;
  const rank = infoOf(x)?.shape.length;
  if (rank === undefined || [mean, variance].every((input) => valueOf(input) !== undefined)) return [node];
  const apart = takenApart(node, addConstant);
  const behind = addConstant('behind', int64s(Array.from({ length: rank - 2 }, (_, axis) => axis + 1)));
  const wide = (what: string, value: string) => apart.step(what, 'Unsqueeze', [value, behind]);
  const centred = apart.step('centred', 'Sub', [x, wide('mean', mean)]);
  return normalized(node, apart, {
    centred,
    variance: wide('variance', variance),
    scale: wide('scale', scale),
    bias: wide('bias', bias),
  });
}

/** Normalizes by the mean and variance over all axes but that of the channels. */
function ofOwnStatistics(
  node: GraphNode,
  { rank, addConstant }: { rank: number; addConstant: TakenApart['constant'] },
): GraphNode[] {
  const [x = '', scale = '', bias = ''] = node.inputs;
  const apart = takenApart(node, addConstant);
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const over = addConstant('axes', int64s(axes));
  const behind = addConstant('behind', int64s(axes.slice(1).map((axis) => axis - 1)));
  const mean = (what: string, value: string) => apart.step(what, 'ReduceMean', [value, over], { keepdims: int(1) });
  const centred = apart.step('centred', 'Sub', [x, mean('mean', x)]);
  const variance = mean('variance', apart.step('squares', 'Mul', [centred, centred]));
  const wide = (what: string, value: string) => apart.step(what, 'Unsqueeze', [value, behind]);
  return normalized(node, apart, { centred, variance, scale: wide('scale', scale), bias: wide('bias', bias) });
}

/** centred/√(variance + ε) · scale + bias; all have the same number of axes. */
function normalized(
  node: GraphNode,
  { constant, step, last }: TakenApart,
  { centred, variance, scale, bias }: Readonly<Record<'centred' | 'variance' | 'scale' | 'bias', string>>,
): GraphNode[] {
  const epsilon = constant('epsilon', constantOf('float', [], [numberOf(node, 'epsilon', 1e-5)]));
  const deviation = step('deviation', 'Sqrt', [step('kept apart from 0', 'Add', [variance, epsilon])]);
  const normal = step('normal', 'Div', [centred, deviation]);
  return last('Add', [step('scaled', 'Mul', [normal, scale]), bias]);
}
