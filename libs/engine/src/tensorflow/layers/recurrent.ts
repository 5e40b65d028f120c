import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { activationFunction } from './activation-functions.js';
import { only, weightTensor, type Config, type LayerScope, type OwnLayer, type Shape } from './layer.js';
import type { TensorFlow } from '../tensorflow-library.js';

/**
 * One step of a cell: from the input's part of its gates, `[batch, gates · units]`, and its states to its new states. The first
 * state is its output.
 */
type Step = (given: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** A cell with its weights. */
interface Cell {
  readonly states: number;
  /** The input's part of all gates, with its bias. */
  readonly fromInput: (input: Tensor2D) => Tensor;
  readonly step: Step;
}

interface CellScope {
  readonly tf: TensorFlow;
  readonly units: number;
  readonly kernel: Tensor2D;
  readonly recurrence: Tensor2D;
  /** `[gates · units]`, or `[2, gates · units]` for a GRU that resets after the product. Undefined for no bias. */
  readonly bias: Tensor | undefined;
  readonly activate: (x: Tensor) => Tensor;
  readonly gate: (x: Tensor) => Tensor;
  readonly resetAfter: boolean;
}

const plus = (tf: TensorFlow, x: Tensor, bias: Tensor | undefined): Tensor => (bias === undefined ? x : tf.add(x, bias));

function stateOf(state: Tensor | undefined): Tensor2D {
  if (state === undefined) throw new TypeError('A cell has its states.');
  return state as Tensor2D;
}

const partsOf = (tf: TensorFlow, x: Tensor, count: number): [Tensor, Tensor, Tensor, Tensor] =>
  tf.split(x, count, 1) as [Tensor, Tensor, Tensor, Tensor];

/** Gates i, f, c, o. */
function lstm({ tf, kernel, recurrence, bias, activate, gate }: CellScope): Cell {
  return {
    states: 2,
    fromInput: (input) => plus(tf, tf.matMul(input, kernel), bias),
    step: (given, [h, c]) => {
      const [i, f, candidate, o] = partsOf(tf, tf.add(given, tf.matMul(stateOf(h), recurrence)), 4);
      const cell = tf.add(tf.mul(gate(f), stateOf(c)), tf.mul(gate(i), activate(candidate)));
      return [tf.mul(gate(o), activate(cell)), cell];
    },
  };
}

/** Gates z, r, h. The recurrence of h is reset after its product with the state (the default of Keras) or before it. */
function gru({ tf, units, kernel, recurrence, bias, activate, gate, resetAfter }: CellScope): Cell {
  // The bias is taken apart at each use: tensors made here would outlive the network.
  const biasOf = (side: 0 | 1) => (resetAfter && bias !== undefined ? tf.unstack(bias)[side] : side === 0 ? bias : undefined);
  return {
    states: 1,
    fromInput: (input) => plus(tf, tf.matMul(input, kernel), biasOf(0)),
    step: (given, [h]) => {
      const before = stateOf(h);
      const [z, r, x] = partsOf(tf, given, 3);
      const ofGates = resetAfter ? recurrence : tf.slice(recurrence, [0, 0], [units, 2 * units]);
      const whole = plus(tf, tf.matMul(before, ofGates), biasOf(1));
      const [hz, hr, hx] = partsOf(tf, whole, resetAfter ? 3 : 2);
      const [update, reset] = [gate(tf.add(z, hz)), gate(tf.add(r, hr))];
      const ofCandidate = () => tf.slice(recurrence, [0, 2 * units], [units, units]);
      const recurrent = resetAfter ? tf.mul(reset, hx) : tf.matMul(tf.mul<Tensor2D>(reset, before), ofCandidate());
      return [tf.add(tf.mul(update, before), tf.mul(tf.sub(1, update), activate(tf.add(x, recurrent))))];
    },
  };
}

function simple({ tf, kernel, recurrence, bias, activate }: CellScope): Cell {
  return {
    states: 1,
    fromInput: (input) => plus(tf, tf.matMul(input, kernel), bias),
    step: (given, [h]) => [activate(tf.add(given, tf.matMul(stateOf(h), recurrence)))],
  };
}

const cells: Readonly<Record<string, (scope: CellScope) => Cell>> = { LSTM: lstm, GRU: gru, SimpleRNN: simple };

const unitsOf = ({ units }: Config): number => Number(units);
const nameOf = (activation: unknown, otherwise: string): string => {
  if (activation === null) return 'linear';
  return typeof activation === 'string' ? activation : activation === undefined ? otherwise : JSON.stringify(activation);
};

function cellOf({ tf, ...scope }: LayerScope, className: string, config: Config): Cell {
  const own = (role: string) => weightTensor({ tf, ...scope }, `cell/${role}`);
  const function_ = (activation: unknown, otherwise: string) => {
    const found = activationFunction(nameOf(activation, otherwise));
    if (found === undefined) throw new TypeError('Activations that are not known are refused.');
    return (x: Tensor) => found(tf, x);
  };
  const make = cells[className];
  if (make === undefined) throw new TypeError(`${className} is no recurrent layer.`);
  return make({
    ...{ tf, units: unitsOf(config) },
    kernel: own('kernel') as Tensor2D,
    recurrence: own('recurrent_kernel') as Tensor2D,
    bias: config.use_bias === false ? undefined : own('bias'),
    activate: function_(config.activation, 'tanh'),
    gate: function_(config.recurrent_activation, 'sigmoid'),
    resetAfter: className === 'GRU' && config.reset_after === true,
  });
}

/**
 * A cell over `[batch, steps, features]`, from zeros.
 * @returns `[batch, steps, units]` along the input's steps, and the last state `[batch, units]`
 */
function unrolled(
  tf: TensorFlow,
  cell: Cell,
  input: Tensor,
  { units, backwards }: { readonly units: number; readonly backwards: boolean },
): { readonly all: () => Tensor; readonly last: Tensor } {
  const [batch = 1, steps = 1, features = 1] = input.shape;
  const gates = cell.fromInput(tf.reshape(input, [batch * steps, features]));
  const given = tf.unstack(tf.reshape(gates, [batch, steps, gates.shape[1] ?? 1]), 1);
  let states: readonly Tensor[] = Array.from({ length: cell.states }, () => tf.zeros([batch, units]));
  const outputs: Tensor[] = [];
  for (const own of backwards ? given.toReversed() : given) {
    states = cell.step(own, states);
    outputs.push(only(states));
  }
  return { all: () => tf.stack(backwards ? outputs.toReversed() : outputs, 1), last: only(states) };
}

const returnsSteps = ({ return_sequences: steps }: Config): boolean => steps === true;
const shapeOf = (config: Config, [input = []]: readonly Shape[], units: number): Shape =>
  returnsSteps(config) ? [input[0] ?? 1, units] : [units];

/** Why a recurrent layer cannot be computed: it returns its states, or an activation is unknown. */
function refusal(config: Config): string | undefined {
  if (config.return_state === true) return 'which returns its states';
  const names = [nameOf(config.activation, 'tanh'), nameOf(config.recurrent_activation, 'sigmoid')];
  const unknown = names.find((name) => activationFunction(name) === undefined);
  return unknown === undefined ? undefined : `whose activation is "${unknown}"`;
}

const recurrent = (className: string): OwnLayer => ({
  refusal,
  shape: (config, inputs) => shapeOf(config, inputs, unitsOf(config)),
  build: (scope) => {
    const { tf, config } = scope;
    const cell = cellOf(scope, className, config);
    const backwards = config.go_backwards === true;
    return (inputs) => {
      const { all, last } = unrolled(tf, cell, only(inputs), { units: unitsOf(config), backwards });
      if (!returnsSteps(config)) return last;
      // Keras returns the steps in the order in which it computed them.
      return backwards ? tf.reverse(all(), 1) : all();
    };
  },
});

interface Side {
  readonly part: string;
  readonly className: string;
  readonly config: Config;
}

const innerOf = (json: unknown): { readonly class_name: string; readonly config: Config } =>
  json as { class_name: string; config: Config };

/** The two layers of a bidirectional one: over the steps forwards, and backwards. */
function sidesOf({ layer, backward_layer: given }: Config): readonly [Side, Side] {
  const forward = innerOf(layer);
  const backwards = { ...forward, config: { ...forward.config, go_backwards: forward.config.go_backwards !== true } };
  const backward = given === undefined || given === null ? backwards : innerOf(given);
  return [
    { part: 'forward_layer', className: forward.class_name, config: forward.config },
    { part: 'backward_layer', className: backward.class_name, config: backward.config },
  ];
}

const merges: Readonly<Record<string, (tf: TensorFlow, a: Tensor, b: Tensor) => Tensor>> = {
  concat: (tf, a, b) => tf.concat([a, b], -1),
  sum: (tf, a, b) => tf.add(a, b),
  mul: (tf, a, b) => tf.mul(a, b),
  ave: (tf, a, b) => tf.mul(tf.add(a, b), 0.5),
};
const mergeOf = ({ merge_mode: mode }: Config): string => (typeof mode === 'string' ? mode : 'concat');

const bidirectional: OwnLayer = {
  refusal: (config) => {
    const sides = sidesOf(config);
    const unknown = sides.find(({ className }) => !Object.hasOwn(cells, className));
    if (unknown !== undefined) return `a Bidirectional around ${unknown.className}`;
    // The layer inside does not say whether hard_sigmoid is that of Keras 2 or of Keras 3.
    const hard = sides.some(({ config: own }) => [own.activation, own.recurrent_activation].includes('hard_sigmoid'));
    return hard ? 'a Bidirectional whose activation is "hard_sigmoid"' : sides.map((side) => refusal(side.config)).find(Boolean);
  },
  shape: (config, inputs) => {
    const [forward, backward] = sidesOf(config).map((side) => unitsOf(side.config));
    const units = (forward ?? 0) + (mergeOf(config) === 'concat' ? (backward ?? 0) : 0);
    return shapeOf(sidesOf(config)[0].config, inputs, units);
  },
  build: (scope) => {
    const { tf, config } = scope;
    const merge = merges[mergeOf(config)];
    if (merge === undefined) throw new TypeError('Ways of merging that are not known are refused.');
    const sides = sidesOf(config).map(({ part, className, config: own }) => {
      const cell = cellOf({ ...scope, weight: (role) => scope.weight(`${part}/${role}`) }, className, own);
      return { cell, own, backwards: own.go_backwards === true };
    });
    return (inputs) => {
      const [forward, backward] = sides.map(({ cell, own, backwards }) => {
        const { all, last } = unrolled(tf, cell, only(inputs), { units: unitsOf(own), backwards });
        return returnsSteps(own) ? all() : last;
      });
      if (forward === undefined || backward === undefined) throw new TypeError('A Bidirectional has two directions.');
      return merge(tf, forward, backward);
    };
  },
};

export const recurrentLayers: Readonly<Record<string, OwnLayer>> = {
  LSTM: recurrent('LSTM'),
  GRU: recurrent('GRU'),
  SimpleRNN: recurrent('SimpleRNN'),
  Bidirectional: bidirectional,
};
