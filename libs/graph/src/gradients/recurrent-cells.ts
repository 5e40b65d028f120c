import type { GraphBuilder } from '../builder.js';

/** Adds a node with one output. */
export type Add = (op: string, inputs: readonly string[], attributes?: Parameters<GraphBuilder['node']>[2]) => string;

/** What the steps of one direction use. Weights are right factors, `[features, gates · units]`. */
export interface Cell {
  readonly add: Add;
  readonly split: (value: string, parts: number) => string[];
  readonly one: string;
  readonly recurrence: string;
  /** The bias of the recurrence, if it is separate from that of the input. */
  readonly bias: string | undefined;
  /** Peephole weights from the cell state (input, output, forget). Usually there are none. */
  readonly peepholes: readonly string[] | undefined;
  readonly activations: readonly ((value: string) => string)[];
}

export interface State {
  readonly h: string;
  readonly c: string;
}

/** One step: from the input's part of the gates and the state before to the state after, `[1, n, units]` each. */
export type Step = (cell: Cell, gates: string, state: State) => State;

/** c ← f⊙c + i⊙g(…), h ← o⊙h(c); the gates are in the order i, o, f, c. */
export const lstm: Step = ({ add, split, recurrence, peepholes, activations: [f = same, g = same, h = same] }, gates, state) => {
  const all = add('Add', [gates, add('MatMul', [state.h, recurrence])]);
  const [i = '', o = '', forget = '', cell = ''] = split(all, 4);
  const looking = (gate: string, index: number, at: string) =>
    peepholes === undefined ? gate : add('Add', [gate, add('Mul', [peepholes[index] ?? '', at])]);
  const kept = add('Mul', [f(looking(forget, 2, state.c)), state.c]);
  const c = add('Add', [kept, add('Mul', [f(looking(i, 0, state.c)), g(cell)])]);
  return { c, h: add('Mul', [f(looking(o, 1, c)), h(c)]) };
};

/** h ← (1 − z)⊙g(…) + z⊙h; the gates are in the order z, r, h. */
export const gru =
  (linearBeforeReset: boolean): Step =>
  ({ add, split, one, recurrence, bias, activations: [f = same, g = same] }, gates, state) => {
    const [fromZ = '', fromR = '', fromH = ''] = split(gates, 3);
    const [toZ = '', toR = '', toH = ''] = split(recurrence, 3);
    const [biasZ, biasR, biasH] = bias === undefined ? [] : split(bias, 3);
    const shifted = (value: string, by: string | undefined) => (by === undefined ? value : add('Add', [value, by]));
    const gate = (from: string, to: string, by: string | undefined) =>
      f(add('Add', [from, shifted(add('MatMul', [state.h, to]), by)]));
    const [z, r] = [gate(fromZ, toZ, biasZ), gate(fromR, toR, biasR)];
    const past = linearBeforeReset
      ? add('Mul', [r, shifted(add('MatMul', [state.h, toH]), biasH)])
      : shifted(add('MatMul', [add('Mul', [r, state.h]), toH]), biasH);
    const fresh = g(add('Add', [fromH, past]));
    return { c: '', h: add('Add', [add('Mul', [add('Sub', [one, z]), fresh]), add('Mul', [z, state.h])]) };
  };

export const rnn: Step = ({ add, recurrence, activations: [f = same] }, gates, state) => ({
  c: '',
  h: f(add('Add', [gates, add('MatMul', [state.h, recurrence])])),
});

const same = (value: string) => value;
