import { XaigridError } from '@xaigrid/contracts';
import type { z } from 'zod';
import type { GraphBuilder } from '../builder.js';
import { float32, type FloatConstant } from '../constants.js';
import type { Attributes, Constant } from '../graph.js';
import { parsed } from './parsed.js';
import { callOf, type Call } from './arguments.js';
import { wrappedLayer, wrappedModel } from './topology.js';
import type { Definitions, KerasWeight } from './weights.js';
import type { KerasLayer, Topology } from './keras-layer.js';

/**
 * The output of a layer: the graph value `[n, channels, ...positions]`, and its shape `[...positions, channels]`, which is the
 * default of Keras. This also holds for a channels-first model.
 */
export interface Feature {
  readonly value: string;
  readonly shape: readonly number[];
  /** The steps of each sample that count, float `[n, steps]`, 1 or 0; see `layers/masking.ts`. Absent: all count. */
  readonly mask?: string;
  /** Further outputs of a layer with several. */
  readonly others?: readonly Feature[];
}

/** Where the model's file has the channels. All layers of a model agree. */
export type ChannelOrder = 'channels_last' | 'channels_first';

/** What the import of a layer can use. */
export interface LayerScope {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Feature[];
  /** All arguments of the call, tensors and others. */
  readonly call: Call<Feature>;
  /** The first input. */
  readonly input: Feature;
  readonly order: ChannelOrder;
  readonly kerasVersion: 2 | 3;
  readonly definitions: Definitions;
  /**
   * Parses the layer's configuration.
   * @throws MODEL_UNREADABLE
   */
  readonly config: <T>(schema: z.ZodType<T>) => T;
  /**
   * The axis of `input.shape` for an axis as Keras counts it (with the batch; negative from the end). Undefined if there is none.
   */
  readonly axis: (axis: number) => number | undefined;
  /** Adds a node whose output is named after the layer. */
  readonly node: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /**
   * The layer's weight by role (`kernel`), in Keras's shape.
   * @throws MODEL_UNREADABLE if it is missing or has another shape
   */
  readonly weight: (role: string, shape: readonly number[]) => FloatConstant;
  readonly hasWeight: (role: string) => boolean;
  /**
   * The shape of a weight in the file.
   * @throws MODEL_UNREADABLE if it is missing
   */
  readonly weightShape: (role: string) => readonly number[];
  /** The same scope for a layer that this one wraps: with its configuration, and its weights, whose roles begin with `part`. */
  readonly part: (part: string, layer: unknown) => LayerScope;
  /** The output of a wrapped layer, the part `part`, on `input`. */
  readonly wrapped: (part: string, layer: unknown, input: Feature) => Feature;
  /** Notes a correction of the model; see `Model.corrections`. */
  readonly corrected: (what: string) => void;
  /** @throws MODEL_UNSUPPORTED naming the layer and its class */
  readonly refuse: (reason: string) => never;
}

export type LayerImport = (scope: LayerScope) => Feature;

export interface ScopeOptions {
  readonly builder: GraphBuilder;
  readonly layer: KerasLayer;
  readonly call: Call<Feature>;
  readonly weights: readonly KerasWeight[];
  readonly order: ChannelOrder;
  readonly kerasVersion: 2 | 3;
  readonly definitions: Definitions;
  readonly corrected: (what: string) => void;
  /** Imports a layer that another one wraps. */
  readonly importLayer: (options: ScopeOptions) => Feature;
  /** Imports the layers of a model that a layer wraps. */
  readonly importModel: (options: ScopeOptions, model: Topology, input: Feature) => Feature;
}

