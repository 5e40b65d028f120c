import { floatsOf, numberOf, stringsOf, textOf } from '../../src/attributes.js';
import type { GraphNode } from '../../src/graph.js';
import { at, build, type NdArray } from './array.js';

type Function = (x: number) => number;

/** ONNX's functions by name; α and β where they take some. */
const functions: Record<string, (alpha?: number, beta?: number) => Function> = {
  Sigmoid: () => (x) => 1 / (1 + Math.exp(-x)),
  Tanh: () => Math.tanh,
  Relu: () => (x) => Math.max(0, x),
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  LeakyRelu:
    (alpha = 0.01) =>
    (x) =>
      x < 0 ? alpha * x : x,
  HardSigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      Math.max(0, Math.min(1, alpha * x + beta)),
};

function functionsOf(node: GraphNode, direction: number, defaults: readonly string[]): Function[] {
  const names = stringsOf(node, 'activations') ?? [...defaults, ...defaults];
  const alphas = [...(floatsOf(node, 'activation_alpha') ?? [])];
  const betas = [...(floatsOf(node, 'activation_beta') ?? [])];
  const all = names.map((name) => {
    const alpha = ['LeakyRelu', 'HardSigmoid'].includes(name) ? alphas.shift() : undefined;
    return functions[name]?.(alpha, name === 'HardSigmoid' ? betas.shift() : undefined) ?? Math.sin;
  });
  return all.slice(direction * defaults.length, (direction + 1) * defaults.length);
}

interface Cell {
  readonly direction: number;
  readonly units: number;
  /** Σ_k W[gate unit, k] · x_k, the bias of the input added; `gate` counts units of all gates. */
  readonly fromInput: (gate: number, x: readonly number[]) => number;
  /** The same of the recurrence. */
  readonly fromState: (gate: number, h: readonly number[]) => number;
  readonly peephole: (index: number) => number;
}

type Step = (node: GraphNode, cell: Cell, x: readonly number[], h: readonly number[], c: readonly number[]) => number[][];

const lstm: Step = (node, { direction, units, fromInput, fromState, peephole }, x, h, c) => {
  const [f = Math.sin, g = Math.sin, last = Math.sin] = functionsOf(node, direction, ['Sigmoid', 'Tanh', 'Tanh']);
  const gate = (index: number, unit: number) => fromInput(index * units + unit, x) + fromState(index * units + unit, h);
  const cells = c.map((old, unit) => {
    const input = f(gate(0, unit) + peephole(unit) * old);
    const forget = f(gate(2, unit) + peephole(2 * units + unit) * old);
    return forget * old + input * g(gate(3, unit));
  });
  const states = cells.map((own, unit) => f(gate(1, unit) + peephole(units + unit) * own) * last(own));
  return [states, cells];
};

const gru: Step = (node, { direction, units, fromInput, fromState }, x, h) => {
  const [f = Math.sin, g = Math.sin] = functionsOf(node, direction, ['Sigmoid', 'Tanh']);
  const gate = (index: number, unit: number) => f(fromInput(index * units + unit, x) + fromState(index * units + unit, h));
  const reset = h.map((_, unit) => gate(1, unit));
  const later = numberOf(node, 'linear_before_reset', 0) !== 0;
  const states = h.map((old, unit) => {
    const own = 2 * units + unit;
    const past = later
      ? (reset[unit] ?? 0) * fromState(own, h)
      : fromState(
          own,
          h.map((value, k) => value * (reset[k] ?? 0)),
        );
    const z = gate(0, unit);
    return (1 - z) * g(fromInput(own, x) + past) + z * old;
  });
  return [states, states];
};

const rnn: Step = (node, { direction, fromInput, fromState }, x, h) => {
  const [f = Math.sin] = functionsOf(node, direction, ['Tanh']);
  const states = h.map((_, unit) => f(fromInput(unit, x) + fromState(unit, h)));
  return [states, states];
};

/** A recurrent layer sample by sample, step by step, unit by unit, as ONNX's formulas say. */
const recurrent =
  (step: Step, gates: number) =>
  (node: GraphNode, [x, w, r, b, , h0, c0, p]: readonly NdArray[]): NdArray[] => {
    if (x === undefined || w === undefined || r === undefined) throw new Error('a recurrent layer needs x, W and R');
    const [steps = 0, samples = 0, features = 0] = x.shape;
    const [directions = 0, , units = 0] = r.shape;
    const given = (array: NdArray | undefined): array is NdArray => array !== undefined && array.data.length > 0;
    const list = (count: number, value: (index: number) => number) => Array.from({ length: count }, (_, index) => value(index));
    const runs = list(directions, Number).map((_, direction) =>
      list(samples, Number).map((__, sample) => {
        const weighted = (matrix: NdArray, gate: number, values: readonly number[]) =>
          values.reduce((sum, value, k) => sum + value * at(matrix, [direction, gate, k]), 0);
        const bias = (gate: number, half: number) => (given(b) ? at(b, [direction, half * gates * units + gate]) : 0);
        const cell: Cell = {
          direction,
          units,
          fromInput: (gate, values) => weighted(w, gate, values) + bias(gate, 0),
          fromState: (gate, values) => weighted(r, gate, values) + bias(gate, 1),
          peephole: (index) => (given(p) ? at(p, [direction, index]) : 0),
        };
        let h = list(units, (unit) => (given(h0) ? at(h0, [direction, sample, unit]) : 0));
        let c = list(units, (unit) => (given(c0) ? at(c0, [direction, sample, unit]) : 0));
        const backwards = direction === 1 || textOf(node, 'direction', 'forward') === 'reverse';
        const order = [...Array(steps).keys()];
        const all: number[][] = [];
        for (const t of backwards ? order.reverse() : order) {
          [h = [], c = []] = step(
            node,
            cell,
            list(features, (k) => at(x, [t, sample, k])),
            h,
            c,
          );
          all[t] = h;
        }
        return { all, h, c };
      }),
    );
    const run = (direction = 0, sample = 0) => runs[direction]?.[sample];
    return [
      build([steps, directions, samples, units], ([t = 0, d, n, unit = 0]) => run(d, n)?.all[t]?.[unit] ?? NaN),
      build([directions, samples, units], ([d, n, unit = 0]) => run(d, n)?.h[unit] ?? NaN),
      build([directions, samples, units], ([d, n, unit = 0]) => run(d, n)?.c[unit] ?? NaN),
    ];
  };

export const recurrentOperators = { LSTM: recurrent(lstm, 4), GRU: recurrent(gru, 3), RNN: recurrent(rnn, 1) };
