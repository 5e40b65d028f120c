import { z } from 'zod';

/**
 * One use of another layer's output: the layer, the index of its call, and the index of the output. Absent indices mean the
 * first.
 */
export interface Inbound {
  readonly layer: string;
  readonly call: number;
  readonly output?: number;
}

/** One argument of a call. */
export type Argument<Tensor = Inbound> =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  | { readonly kind: 'plain'; readonly value: number | string | boolean | null }
  /** Nested lists of numbers that Keras marks as an array. */
  | { readonly kind: 'array'; readonly value: unknown }
  | { readonly kind: 'slice'; readonly start: Bound; readonly stop: Bound; readonly step: Bound }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'list'; readonly items: readonly Argument<Tensor>[] }
  | { readonly kind: 'other' };

type Bound = number | null;

/** One call of a layer or an operation. */
export interface Call<Tensor = Inbound> {
  /** The tensors among the arguments, in order; those of keywords come last. */
  readonly inputs: readonly Tensor[];
  readonly args: readonly Argument<Tensor>[];
  readonly keywords: Readonly<Record<string, Argument<Tensor>>>;
}

/** A call from its arguments and keywords. */
export function callOf<Tensor>(
  args: readonly Argument<Tensor>[],
  keywords: Readonly<Record<string, Argument<Tensor>>> = {},
): Call<Tensor> {
  return { args, keywords, inputs: [...args, ...Object.values(keywords)].flatMap(tensorsIn) };
}

function tensorsIn<Tensor>(argument: Argument<Tensor>): Tensor[] {
  if (argument.kind === 'tensor') return [argument.tensor];
  return argument.kind === 'list' ? argument.items.flatMap(tensorsIn) : [];
}

/** The call with each tensor replaced by another. */
export function mapCall<From, To>({ args, keywords }: Call<From>, tensorOf: (tensor: From) => To): Call<To> {
  const mapped = (argument: Argument<From>): Argument<To> => {
    if (argument.kind === 'tensor') return { kind: 'tensor', tensor: tensorOf(argument.tensor) };
    return argument.kind === 'list' ? { kind: 'list', items: argument.items.map(mapped) } : argument;
  };
  return callOf(
    args.map(mapped),
    Object.fromEntries(Object.entries(keywords).map(([name, argument]) => [name, mapped(argument)])),
  );
}

const bound = z.int().nullish().default(null);
const bounds = z.object({ start: bound, stop: bound, step: bound });
const keras3Tensor = z.object({ keras_history: z.tuple([z.string(), z.int(), z.int()]) });
const reference = z.tuple([z.string(), z.int(), z.int()]);

/**
 * Parses an argument as Keras 2 writes it (`["name", 0, 0]` is a tensor) or as Keras 3 does (`{"class_name": "__keras_tensor__",
 * …}` is one).
 */
export function readArgument(value: unknown): Argument {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return { kind: 'plain', value };
  if (Array.isArray(value)) {
    const tensor = reference.safeParse(value);
    if (tensor.success) return { kind: 'tensor', tensor: inboundOf(tensor.data) };
    return { kind: 'list', items: value.map((item) => readArgument(item)) };
  }
  if (typeof value !== 'object') return { kind: 'other' };
  const { class_name: className, config, items } = value as { class_name?: unknown; config?: unknown; items?: unknown };
  switch (className) {
    case '__keras_tensor__': {
      const tensor = keras3Tensor.safeParse(config);
      return tensor.success ? { kind: 'tensor', tensor: inboundOf(tensor.data.keras_history) } : { kind: 'other' };
    }
    case '__ellipsis__':
      return { kind: 'ellipsis' };
    case '__numpy__':
    case '__tensor__':
      return { kind: 'array', value: (config as { value?: unknown } | undefined)?.value };
    case '__tuple__':
      return readArgument(items ?? []);
    case '__slice__':
    case undefined: {
      const slice = bounds.safeParse(config ?? value);
      return slice.success && 'step' in Object(config ?? value) ? { kind: 'slice', ...slice.data } : { kind: 'other' };
    }
    default:
      return { kind: 'other' };
  }
}

export function inboundOf([layer, call, output]: readonly [string, number, number]): Inbound {
  return output === 0 ? { layer, call } : { layer, call, output };
}
