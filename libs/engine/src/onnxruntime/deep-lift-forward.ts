import { XaigridError } from '@xaigrid/contracts';
import { type DeepLiftForward, type Graph, GraphBuilder, type Side, type ValueInfo } from '@xaigrid/graph';
import { sizeOf, type Tensor } from '@xaigrid/tensor';
import { batchesOf, paddedRows } from '../request/batches.js';
import { channelsFirst } from './compose.js';
import type { OnnxContext } from './onnx-context.js';
import type { Feed, Values } from './sessions.js';

/**
 * The names of the forward graph's own output and of values it keeps. A prefix separates the latter, since a value of the model
 * may have the same name.
 */
const PROBABILITIES = 'probabilities';
const keptName = (value: string) => `kept/${value}`;

/** A value of one side: its name in the forward graph, and the shape of one row. */
export interface SideValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: keyof typeof arrays;
}

/** The types of values that rules read: floats, and the positions of max-pooling. */
const arrays = { float: Float32Array, double: Float64Array, int32: Int32Array, int64: BigInt64Array };

/** The values of one side that the multipliers read. The model's input, channels first, is always among them. */
export function sideValues({ model, description }: OnnxContext, forward: DeepLiftForward, side: Side): SideValue[] {
  const channels = description.inputShape.at(-1) ?? 1;
  const positions = description.inputShape.slice(0, -1);
  const input: SideValue = { name: model.input.name, shape: [channels, ...positions], type: 'float' };
  const infos = new Map(forward.graph.outputs.map((info) => [info.name, info]));
  const others = forward.values[side].filter((name) => name !== model.input.name);
  return [input, ...others.flatMap((name) => describe(infos.get(name)))];
}

function describe(info: ValueInfo | undefined): SideValue[] {
  if (info === undefined) return [];
  const { name, type, shape } = info;
  if (type !== 'float' && type !== 'double' && type !== 'int32' && type !== 'int64') {
    throw new XaigridError('OPERATION_UNSUPPORTED', `DeepLIFT cannot keep the value "${name}" of type ${type}.`);
  }
  return [{ name, shape: shape.slice(1).map((extent) => extent ?? 1), type }];
}

/** The forward values of one side, for several samples or references. */
export interface ForwardValues {
  /** The model's outputs in float64, `[rows, classes]`. */
  readonly outputs: Float64Array<ArrayBuffer>;
  /** The kept values by name, `[rows, ...shape]` each. */
  readonly values: ReadonlyMap<string, Feed>;
}

/**
 * Runs the forward graph of one side on `inputs`, `[rows, ...inputShape]`, in batches of fixed size. It keeps the values that
 * `wanted` names.
 */
export async function deepLiftForward(
  context: OnnxContext,
  forward: DeepLiftForward,
  { side, wanted, inputs }: { readonly side: Side; readonly wanted: readonly SideValue[]; readonly inputs: Tensor },
): Promise<ForwardValues> {
  const { description, batchSize, sessions } = context;
  const [rows = 0] = inputs.shape;
  const names = wanted.map(({ name }) => name);
  const graph = await sessions.compiled(`deeplift ${side} ${names.length} ${forward.softmaxRule}`, () =>
    composeForward(context, forward, names),
  );
  const outputs = new Float64Array(rows * description.classes);
  const values = new Map(wanted.map((value) => [value.name, emptyFeed(rows, value)]));
  for (const batch of batchesOf(rows, batchSize)) {
    const data = paddedRows(inputs, batch, batchSize);
    const found = await graph.runMixed({ x: { data, shape: [batchSize, ...description.inputShape] } }, [
      PROBABILITIES,
      ...names.map(keptName),
    ]);
    copyRows(outputs, found.get(PROBABILITIES), batch, description.classes);
    for (const [name, { data: target, shape }] of values)
      copyRows(target, found.get(keptName(name)), batch, sizeOf(shape.slice(1)));
  }
  return { outputs, values };
}

/** Rows `start` … `end − 1` of every value, as views. */
export function rowsOfValues({ values }: ForwardValues, start: number, end: number): Map<string, Feed> {
  return new Map(
    [...values].map(([name, { data, shape }]) => {
      const stride = sizeOf(shape.slice(1));
      return [name, { data: data.subarray(start * stride, end * stride), shape: [end - start, ...shape.slice(1)] }];
    }),
  );
}

function composeForward({ model, batchSize }: OnnxContext, forward: DeepLiftForward, names: readonly string[]): Graph {
  const builder = new GraphBuilder('deeplift-forward');
  const x = builder.input('x', 'float', [batchSize, ...model.input.shape]);
  const input = channelsFirst(builder, x, model.input.shape);
  const { values } = builder.inline(forward.graph, { inputs: { [model.input.name]: input }, prefix: 'forward/' });
  builder.output(values.get(forward.output) ?? '', PROBABILITIES);
  for (const name of names) builder.output(values.get(name) ?? '', keptName(name));
  return builder.build();
}

function emptyFeed(rows: number, { shape, type }: SideValue): Feed {
  return { data: new arrays[type](rows * sizeOf(shape)), shape: [rows, ...shape] };
}

function copyRows(
  target: Values,
  source: Values | undefined,
  { start, rows }: { start: number; rows: number },
  stride: number,
): void {
  if (source === undefined) return;
  // As bytes, because both arrays have the same type, whatever it is.
  const bytes = stride * target.BYTES_PER_ELEMENT;
  new Uint8Array(target.buffer).set(new Uint8Array(source.buffer, source.byteOffset, rows * bytes), start * bytes);
}
