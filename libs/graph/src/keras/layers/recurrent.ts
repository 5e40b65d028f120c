import { z } from 'zod';
import { floats, int, ints, text } from '../../attributes.js';
import { float32, int64s, type FloatConstant } from '../../constants.js';
import type { Attributes } from '../../graph.js';
import { cellParts } from '../cell-parts.js';
import type { Feature, LayerImport, LayerScope } from '../layer-import.js';
import { activationName } from './activation-functions.js';
import { fromKerasOrder, inKerasOrder } from './keras-order.js';
import { compaction, maskOf, zeroed } from './masking.js';
import { activationSchema } from './schemas.js';

const cellSchema = z.object({
  units: z.int().positive(),
  activation: activationSchema,
  recurrent_activation: activationSchema,
  use_bias: z.boolean().default(true),
  reset_after: z.boolean().optional(),
});
type CellOptions = z.output<typeof cellSchema>;
const optionsSchema = z.object({
  return_sequences: z.boolean().default(false),
  return_state: z.boolean().default(false),
  go_backwards: z.boolean().default(false),
  stateful: z.boolean().default(false),
  time_major: z.boolean().default(false),
  zero_output_for_mask: z.boolean().default(false),
});
type Options = z.output<typeof optionsSchema>;
type Kind = 'LSTM' | 'GRU' | 'SimpleRNN';

/**
 * ONNX's operator for a layer, and for each of ONNX's gates the index of Keras's gate: i, o, f, c from i, f, c, o; z, r, h from
 * z, r, h.
 */
const kinds: Readonly<Record<Kind, { readonly op: string; readonly gates: readonly number[] }>> = {
  LSTM: { op: 'LSTM', gates: [0, 3, 1, 2] },
  GRU: { op: 'GRU', gates: [0, 1, 2] },
  SimpleRNN: { op: 'RNN', gates: [0] },
};

/** ONNX's names of Keras's gate functions, with their two parameters. */
const gateFunctions: Readonly<Record<string, readonly [name: string, alpha?: number, beta?: number]>> = {
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  relu: ['Relu'],
  softsign: ['Softsign'],
  softplus: ['Softplus'],
  elu: ['Elu', 1],
  leaky_relu: ['LeakyRelu', 0.2],
  // A slope of 1 on both sides.
  linear: ['LeakyRelu', 1],
};

function gateFunction(scope: LayerScope, activation: CellOptions['activation'], fallback: string) {
  const name = activation === undefined ? fallback : activationName(activation);
  if (name === 'hard_sigmoid') return ['HardSigmoid', scope.kerasVersion === 2 ? 0.2 : 1 / 6, 0.5] as const;
  const known = Object.hasOwn(gateFunctions, name) ? gateFunctions[name] : undefined;
  return (
    known ?? scope.refuse(`its activation is "${name}"; supported: ${[...Object.keys(gateFunctions), 'hard_sigmoid'].join(', ')}`)
  );
}

/** Keras `[in, gates · units]` → ONNX `[1, gates · units, in]`, with the gates in ONNX's order. */
function gateRows({ data, shape: [rows = 1, columns = 1] }: FloatConstant, gates: readonly number[]): FloatConstant {
  const units = columns / gates.length;
  const out = new Float32Array(rows * columns);
  gates.forEach((from, gate) => {
    for (let unit = 0; unit < units; unit++)
      for (let row = 0; row < rows; row++)
        out[(gate * units + unit) * rows + row] = data[row * columns + from * units + unit] ?? 0;
  });
  return float32(out, [1, columns, rows]);
}

/**
 * ONNX's bias `[1, 2 · gates · units]`, of the input and of the recurrence. Keras has the second one only for `reset_after` of a
 * GRU.
 */
function biasRow({ data: values }: FloatConstant, columns: number, gates: readonly number[]): FloatConstant {
  const sides = [values.subarray(0, columns), values.length > columns ? values.subarray(columns) : new Float32Array(columns)];
  const out = new Float32Array(2 * columns);
  sides.forEach((side, index) => out.set(gateRows(float32(Float32Array.from(side), [1, columns]), gates).data, index * columns));
  return float32(out, [1, 2 * columns]);
}

/** The results of a cell: all steps `[steps, n, units]` along the input's steps, and the states after the last step. */
interface Run {
  readonly all: string;
  readonly states: readonly Feature[];
  readonly units: number;
}

/** A cell: the scope of its configuration, and the prefix `weights` of the roles of its weights. */
interface Cell {
  readonly scope: LayerScope;
  readonly kind: Kind;
  readonly weights: '' | 'cell/';
}

