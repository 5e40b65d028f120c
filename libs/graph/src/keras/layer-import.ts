import { XaigridError } from '@xaigrid/contracts';
import type { z } from 'zod';
import type { GraphBuilder } from '../builder.js';
import { float32 } from '../constants.js';
import type { Attributes, Constant } from '../graph.js';
import { parsed, type KerasLayer } from './topology.js';
import { roleOf, type KerasWeight } from './weights.js';

/** A layer's output: the graph value `[n, channels, ...positions]`, and its shape as Keras has it, `[...positions, channels]`. */
export interface Feature {
  readonly value: string;
  readonly shape: readonly number[];
}

/** What a layer's import works with. */
export interface LayerScope {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Feature[];
  /** The first input. */
  readonly input: Feature;
  /** Checks the layer's configuration. @throws MODEL_UNREADABLE */
  readonly config: <T>(schema: z.ZodType<T>) => T;
  /** Adds a node whose output is named after the layer. */
  readonly node: (op: string, inputs: readonly string[], attributes?: Attributes) => string;
  /** The layer's weight by role (`kernel`) in Keras's shape. @throws MODEL_UNREADABLE when missing or of another shape */
  readonly weight: (role: string, shape: readonly number[]) => Constant;
  /** @throws MODEL_UNSUPPORTED naming the layer and its class */
  readonly refuse: (reason: string) => never;
}

export type LayerImport = (scope: LayerScope) => Feature;

export function createScope(
  builder: GraphBuilder,
  layer: KerasLayer,
  inputs: readonly Feature[],
  weights: readonly KerasWeight[],
): LayerScope {
  const title = `Layer "${layer.name}" (${layer.className})`;
  const [input] = inputs;
  if (input === undefined) throw new XaigridError('MODEL_UNREADABLE', `${title} has no input.`);
  return {
    builder,
    inputs,
    input,
    config: (schema) => parsed(schema, layer.config, `config of layer "${layer.name}" (${layer.className})`),
    node: (op, values, attributes) => builder.named(`${layer.name}/${op}`, op, values, attributes),
    weight: (role, shape) => {
      const weight = weights.find(({ name }) => roleOf(name) === role);
      if (weight === undefined) throw new XaigridError('MODEL_UNREADABLE', `${title} has no weight "${role}" in the file.`);
      if (weight.shape.length !== shape.length || weight.shape.some((extent, axis) => extent !== shape[axis])) {
        throw new XaigridError(
          'MODEL_UNREADABLE',
          `Weight "${weight.name}" has shape [${weight.shape.join(', ')}] where ${title} needs [${shape.join(', ')}].`,
        );
      }
      return float32(weight.data, shape);
    },
    refuse: (reason) => {
      throw new XaigridError('MODEL_UNSUPPORTED', `${title} is not supported: ${reason}.`);
    },
  };
}

/** `[...positions, channels]` taken apart. */
export function split(shape: readonly number[]): { positions: readonly number[]; channels: number } {
  return { positions: shape.slice(0, -1), channels: shape.at(-1) ?? 1 };
}
