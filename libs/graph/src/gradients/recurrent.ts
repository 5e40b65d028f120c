import { floatsOf, int, ints, numberOf, stringsOf, textOf } from '../attributes.js';
import { int64s } from '../constants.js';
import { refuse, type GradientRule, type GradientScope } from './gradient-rule.js';
import { gru, lstm, rnn, type Add, type Cell, type State, type Step } from './recurrent-cells.js';

interface Kind {
  readonly gates: number;
  readonly step: (scope: GradientScope) => Step;
  readonly activations: readonly string[];
}

const kinds: Readonly<Record<string, Kind>> = {
  LSTM: { gates: 4, step: () => lstm, activations: ['Sigmoid', 'Tanh', 'Tanh'] },
  GRU: {
    gates: 3,
    step: ({ node }) => gru(numberOf(node, 'linear_before_reset', 0) !== 0),
    activations: ['Sigmoid', 'Tanh'],
  },
  RNN: { gates: 1, step: () => rnn, activations: ['Tanh'] },
};

/**
 * The gradient of a recurrent layer. The layer is computed again step by step from its input, in operators that have gradients:
 * about ten nodes per step and gate. ONNX Runtime's own operator does not output the inner states. The gradient is that of these
 * nodes.
 */
const recurrent: GradientRule = (scope) => {
  const { builder, node } = scope;
  checkSupported(scope);
  const before = builder.nodes.length;
  const outputs = unrolled(scope);
  const seeds = new Map<string, string>();
  outputs.forEach((value, index) => {
    const gradient = scope.gradientOf(index);
    if (gradient !== undefined) seeds.set(value, gradient);
  });
  const wanted = node.inputs.flatMap((_, index) => (scope.needs(index) ? [scope.input(index)] : []));
  const found = scope.through({ nodes: builder.nodes.slice(before), seeds, wrt: wanted });
  return node.inputs.map((_, index) => (scope.needs(index) ? found.get(scope.input(index)) : undefined));
};

function checkSupported(scope: GradientScope): void {
  const { node } = scope;
  const given = (index: number) => (node.inputs[index] ?? '') !== '';
  if ([1, 2, 3, 7].some((index) => scope.needs(index))) refuse(scope, 'its weights are computed from what is differentiated');
  if (given(4)) refuse(scope, 'it is given a length for each sequence');
  if (node.attributes.clip !== undefined) refuse(scope, 'it clips its gates');
  if (numberOf(node, 'input_forget', 0) !== 0) refuse(scope, 'its input and forget gates are one');
}

/** The layer's outputs: all steps, the last state, and an LSTM's last cell. */
function unrolled(scope: GradientScope): string[] {
  const { builder, node } = scope;
  const kind = kinds[node.op] ?? refuse(scope, 'it is no recurrent layer');
  const add: Add = (op, inputs, attributes = {}) => builder.node(op, inputs, attributes);
  const integers = (...values: number[]) => builder.constant(int64s(values), 'integers');
  const directions = scope.inputInfo(1).shape[0] ?? refuse(scope, 'its weights are of unknown size');
  const steps = scope.inputInfo(0).shape[0] ?? refuse(scope, 'the number of its steps is not known');
  const { type } = scope.inputInfo(0);
  const ways = textOf(node, 'direction', 'forward');
  const splitAt = (axis: number) => (value: string, parts: number) =>
    parts === 1 ? [value] : builder.node('Split', [value], { axis: int(axis), num_outputs: int(parts) }, parts);
  const step = kind.step(scope);

  const parts = Array.from({ length: directions }, (_, direction) => {
    const own = (index: number) => add('Gather', [scope.input(index), integers(direction)], { axis: int(0) });
    const turned = (index: number) => add('Transpose', [own(index)], { perm: ints([0, 2, 1]) });
    const given = (index: number) => (node.inputs[index] ?? '') !== '';
    const [inputBias, recurrenceBias] = given(3) ? splitAt(-1)(add('Unsqueeze', [own(3), integers(1)]), 2) : [];
    const apart = node.op === 'GRU';
    const product = add('MatMul', [scope.input(0), turned(1)]);
    const biases = [inputBias, apart ? undefined : recurrenceBias].filter((bias) => bias !== undefined);
    const gates = biases.reduce((sum, bias) => add('Add', [sum, bias]), product);
    const cell: Cell = {
      ...{ add, split: splitAt(-1), one: builder.scalar(1, type), recurrence: turned(2) },
      bias: apart ? recurrenceBias : undefined,
      peepholes: given(7) ? splitAt(-1)(add('Unsqueeze', [own(7), integers(1)]), 3) : undefined,
      activations: kind.activations.map((fallback, index) =>
        activation(scope, direction * kind.activations.length + index, fallback),
      ),
    };
    const start = (index: number) => (given(index) ? own(index) : zerosOfState(scope));
    let state: State = { h: start(5), c: node.op === 'LSTM' ? start(6) : '' };
    const shares = splitAt(0)(gates, steps);
    const backwards = ways === 'reverse' || direction === 1;
    const states: string[] = [];
    for (const share of backwards ? shares.toReversed() : shares) {
      state = step(cell, share, state);
      states.push(state.h);
    }
    const all = add('Concat', backwards ? states.reverse() : states, { axis: int(0) });
    return { all: add('Unsqueeze', [all, integers(1)]), ...state };
  });
  const joined = (values: readonly string[], axis: number) =>
    values.length === 1 ? (values[0] ?? '') : add('Concat', values, { axis: int(axis) });
  // An Identity each, because an output may be a state from which another output is made.
  return [
    joined(
      parts.map(({ all }) => all),
      1,
    ),
    add('Identity', [
      joined(
        parts.map(({ h }) => h),
        0,
      ),
    ]),
    ...(node.op === 'LSTM'
      ? [
          add('Identity', [
            joined(
              parts.map(({ c }) => c),
              0,
            ),
          ]),
        ]
      : []),
  ];
}

