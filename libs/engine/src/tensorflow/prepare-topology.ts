import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { activationFunction } from './layers/activation-functions.js';
import { hasActivationApart, refusalOf } from './layers/registry.js';

/** A reference to a layer's output, as TensorFlow.js writes it. */
export type Reference = readonly [layer: string, call: number, ...others: unknown[]];

/** One layer of a model, with its activation separated. */
export interface PreparedLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * The Keras name of the activation inside the layer; absent for none. It is separate, so that gradients and DeepLIFT see every
   * linear part by itself.
   */
  readonly activation?: string;
  /** The inputs of each call of the layer: calls of other layers. */
  readonly inbound: readonly (readonly Reference[])[];
}

export interface PreparedTopology {
  readonly name: string;
  /** The layers on which the output depends. */
  readonly layers: readonly PreparedLayer[];
  readonly inputs: unknown;
  readonly outputs: readonly Reference[];
}

const reference = z.tuple([z.string(), z.int()]).rest(z.unknown());
const layerSchema = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.looseObject({ name: z.string().optional(), activation: z.unknown().optional() }),
  inbound_nodes: z.array(z.array(reference)).default([]),
});
const functionalSchema = z.object({
  name: z.string().default('model'),
  layers: z.array(layerSchema),
  input_layers: z.array(z.unknown()),
  output_layers: z.array(reference),
});
const modelSchema = z.object({ config: functionalSchema });

type LayerJson = z.infer<typeof layerSchema>;

/**
 * The layers on which a model's output depends. The engine can compute each of them.
 * @param topology as in `KerasSource`
 * @throws OPERATION_UNSUPPORTED naming the first layer that it cannot compute, and why
 */
export function prepareTopology(topology: unknown): PreparedTopology {
  const { name, layers, input_layers: inputs, output_layers: outputs } = modelSchema.parse(topology).config;
  const byName = new Map(layers.map((layer) => [nameOf(layer), layer]));
  const needed = new Set<string>();
  const waiting = outputs.map(([from]) => from);
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    if (needed.has(from)) continue;
    needed.add(from);
    for (const call of byName.get(from)?.inbound_nodes ?? []) waiting.push(...call.map(([source]) => source));
  }
  return { name, layers: layers.filter((layer) => needed.has(nameOf(layer))).map(prepareLayer), inputs, outputs };
}

const nameOf = ({ config, name }: LayerJson): string => config.name ?? name ?? '';

function prepareLayer(layer: LayerJson): PreparedLayer {
  const { class_name: className, config, inbound_nodes: inbound } = layer;
  const name = nameOf(layer);
  const inner = hasActivationApart(className) && typeof config.activation === 'string' ? config.activation : 'linear';
  const unknown = activationFunction(inner) === undefined ? `whose activation is "${inner}"` : undefined;
  const refusal = refusalOf(className, config) ?? unknown;
  if (refusal !== undefined) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The engine tensorflow cannot compute layer "${name}", ${refusal}. Use the engine onnxruntime.`,
    );
  }
  const own = { name, className, config: forInference(className, { ...config, name }), inbound };
  return inner === 'linear' ? own : { ...own, activation: inner };
}

/** A configuration without what only matters for training: TensorFlow.js refuses some of Keras's regularizers (`L2`). */
function forInference(className: string, config: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(config).map(([key, value]) => {
    if (key.endsWith('_regularizer') || key.endsWith('_constraint')) return [key, null];
    // Weights are loaded later, so the cheapest initializer is enough.
    if (key.endsWith('_initializer') && value !== null) return [key, { class_name: 'Zeros', config: {} }];
    return [key, key === 'activation' && hasActivationApart(className) ? 'linear' : value];
  });
  return Object.fromEntries(kept) as Record<string, unknown>;
}
