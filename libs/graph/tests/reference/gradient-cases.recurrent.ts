import { floats, int, ints, text } from '../../src/attributes.js';
import type { Attributes } from '../../src/graph.js';
import { weights, type GradientCase } from './gradient-case.js';

const gates: Record<string, number> = { LSTM: 4, GRU: 3, RNN: 1 };
const names = (...value: string[]) => ({ kind: 'strings' as const, value });

interface Options {
  readonly attributes?: Attributes;
  readonly directions?: number;
  readonly bias?: boolean;
  readonly states?: boolean;
  readonly peepholes?: boolean;
  /** Which output is read: all steps, the last states, the last cells. */
  readonly output?: number;
}

/** x `[n, steps, features]` with steps brought to the front, as models have it. */
const recurrent = (op: string, name: string, options: Options = {}): GradientCase => {
  const { attributes = {}, directions = 1, bias = true, states = false, peepholes = false, output = 0 } = options;
  const units = 2;
  const own = (gates[op] ?? 1) * units;
  return {
    name: `${op} ${name}`,
    shape: [2, 3, 3],
    ...(states && { fixedBatch: true }),
    forward(b, x) {
      const steps = b.node('Transpose', [x], { perm: ints([1, 0, 2]) });
      const w = [weights(b, directions, own, 3), weights(b, directions, own, units)];
      const state = () => (states ? weights(b, directions, 2, units) : '');
      const inputs = [steps, ...w, bias ? weights(b, directions, 2 * own) : '', '', state()];
      if (op === 'LSTM') inputs.push(state(), peepholes ? weights(b, directions, 3 * units) : '');
      const outputs = b.node(op, inputs, { hidden_size: int(units), ...attributes }, op === 'LSTM' ? 3 : 2);
      // Through what is not linear, so that the gradient is another for each value.
      return b.node('Tanh', [outputs[output] ?? '']);
    },
  };
};

const both = { attributes: { direction: text('bidirectional') }, directions: 2 };
const later = { linear_before_reset: int(1) };

export const recurrentCases: readonly GradientCase[] = [
  recurrent('LSTM', 'forward'),
  recurrent('LSTM', 'backwards', { attributes: { direction: text('reverse') } }),
  recurrent('LSTM', 'both ways', both),
  recurrent('LSTM', 'both ways, last states', { ...both, output: 1 }),
  recurrent('LSTM', 'last cells', { output: 2 }),
  recurrent('LSTM', 'with states to begin with', { states: true }),
  recurrent('LSTM', 'without bias', { bias: false }),
  recurrent('LSTM', 'looking at its cells', { peepholes: true }),
  recurrent('LSTM', 'of other functions', {
    attributes: {
      activations: names('HardSigmoid', 'LeakyRelu', 'Softsign'),
      activation_alpha: floats([0.25, 0.5]),
      activation_beta: floats([0.4]),
    },
  }),
  recurrent('GRU', 'forward'),
  recurrent('GRU', 'linear before reset', { attributes: later }),
  recurrent('GRU', 'linear before reset, both ways', { ...both, attributes: { ...both.attributes, ...later } }),
  recurrent('GRU', 'linear before reset, without bias', { attributes: later, bias: false }),
  recurrent('GRU', 'last states', { output: 1 }),
  recurrent('GRU', 'with states to begin with', { states: true, attributes: later }),
  recurrent('RNN', 'forward'),
  recurrent('RNN', 'both ways, ReLU and tanh', {
    ...both,
    attributes: { ...both.attributes, activations: names('Relu', 'Tanh') },
  }),
];
