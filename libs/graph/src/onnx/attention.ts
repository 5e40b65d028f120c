import { XaigridError } from '@xaigrid/contracts';
import { ints, numberOf } from '../attributes.js';
import { constantOf, int64s } from '../constants.js';
import type { GraphNode } from '../graph.js';
import type { ByShape } from './shape-values.js';
import { takenApart, type TakenApart } from './taken-apart.js';

/**
 * Attention, an operator since set 23, as simpler operators: softmax(scale · Q·Kᵀ + mask)·V. Q, K and V are `[n, heads, length,
 * size]`, or `[n, length, heads · size]` with the number of heads as an attribute. The last node keeps the name.
 * @throws MODEL_UNSUPPORTED for a cache of keys, heads in groups, and scores that are capped or output
 */
export function attention(node: GraphNode, { addConstant, infoOf }: ByShape): GraphNode[] {
  const [q = '', k = '', v = '', mask = ''] = node.inputs;
  const [shapeOfQ, shapeOfK] = [infoOf(q)?.shape, infoOf(k)?.shape];
  const refuse = (what: string): never => {
    throw new XaigridError('MODEL_UNSUPPORTED', `Node "${node.name}" (Attention) ${what}, which is not supported.`);
  };
  if (shapeOfQ === undefined || shapeOfK === undefined) return refuse('reads values of unknown size');
  if (node.inputs.slice(4).some((input) => input !== '')) refuse('has a cache of keys and values');
  if (node.outputs.slice(1).some((output) => output !== '')) refuse('gives out more than its result');
  if (numberOf(node, 'softcap', 0) !== 0) refuse('caps its scores');
  const inRows = shapeOfQ.length === 3;
  const heads = inRows ? numberOf(node, 'q_num_heads', 1) : (shapeOfQ[1] ?? null);
  if (heads !== (inRows ? numberOf(node, 'kv_num_heads', 1) : (shapeOfK[1] ?? null))) refuse('has heads in groups');
  const width = shapeOfQ.at(-1) ?? null;
  const size = width === null || heads === null ? null : inRows ? width / heads : width;
  if (node.attributes.scale === undefined && size === null) refuse('reads values of unknown size');
  const scale = numberOf(node, 'scale', 1 / Math.sqrt(size ?? 1));

  const parts = takenApart(node, addConstant);
  const split = (what: string, value: string): string => {
    if (!inRows) return value;
    const rows = parts.step(`${what} of heads`, 'Reshape', [value, addConstant('split', int64s([0, 0, heads ?? 1, -1]))]);
    return parts.step(`heads of ${what}`, 'Transpose', [rows], { perm: ints([0, 2, 1, 3]) });
  };
  const keys = parts.step('keys', 'Transpose', [split('k', k)], { perm: ints([0, 1, 3, 2]) });
  const scaled = parts.step('scaled', 'Mul', [split('q', q), addConstant('scale', constantOf('float', [], [scale]))]);
  let scores = parts.step('scores', 'MatMul', [scaled, keys]);
  if (mask !== '') scores = masked(parts, scores, { mask, isTruth: infoOf(mask)?.type === 'bool' });
  if (numberOf(node, 'is_causal', 0) === 1) {
    const [queries, others] = [shapeOfQ.at(-2) ?? null, shapeOfK.at(-2) ?? null];
    if (queries === null || others === null) return refuse('is causal over lengths that are not known');
    const seen = Array.from({ length: queries * others }, (_, at) => Number(at % others <= Math.floor(at / others)));
    const past = addConstant('past', constantOf('bool', [queries, others], seen));
    scores = masked(parts, scores, { mask: past, isTruth: true, what: 'causal' });
  }
  const weights = parts.step('weights', 'Softmax', [scores]);
  const values = split('v', v);
  if (!inRows) return parts.last('MatMul', [weights, values]);
  const mixed = parts.step('mixed', 'MatMul', [weights, values]);
  const rows = parts.step('rows', 'Transpose', [mixed], { perm: ints([0, 2, 1, 3]) });
  return parts.last('Reshape', [rows, addConstant('joined', int64s([0, 0, -1]))]);
}

/** Applies a mask: numbers to add, or booleans that say what is visible. */
function masked(
  { step, constant }: TakenApart,
  scores: string,
  { mask, isTruth, what = 'masked' }: { readonly mask: string; readonly isTruth: boolean; readonly what?: string },
): string {
  if (!isTruth) return step(what, 'Add', [scores, mask]);
  return step(what, 'Where', [mask, scores, constant(`${what}/unseen`, constantOf('float', [], [-Infinity]))]);
}