/** Runs a cell over `[steps, n, features]`. */
function runCell({ scope, kind, weights }: Cell, steps: string, features: number, backwards: boolean): Run {
  const options = scope.config(cellSchema);
  const { units, use_bias: useBias } = options;
  const { node, builder } = scope;
  const { op, gates } = kinds[kind];
  const columns = gates.length * units;
  const kernel = gateRows(scope.weight(`${weights}kernel`, [features, columns]), gates);
  const recurrence = gateRows(scope.weight(`${weights}recurrent_kernel`, [units, columns]), gates);
  const resetAfter = kind === 'GRU' && options.reset_after === true;
  const bias = useBias ? [biasRow(scope.weight(`${weights}bias`, resetAfter ? [2, columns] : [columns]), columns, gates)] : [];
  const gate = gateFunction(scope, options.recurrent_activation, 'sigmoid');
  const cell = gateFunction(scope, options.activation, 'tanh');
  const functions = kind === 'LSTM' ? [gate, cell, cell] : kind === 'GRU' ? [gate, cell] : [cell];
  const alphas = functions.flatMap(([, alpha]) => (alpha === undefined ? [] : [alpha]));
  const betas = functions.flatMap(([, , beta]) => (beta === undefined ? [] : [beta]));
  const attributes: Attributes = {
    hidden_size: int(units),
    direction: text(backwards ? 'reverse' : 'forward'),
    activations: { kind: 'strings', value: functions.map(([name]) => name) },
    ...(alphas.length === 0 ? {} : { activation_alpha: floats(alphas) }),
    ...(betas.length === 0 ? {} : { activation_beta: floats(betas) }),
    ...(kind === 'GRU' ? { linear_before_reset: int(resetAfter ? 1 : 0) } : {}),
  };
  const constants = [kernel, recurrence, ...bias].map((constant) => builder.constant(constant, 'gates'));
  const [all = '', ...states] = builder.node(op, [steps, ...constants], attributes, kind === 'LSTM' ? 3 : 2);
  const without = (value: string, axis: number) => node('Squeeze', [value, builder.constant(int64s([axis]), 'axis')]);
  return { all: without(all, 1), states: states.map((state) => ({ value: without(state, 0), shape: [units] })), units };
}

/**
 * The outputs of a layer: all steps along those of the input, in whatever direction they were computed, the last one, and the
 * states.
 */
interface Sequence {
  readonly all: string;
  readonly last: string;
  readonly states: readonly Feature[];
  readonly units: number;
  readonly options: Options;
}

/**
 * Runs a layer, or an RNN of cells one behind the other, over `[steps, n, features]`. If there is a mask, it runs over the
 * unmasked steps only.
 */
function run(scope: LayerScope, className: string, steps: string): Sequence {
  const options = scope.config(optionsSchema);
  const mask = maskOf(scope);
  const moved = mask === undefined ? undefined : compaction(scope, mask, scope.input.shape[0] ?? 1, options.go_backwards);
  const given = moved?.compacted(steps) ?? steps;
  if (options.stateful) scope.refuse('it keeps its state from batch to batch (stateful)');
  if (options.time_major) scope.refuse('its steps come before the samples (time_major)');
  const runs: Run[] = [];
  for (const cell of cellsOf(scope, className)) {
    const { all = given, units = scope.input.shape.at(-1) ?? 1 } = runs.at(-1) ?? {};
    runs.push(runCell(cell, all, units, options.go_backwards));
  }
  const final = runs.at(-1);
  const [last] = final?.states ?? [];
  if (final === undefined || last === undefined) return scope.refuse('it has no cell');
  if (moved !== undefined) {
    if (options.return_state) return scope.refuse('it is given masked steps and gives its state (return_state)');
    return { all: moved.spread(final.all), last: moved.last(final.all), states: [], units: final.units, options };
  }
  return { all: final.all, last: last.value, states: runs.flatMap(({ states }) => states), units: final.units, options };
}

const innerSchema = z.object({ class_name: z.string(), config: z.record(z.string(), z.unknown()) });

function cellsOf(scope: LayerScope, className: string): Cell[] {
  if (className !== 'RNN') {
    const kind = Object.hasOwn(kinds, className) ? (className as Kind) : scope.refuse(`it wraps a ${className}`);
    return [{ scope, kind, weights: 'cell/' }];
  }
  const { cell } = scope.config(z.object({ cell: z.unknown() }));
  return cellParts(cell).map(({ part, json }) => {
    const kind = json.class_name.replace(/Cell$/, '');
    if (!Object.hasOwn(kinds, kind) || kind === json.class_name)
      return scope.refuse(
        `its cell is a ${json.class_name}; supported: ${Object.keys(kinds).join('Cell, ')}Cell, StackedRNNCells`,
      );
    return { scope: scope.part(part, json), kind: kind as Kind, weights: '' };
  });
}