export function createScope(options: ScopeOptions): LayerScope {
  const { builder, layer, call, weights, order, kerasVersion, definitions, corrected } = options;
  const title = `Layer "${layer.name}" (${layer.className})`;
  const { inputs } = call;
  const [input] = inputs;
  if (input === undefined) throw new XaigridError('MODEL_UNREADABLE', `${title} has no input.`);
  const weight = (role: string): KerasWeight => {
    const found = weights.find((own) => own.role === role);
    if (found !== undefined) return found;
    throw new XaigridError('MODEL_UNREADABLE', `${title} has no weight "${role}" in the file.`);
  };
  const inner = (part: string, json: unknown, given: Call<Feature>): ScopeOptions => ({
    ...options,
    layer: wrappedLayer(layer, json),
    call: given,
    weights: weightsOfPart(weights, part),
  });
  const wrapped = (part: string, json: unknown, given: Feature): Feature => {
    const model = wrappedModel(layer);
    if (model !== undefined) return options.importModel({ ...options, weights: weightsOfPart(weights, part) }, model, given);
    return options.importLayer(inner(part, json, callOf<Feature>([{ kind: 'tensor', tensor: given }])));
  };
  return {
    ...{ builder, inputs, call, input, order, kerasVersion, definitions, corrected },
    config: (schema) => parsed(schema, layer.config, `config of layer "${layer.name}" (${layer.className})`),
    axis: (axis) => axisOfShape(axis, input.shape.length, order),
    node: (op, values, attributes) => builder.named(`${layer.name}/${op}`, op, values, attributes),
    weight: (role, shape) => {
      const own = weight(role);
      if (own.shape.length !== shape.length || own.shape.some((extent, axis) => extent !== shape[axis])) {
        throw new XaigridError(
          'MODEL_UNREADABLE',
          `Weight "${own.name}" has shape [${own.shape.join(', ')}] where ${title} needs [${shape.join(', ')}].`,
        );
      }
      return float32(own.data, shape);
    },
    hasWeight: (role) => weights.some((own) => own.role === role),
    weightShape: (role) => weight(role).shape,
    part: (part, json) => createScope(inner(part, json, call)),
    wrapped,
    refuse: (reason) => {
      throw new XaigridError('MODEL_UNSUPPORTED', `${title} is not supported: ${reason}.`);
    },
  };
}

/** The weights of one part of a layer, by their roles in that part. */
export function weightsOfPart(weights: readonly KerasWeight[], part: string): KerasWeight[] {
  return weights.flatMap(({ role, ...own }) =>
    role.startsWith(`${part}/`) ? [{ ...own, role: role.slice(part.length + 1) }] : [],
  );
}

function axisOfShape(axis: number, rank: number, order: ChannelOrder): number | undefined {
  const positive = axis < 0 ? axis + rank + 1 : axis;
  if (positive < 1 || positive > rank) return undefined;
  if (order === 'channels_last') return positive - 1;
  return positive === 1 ? rank - 1 : positive - 2;
}

/** The axis of the graph's value for an axis of a channels-last shape. */
export function axisInside(axis: number, rank: number): number {
  return axis === rank - 1 ? 1 : axis + 2;
}

/** A shape from the file (without the batch), with the channels moved last. */
export function channelsLastShape<Extent>(shape: readonly Extent[], order: ChannelOrder): Extent[] {
  return order === 'channels_last' ? [...shape] : [...shape.slice(1), ...shape.slice(0, 1)];
}

/** Splits `[...positions, channels]`. */
export function split(shape: readonly number[]): { positions: readonly number[]; channels: number } {
  return { positions: shape.slice(0, -1), channels: shape.at(-1) ?? 1 };
}

/** A constant with one number per channel, `[channels, 1, …]`. It broadcasts over the positions of a value with `shape`. */
export function perChannel(values: readonly number[], shape: readonly number[]): Constant {
  return float32(Float32Array.from(values), [values.length, ...shape.slice(0, -1).map(() => 1)]);
}

/** Refuses a layer with another channel order than its model, or with another number of position axes. */
export function requirePositions(scope: LayerScope, format: string | null | undefined, rank: number): void {
  if (format !== undefined && format !== null && format !== scope.order)
    scope.refuse(`its data_format is ${format} where other layers have ${scope.order}`);
  const { positions } = split(scope.input.shape);
  if (positions.length !== rank) scope.refuse(`it is given ${positions.length} position axes where it needs ${rank}`);
}
