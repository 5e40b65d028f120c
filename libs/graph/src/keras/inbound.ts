import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { parsed } from './parsed.js';

/** One use of another layer's output: which layer, and which of its calls. */
export interface Inbound {
  readonly layer: string;
  readonly call: number;
}

/** One call of a layer. */
export interface Call {
  /** The tensors it is given, in order. */
  readonly inputs: readonly Inbound[];
  /** The same with the plain numbers between them, for arithmetic such as `x * 0.5`. */
  readonly operands: readonly (Inbound | number)[];
}

export function callOf(operands: readonly (Inbound | number)[]): Call {
  return { operands, inputs: operands.filter((operand) => typeof operand !== 'number') };
}

/** Keras 2: `["name", call, tensor, {keyword arguments}]`, an input each. */
const keras2Node = z.array(z.tuple([z.string(), z.int(), z.unknown()]).rest(z.unknown()));
/** Keras 3: the call's arguments, tensors marked as such. */
const keras3Node = z.object({ args: z.array(z.unknown()), kwargs: z.record(z.string(), z.unknown()).default({}) });
const keras3Tensor = z.object({
  class_name: z.literal('__keras_tensor__'),
  config: z.object({ keras_history: z.tuple([z.string(), z.int(), z.int()]) }),
});
const reference = z.tuple([z.string(), z.int(), z.int()]);
/** What Keras 2 calls an argument that is no tensor. */
const CONSTANT = '_CONSTANT_VALUE';

/**
 * Reads a layer's `inbound_nodes` in either notation.
 * @throws MODEL_UNREADABLE when malformed, MODEL_UNSUPPORTED for one of several outputs of a layer
 */
export function readCalls(layer: string, nodes: unknown): Call[] {
  const where = `inbound_nodes of layer "${layer}"`;
  return parsed(z.array(z.unknown()), nodes, where).map((node) =>
    callOf(Array.isArray(node) ? keras2Operands(node, where) : keras3Operands(node, where)),
  );
}

function keras2Operands(node: unknown, where: string): (Inbound | number)[] {
  return parsed(keras2Node, node, where).flatMap(([from, call, tensor, keywords]) => {
    const first = from === CONSTANT ? numbersIn(tensor) : [inbound([from, call, Number(tensor)], where)];
    return [...first, ...Object.values(keywords ?? {}).flatMap((value) => keras2Keyword(value, where))];
  });
}

function keras2Keyword(value: unknown, where: string): (Inbound | number)[] {
  const tensor = reference.safeParse(value);
  return tensor.success ? [inbound(tensor.data, where)] : numbersIn(value);
}

function keras3Operands(node: unknown, where: string): (Inbound | number)[] {
  const { args, kwargs } = parsed(keras3Node, node, where);
  const operands = (value: unknown): (Inbound | number)[] => {
    if (Array.isArray(value)) return value.flatMap(operands);
    const tensor = keras3Tensor.safeParse(value);
    return tensor.success ? [inbound(tensor.data.config.keras_history, where)] : numbersIn(value);
  };
  return [...args, ...Object.values(kwargs)].flatMap(operands);
}

const numbersIn = (value: unknown): number[] => (typeof value === 'number' ? [value] : []);

function inbound([layer, call, tensor]: readonly [string, number, number], where: string): Inbound {
  if (tensor === 0) return { layer, call };
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model's ${where} use output ${tensor} of layer "${layer}"; layers with one output are supported.`,
  );
}

/** An end of a model: a key of a dictionary of ends, or the layer's name as Keras has it. */
export interface End {
  readonly name: string;
  readonly from: Inbound;
}

/** A model's `input_layers` or `output_layers`: `[["name", 0, 0], …]`, `["name", 0, 0]`, or an object of such entries. */
export function endsOf(what: 'input' | 'output', ends: unknown): End[] {
  const where = `${what}_layers`;
  if (typeof ends === 'object' && ends !== null && !Array.isArray(ends))
    return Object.entries(ends).map(([name, end]) => ({ name, from: inbound(parsed(reference, end, where), where) }));
  const list = Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends;
  return parsed(z.array(reference), list, where).map((end) => {
    const from = inbound(end, where);
    // A shared layer's later calls are called as its layers are.
    return { name: from.call === 0 ? from.layer : `${from.layer}:${String(from.call)}`, from };
  });
}

/** @throws MODEL_UNSUPPORTED for several inputs */
export function singleInput(ends: unknown): Inbound {
  const [end, ...others] = endsOf('input', ends);
  if (end !== undefined && others.length === 0) return end.from;
  const count = end === undefined ? 0 : others.length + 1;
  throw new XaigridError('MODEL_UNSUPPORTED', `The model has ${count} inputs; models with one input are supported.`);
}
