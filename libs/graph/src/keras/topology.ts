import { XaigridError } from '@xaigrid/contracts';
import { z } from 'zod';

/** One use of another layer's output: which layer, and which of its calls. */
export interface Inbound {
  readonly layer: string;
  readonly call: number;
}

export interface KerasLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** One entry a call of the layer (several for a shared layer), each listing its inputs. */
  readonly calls: readonly (readonly Inbound[])[];
}

/** A Keras model as a list of layers; a Sequential model is given the connections it implies. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly input: string;
  readonly output: Inbound;
}

const configSchema = z.record(z.string(), z.unknown());
const layerSchema = z.object({
  class_name: z.string(),
  config: configSchema,
  name: z.string().optional(),
  inbound_nodes: z.unknown().optional(),
});
const inboundSchema = z.array(z.array(z.tuple([z.string(), z.int(), z.int()]).rest(z.unknown())));
const endsSchema = z.array(z.tuple([z.string(), z.int(), z.int()]));
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

/**
 * Reads a `model_config` as Keras 2.x and TF.js write it.
 * @throws MODEL_UNREADABLE when it is malformed, MODEL_UNSUPPORTED for subclassed models and several inputs or outputs
 */
export function parseTopology(json: unknown): Topology {
  const model = parsed(modelSchema, json, 'model_config');
  if (model.class_name === 'Sequential') return sequential(parsed(sequentialSchema, model.config, 'model_config.config'));
  if (model.class_name === 'Functional' || model.class_name === 'Model') {
    return functional(parsed(functionalSchema, model.config, 'model_config.config'));
  }
  throw new XaigridError(
    'MODEL_UNSUPPORTED',
    `The model is a "${model.class_name}"; Sequential and Functional Keras models are supported.`,
  );
}

/** Checks data from a model file. @throws MODEL_UNREADABLE naming `where` and the first thing wrong. */
export function parsed<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined ? '' : issue.path.map(String).join('.');
  throw new XaigridError(
    'MODEL_UNREADABLE',
    `The model's ${where} is malformed${path === '' ? '' : ` at "${path}"`}: ${issue?.message ?? 'unknown'}.`,
  );
}

type LayerJson = z.infer<typeof layerSchema>;

function nameOf(layer: LayerJson): string {
  const name = layer.config.name ?? layer.name;
  if (typeof name === 'string') return name;
  throw new XaigridError('MODEL_UNREADABLE', `The model's model_config is malformed: a ${layer.class_name} layer has no name.`);
}

function sequential({ name, layers }: { name: string; layers: LayerJson[] }): Topology {
  const [first] = layers;
  const input = first !== undefined && first.class_name !== 'InputLayer' ? [impliedInput(first)] : [];
  const all = [...input, ...layers.map((layer) => ({ name: nameOf(layer), className: layer.class_name, config: layer.config }))];
  const connected = all.map((layer, index) => {
    const previous = all[index - 1];
    return { ...layer, calls: [previous === undefined ? [] : [{ layer: previous.name, call: 0 }]] };
  });
  return unique({ name, layers: connected, input: all[0]?.name ?? '', output: { layer: all.at(-1)?.name ?? '', call: 0 } });
}

/** A Sequential model may start with a layer that says its own input shape. */
function impliedInput(first: LayerJson): Omit<KerasLayer, 'calls'> {
  return { name: `${nameOf(first)}_input`, className: 'InputLayer', config: first.config };
}

function functional(config: z.infer<typeof functionalSchema>): Topology {
  const layers = config.layers.map((layer) => {
    const name = nameOf(layer);
    const nodes = layer.inbound_nodes ?? [];
    const calls = Array.isArray(nodes) && nodes.length === 0 ? [[]] : readCalls(name, nodes);
    return { name, className: layer.class_name, config: layer.config, calls };
  });
  const input = single('input', config.input_layers);
  const output = single('output', config.output_layers);
  return unique({ name: config.name, layers, input: input.layer, output });
}

function readCalls(layer: string, nodes: unknown): Inbound[][] {
  const calls = parsed(inboundSchema, nodes, `inbound_nodes of layer "${layer}" (as Keras 2 writes them)`);
  return calls.map((call) => call.map(([from, index]) => ({ layer: from, call: index })));
}

/** `[["name", 0, 0]]`, or `["name", 0, 0]` as some versions write a single one. */
function single(what: string, ends: unknown): Inbound {
  const list = parsed(endsSchema, Array.isArray(ends) && typeof ends[0] === 'string' ? [ends] : ends, `${what}_layers`);
  const [end] = list;
  if (end === undefined || list.length !== 1) {
    throw new XaigridError('MODEL_UNSUPPORTED', `The model has ${list.length} ${what}s; models with one ${what} are supported.`);
  }
  return { layer: end[0], call: end[1] };
}

function unique(topology: Topology): Topology {
  const names = new Set<string>();
  for (const { name } of topology.layers) {
    if (names.has(name)) throw new XaigridError('MODEL_UNREADABLE', `The model has two layers called "${name}".`);
    names.add(name);
  }
  return topology;
}
