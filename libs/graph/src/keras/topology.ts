import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';
import { callOf, type Argument, type Inbound } from './arguments.js';
import { withoutNesting } from './flatten-models.js';
import { endsOf, readCalls, singleInput, type End } from './inbound.js';
import type { KerasLayer, NestedLayer, NestedTopology, Topology } from './keras-layer.js';
import { parsed } from './parsed.js';
import { storedNames } from './stored-names.js';

/**
 * Whether a layer is an operation of Keras 3 (`keras.ops`, or what `x + 1` becomes). Many operations have the names of layers. An
 * HDF5 file leaves the module out; there, layers have a `dtype`, and most say whether they are trainable.
 */
export function isOperation(
  { className, module, config }: Pick<KerasLayer, 'className' | 'module' | 'config'>,
  kerasVersion: 2 | 3,
): boolean {
  if (module !== undefined) return /\.(ops|activations)\b/.test(module);
  if (kerasVersion === 2 || className === 'InputLayer' || 'trainable' in config) return false;
  return !('dtype' in config) || className === 'Cast';
}

const configSchema = z.record(z.string(), z.unknown());
const layerSchema = z.object({
  class_name: z.string(),
  module: z.string().nullish(),
  // Only an old nested Sequential model has a list here.
  config: z.union([configSchema, z.array(z.unknown())]),
  name: z.string().optional(),
  inbound_nodes: z.unknown().optional(),
});
const sequentialSchema = z.union([
  z.object({ name: z.string().default('sequential'), layers: z.array(layerSchema).min(1) }),
  // Keras before 2.2 wrote the bare list of layers.
  z
    .array(layerSchema)
    .min(1)
    .transform((layers) => ({ name: 'sequential', layers })),
]);
const functionalSchema = z.object({
  name: z.string().default('model'),
  layers: z.array(layerSchema).min(1),
  input_layers: z.unknown(),
  output_layers: z.unknown(),
});
const modelSchema = z.object({ class_name: z.string(), config: z.unknown() });

const modelClasses = ['Sequential', 'Functional', 'Model'];
/** The limit for models inside models. No real model is deeper. */
const DEEPEST = 16;

/**
 * Parses a `model_config` as Keras 2, Keras 3 and TF.js write it.
 * @throws MODEL_UNREADABLE if it is malformed, MODEL_UNSUPPORTED for subclassed models and several inputs
 */
export function parseTopology(json: unknown): Topology {
  return withoutNesting(readModelConfig(json, 'model_config', 0));
}

function readModelConfig(json: unknown, where: string, depth: number): NestedTopology {
  const model = parsed(modelSchema, json, where);
  if (depth > DEEPEST) throw new XaigridError('MODEL_UNREADABLE', `The model's ${where} nests models too deeply.`);
  if (model.class_name === 'Sequential') return sequential(parsed(sequentialSchema, model.config, `${where}.config`), depth);
  if (modelClasses.includes(model.class_name))
    return functional(parsed(functionalSchema, model.config, `${where}.config`), depth);
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model is a "${model.class_name}"; Sequential and Functional Keras models are supported.`,
  );
}

type LayerJson = z.infer<typeof layerSchema>;

function nameOf(layer: LayerJson): string {
  const name = (Array.isArray(layer.config) ? undefined : layer.config.name) ?? layer.name;
  if (typeof name === 'string') return name;
  throw new XaigridError('MODEL_UNREADABLE', `The model's model_config is malformed: a ${layer.class_name} layer has no name.`);
}

/** The layers without their connections. */
function layersOf(layers: readonly LayerJson[], depth: number): Omit<NestedLayer, 'calls'>[] {
  const stored = storedNames(layers.map(({ class_name, module }) => ({ className: class_name, module: module ?? undefined })));
  return layers.map((layer, index) => {
    const name = nameOf(layer);
    const nested = modelClasses.includes(layer.class_name);
    return {
      name,
      path: [{ name, stored: stored[index] ?? name }],
      className: layer.class_name,
      module: layer.module ?? undefined,
      config: Array.isArray(layer.config) ? {} : layer.config,
      ...(nested ? { model: readModelConfig(layer, `layer "${name}"`, depth + 1) } : {}),
    };
  });
}

