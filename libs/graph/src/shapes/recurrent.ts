import { numberOf } from '../attributes.js';
import type { ShapeRule } from './shape-rule.js';

/**
 * Inputs `[steps, n, features]`, weights `[directions, gates · units, features]`. The outputs are all steps, `[steps, directions,
 * n, units]`, and the last states, `[directions, n, units]`. ONNX Runtime does not support samples first (`layout` 1).
 */
const recurrent: ShapeRule = ({ node, input }) => {
  const { type, shape } = input(0);
  const [directions = null] = input(1).shape;
  const units = input(2).shape[2] ?? null;
  const [steps = null, samples = null] = shape;
  if (numberOf(node, 'layout', 0) !== 0 || shape.length !== 3) return undefined;
  const last = { type, shape: [directions, samples, units] };
  return [{ type, shape: [steps, directions, samples, units] }, last, last];
};

export const recurrentRules: Readonly<Record<string, ShapeRule>> = { LSTM: recurrent, GRU: recurrent, RNN: recurrent };