/** The steps in reverse order. */
function reversed({ node, builder }: LayerScope, value: string): string {
  const bounds = [[-1], [-(2 ** 31)], [0], [-1]].map((list) => builder.constant(int64s(list), 'reversed'));
  return node('Slice', [value, ...bounds]);
}

/** The input, `[n, steps, features]`, as `[steps, n, features]`. */
function stepsOf(scope: LayerScope): string {
  const { input } = scope;
  if (input.shape.length !== 2) return scope.refuse(`it is given [${input.shape.join(', ')}] where it needs steps and features`);
  const masks = scope.call.keywords.mask?.kind === 'tensor' ? 1 : 0;
  if (scope.inputs.length - masks > 1) return scope.refuse('it is given a state to start from');
  return scope.node('Transpose', [inKerasOrder(scope, input)], { perm: ints([1, 0, 2]) });
}

/** `[steps, n, units]` as a feature. */
function sequenceOf(scope: LayerScope, value: string, units: number): Feature {
  const [steps = 1] = scope.order === 'channels_first' ? scope.input.shape.slice(-1) : scope.input.shape;
  return fromKerasOrder(scope, scope.node('Transpose', [value], { perm: ints([1, 0, 2]) }), [steps, units]);
}

/** The output, followed by the states if the layer returns them. */
function withStates(output: Feature, { options, states }: Sequence, others: readonly Feature[] = []): Feature {
  return options.return_state ? { ...output, others: [...states, ...others] } : output;
}

const recurrent =
  (className: string): LayerImport =>
  (scope) => {
    const sequence = run(scope, className, stepsOf(scope));
    const { all, last, options, units } = sequence;
    if (!options.return_sequences) return withStates({ value: last, shape: [units] }, sequence);
    const mask = maskOf(scope);
    const given = mask !== undefined && options.zero_output_for_mask ? zeroed(scope, all, mask) : all;
    // Keras returns the steps in the order in which it computed them.
    const output = sequenceOf(scope, options.go_backwards ? reversed(scope, given) : given, units);
    return withStates(mask === undefined ? output : { ...output, mask }, sequence);
  };

const merges: Readonly<Record<string, string>> = { sum: 'Add', mul: 'Mul', ave: 'Add' };
/** A layer over the steps forwards and one over them backwards. Their results are combined step by step. */
const bidirectional: LayerImport = (scope) => {
  const schema = z.object({ layer: innerSchema, backward_layer: innerSchema.nullish(), merge_mode: z.string().nullish() });
  const { layer, backward_layer: given, merge_mode: mode = 'concat' } = scope.config(schema);
  if (mode === null) return scope.refuse('its merge_mode is None, which gives two outputs');
  const inverse = { ...layer, config: { ...layer.config, go_backwards: layer.config.go_backwards !== true } };
  const steps = stepsOf(scope);
  const sides = [['forward_layer', layer] as const, ['backward_layer', given ?? inverse] as const].map(([part, own]) => {
    return run(scope.part(part, own), own.class_name, steps);
  });
  const [forward, backward] = sides;
  if (forward === undefined || backward === undefined) return scope.refuse('it has one direction');
  const whole = forward.options.return_sequences;
  // The result of the backward layer is reversed, in whatever direction that layer runs.
  const values = whole
    ? [
        forward.options.go_backwards ? reversed(scope, forward.all) : forward.all,
        backward.options.go_backwards ? backward.all : reversed(scope, backward.all),
      ]
    : [forward.last, backward.last];
  const units = forward.units + (mode === 'concat' ? backward.units : 0);
  const op = merges[mode];
  if (mode !== 'concat' && op === undefined) return scope.refuse(`its merge_mode is "${mode}"`);
  let value = scope.node(op ?? 'Concat', values, op === undefined ? { axis: int(-1) } : {});
  if (mode === 'ave') value = scope.node('Mul', [value, scope.builder.scalar(0.5)]);
  const mask = whole ? maskOf(scope) : undefined;
  // Masked steps are 0 in both directions, whatever their layers return.
  const unmasked = mask === undefined ? value : zeroed(scope, value, mask);
  const output = whole
    ? { ...sequenceOf(scope, unmasked, units), ...(mask === undefined ? {} : { mask }) }
    : { value, shape: [units] };
  return withStates(output, forward, withStates(output, backward).others);
};

export const recurrentLayers: Readonly<Record<string, LayerImport>> = {
  LSTM: recurrent('LSTM'),
  GRU: recurrent('GRU'),
  SimpleRNN: recurrent('SimpleRNN'),
  RNN: recurrent('RNN'),
  Bidirectional: bidirectional,
};