/** The model inside the configuration of a TimeDistributed. Undefined for a layer. */
export function wrappedModel({ className, config: { layer } }: Pick<KerasLayer, 'className' | 'config'>): Topology | undefined {
  const inner = className === 'TimeDistributed' ? modelSchema.safeParse(layer) : undefined;
  return inner?.success === true && modelClasses.includes(inner.data.class_name) ? parseTopology(layer) : undefined;
}

/**
 * The layer inside the configuration of `wrapper`. Its nodes are named after the wrapper.
 * @throws MODEL_UNREADABLE, MODEL_UNSUPPORTED for a model
 */
export function wrappedLayer({ name, className: wrapper }: KerasLayer, json: unknown): KerasLayer {
  const inner = parsed(layerSchema, json, `config of layer "${name}" (${wrapper})`);
  if (Array.isArray(inner.config) || modelClasses.includes(inner.class_name)) {
    throw new XaigridError(
      'MODEL_UNSUPPORTED',
      `Layer "${name}" (${wrapper}) is not supported: it wraps a model. Wrap the model's layers one by one.`,
    );
  }
  return { name, path: [], className: inner.class_name, module: inner.module ?? undefined, config: inner.config, calls: [] };
}

function sequential({ name, layers }: { name: string; layers: LayerJson[] }, depth: number): NestedTopology {
  const own = layersOf(layers, depth);
  const [first] = own;
  const input = first !== undefined && first.className !== 'InputLayer' ? [impliedInput(first)] : [];
  const all = [...input, ...own];
  const connected = all.map((layer, index) => {
    const previous = all[index - 1];
    return { ...layer, calls: [callOf<Inbound>(previous === undefined ? [] : [outputOf(previous.name)])] };
  });
  const last = all.at(-1)?.name ?? '';
  const outputs = [{ name: last, from: { layer: last, call: 0 } }];
  return unique({ name, layers: connected, input: all[0]?.name ?? '', outputs });
}

const outputOf = (layer: string): Argument => ({ kind: 'tensor', tensor: { layer, call: 0 } });

/** The input layer that a Sequential model implies. It may start with a layer that has its own input shape, or with a model. */
function impliedInput(first: Omit<NestedLayer, 'calls'>): Omit<NestedLayer, 'calls'> {
  const inner = first.model?.layers.find((layer) => layer.name === first.model?.input);
  const name = `${first.name}_input`;
  const { batch_input_shape, batch_shape } = inner?.config ?? first.config;
  const config = { name: `${first.name}_input`, ...(batch_shape === undefined ? { batch_input_shape } : { batch_shape }) };
  return { name, path: [{ name, stored: name }], className: 'InputLayer', module: undefined, config };
}

function functional(config: z.infer<typeof functionalSchema>, depth: number): NestedTopology {
  const layers = layersOf(config.layers, depth).map((layer, index) => {
    const nodes = config.layers[index]?.inbound_nodes ?? [];
    return { ...layer, calls: Array.isArray(nodes) && nodes.length === 0 ? [callOf<Inbound>([])] : readCalls(layer.name, nodes) };
  });
  const input = singleInput(config.input_layers);
  const outputs = endsOf('output', config.output_layers);
  if (outputs.length === 0) throw new XaigridError('MODEL_UNREADABLE', `The model "${config.name}" has no output.`);
  return unique({ name: config.name, layers, input: input.layer, outputs });
}

function unique(topology: NestedTopology): NestedTopology {
  const names = new Set<string>();
  for (const { name } of topology.layers) {
    if (names.has(name)) throw new XaigridError('MODEL_UNREADABLE', `The model has two layers called "${name}".`);
    names.add(name);
  }
  return topology;
}

/** The topology without layers that only its other outputs need. A model with one output stays as it is. */
export function leadingTo(topology: Topology, { from }: End): Topology {
  const { layers, outputs } = topology;
  if (outputs.length === 1) return topology;
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const needed = new Set<string>();
  const waiting = [from.layer];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    waiting.push(...(byName.get(name)?.calls ?? []).flatMap(({ inputs }) => inputs.map(({ layer }) => layer)));
  }
  return { ...topology, layers: layers.filter(({ name }) => needed.has(name)) };
}