/** Zeros `[1, n, units]`. */
function zerosOfState(scope: GradientScope): string {
  const { builder } = scope;
  const { type, shape } = scope.inputInfo(0);
  const units = scope.inputInfo(2).shape[2] ?? refuse(scope, 'its weights are of unknown size');
  const [, samples = null] = shape;
  const zero = builder.scalar(0, type);
  if (samples !== null) return builder.node('Expand', [zero, builder.constant(int64s([1, samples, units]), 'shape')]);
  // The first feature of the first step, times 0.
  const bounds = [
    [0, 0],
    [1, 1],
    [0, 2],
  ].map((values) => builder.constant(int64s(values), 'bounds'));
  const column = builder.node('Mul', [builder.node('Slice', [scope.input(0), ...bounds]), zero]);
  return builder.node('Expand', [column, builder.constant(int64s([1, 1, units]), 'shape')]);
}

const plain = ['Sigmoid', 'Tanh', 'Relu', 'Softsign', 'Softplus'];
const withAlpha = ['LeakyRelu', 'ThresholdedRelu', 'Elu'];

/** One of the layer's functions, by its attributes `activations`, `activation_alpha` and `activation_beta`. */
function activation(scope: GradientScope, index: number, fallback: string): (value: string) => string {
  const { builder, node } = scope;
  const named = stringsOf(node, 'activations') ?? [];
  const spelled = named[index] ?? fallback;
  const op = [...plain, ...withAlpha, 'HardSigmoid', 'Affine'].find((own) => own.toLowerCase() === spelled.toLowerCase());
  if (op === undefined || op === 'Affine') return refuse(scope, `it uses the function ${spelled}`);
  // The lists hold numbers only for functions that take them, in order.
  const takes = (name: string) => [...withAlpha, 'HardSigmoid'].some((own) => own.toLowerCase() === name.toLowerCase());
  const place = named.slice(0, index).filter(takes).length;
  const alpha = takes(spelled) ? floatsOf(node, 'activation_alpha')?.[place] : undefined;
  const beta = op === 'HardSigmoid' ? floatsOf(node, 'activation_beta')?.[place] : undefined;
  const attributes = {
    ...(alpha === undefined ? {} : { alpha: { kind: 'float' as const, value: alpha } }),
    ...(beta === undefined ? {} : { beta: { kind: 'float' as const, value: beta } }),
  };
  return (value) => builder.node(op, [value], attributes);
}

export const recurrentGradients: Readonly<Record<string, GradientRule>> = { LSTM: recurrent, GRU: recurrent, RNN: recurrent };
