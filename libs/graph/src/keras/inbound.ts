import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { callOf, inboundOf, readArgument, type Argument, type Call, type Inbound } from './arguments.js';
import { parsed } from './parsed.js';

/** Keras 2: `["name", call, tensor, {keyword arguments}]` per input. An operation has no list around it. */
const keras2Input = z.tuple([z.string(), z.int(), z.unknown()]).rest(z.unknown());
const keras2Node = z.union([keras2Input, z.array(keras2Input)]);
/** Keras 3: the arguments of the call, with tensors marked. */
const keras3Node = z.object({ args: z.array(z.unknown()), kwargs: z.record(z.string(), z.unknown()).default({}) });
const reference = z.tuple([z.string(), z.int(), z.int()]);
const keywordsSchema = z.record(z.string(), z.unknown()).nullish();
/** How Keras 2 marks an argument that is not a tensor. */
const CONSTANT = '_CONSTANT_VALUE';

/**
 * Reads a layer's `inbound_nodes` in either notation.
 * @throws MODEL_UNREADABLE when malformed
 */
export function readCalls(layer: string, nodes: unknown): Call[] {
  const where = `inbound_nodes of layer "${layer}"`;
  return parsed(z.array(z.unknown()), nodes, where).map((node) =>
    Array.isArray(node) ? keras2Call(node, where) : keras3Call(node, where),
  );
}

function keras2Call(node: unknown, where: string): Call {
  const read = parsed(keras2Node, node, where);
  const list = isOne(read) ? [read] : read;
  const inputs = list.map(([from, call, tensor]): Argument =>
    from === CONSTANT ? readArgument(tensor) : { kind: 'tensor', tensor: inboundOf([from, call, Number(tensor)]) },
  );
  // Each input in a list repeats the keywords of the call.
  const keywords = parsed(keywordsSchema, list[0]?.[3], where) ?? {};
  return callOf(inputs.length === 1 ? inputs : [{ kind: 'list', items: inputs }], readKeywords(keywords));
}

const isOne = (node: z.infer<typeof keras2Node>): node is z.infer<typeof keras2Input> => typeof node[0] === 'string';

function keras3Call(node: unknown, where: string): Call {
  const { args, kwargs } = parsed(keras3Node, node, where);
  return callOf(args.map(readArgument), readKeywords(kwargs));
}

const readKeywords = (keywords: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(keywords).map(([name, value]) => [name, readArgument(value)]));

/** An input or output of a model. Its name is the key in a dictionary of ends, or the layer's name. */
export interface End {
  readonly name: string;
  readonly from: Inbound;
}

/** Parses a model's `input_layers` or `output_layers`: `[["name", 0, 0], …]`, `["name", 0, 0]`, or an object of such entries. */
export function endsOf(what: 'input' | 'output', ends: unknown): End[] {
  const where = `${what}_layers`;
  if (typeof ends === 'object' && ends !== null && !Array.isArray(ends))
    return Object.entries(ends).map(([name, end]) => ({ name, from: inboundOf(parsed(reference, end, where)) }));
  const list = Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends;
  return parsed(z.array(reference), list, where).map((end) => {
    const from = inboundOf(end);
    // Later calls of a shared layer are named as its layers are.
    const name = from.call === 0 ? from.layer : `${from.layer}:${String(from.call)}`;
    return { name: from.output === undefined ? name : `${name}.${String(from.output)}`, from };
  });
}

/** @throws MODEL_UNSUPPORTED for several inputs */
export function singleInput(ends: unknown): Inbound {
  const [end, ...others] = endsOf('input', ends);
  if (end !== undefined && others.length === 0) return end.from;
  const count = end === undefined ? 0 : others.length + 1;
  throw new XaigridError('MODEL_UNSUPPORTED', `The model has ${count} inputs; models with one input are supported.`);
}
