import { zipSync, type Zippable } from 'fflate';
import h5wasm, { File, FS, type Group } from 'h5wasm';
import type { LayerFixture, ModelFixture, WeightFixture } from './keras-models.js';

let count = 0;

/** What `x + 1` writes between the tensors. */
type Argument = string | number;

/** A layer of a Keras 3 model, or a model in its place. */
export interface Keras3Layer extends LayerFixture {
  readonly module?: string;
  /** In a Functional model: what each call is given. */
  readonly calls?: readonly (readonly Argument[])[];
  /** The layers of a nested model. */
  readonly layers?: readonly Keras3Layer[];
}

export interface Keras3Model {
  readonly class_name: 'Sequential' | 'Functional';
  readonly name: string;
  readonly layers: readonly Keras3Layer[];
}

const tensor = (from: string) => ({
  class_name: '__keras_tensor__',
  config: { shape: [null, 1], dtype: 'float32', keras_history: [from, 0, 0] },
});

/** A layer as Keras 3.4 serialises it: with the module, a dtype policy, and arguments as nested lists. */
function serialized({ class_name, module = 'keras.layers', config, calls, layers }: Keras3Layer): object {
  const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null };
  const own =
    layers === undefined ? { ...config, trainable: true, dtype } : modelConfig({ name: String(config.name), layers }, class_name);
  return {
    ...{ module, class_name, config: own, registered_name: null, build_config: { input_shape: [null, 1] }, name: config.name },
    ...(calls && {
      inbound_nodes: calls.map((call) => {
        const args = call.map((argument) => (typeof argument === 'number' ? argument : tensor(argument)));
        return {
          args: class_name === 'Concatenate' || (module === 'keras.layers' && args.length > 1) ? [args] : args,
          kwargs: { mask: null },
        };
      }),
    }),
  };
}

function modelConfig({ name, layers }: Omit<Keras3Model, 'class_name'>, class_name: string): object {
  const ends =
    class_name === 'Sequential'
      ? {}
      : { input_layers: [[layers[0]?.config.name, 0, 0]], output_layers: [[layers.at(-1)?.config.name, 0, 0]] };
  return { name, trainable: true, layers: layers.map(serialized), ...ends };
}

function keras3Config({ class_name, ...model }: Keras3Model): object {
  return { module: 'keras', class_name, config: modelConfig(model, class_name), registered_name: null };
}

export interface ArchiveOptions {
  /** Whether groups have their layers' names, as from Keras 3.4 on. */
  readonly named?: boolean;
  readonly files?: Zippable;
}

/**
 * The model as Keras 3 saves it: config.json, metadata.json, and model.weights.h5 where the layers of a class are counted:
 * `layers/conv2d/vars/0`, `layers/conv2d_1/vars/0`. Entries are stored, not deflated.
 * @param weightOf a layer's weights in the order in which Keras makes them
 */
export async function kerasArchive(
  model: Keras3Model,
  weightsOf: (layer: Keras3Layer) => readonly WeightFixture[],
  { named = true, files = {} }: ArchiveOptions = {},
): Promise<Uint8Array> {
  await h5wasm.ready;
  const path = `archive-${String(++count)}.h5`;
  const file = new File(path, 'w');
  writeLayers(file, model.layers, weightsOf, named);
  file.close();
  const weights = Uint8Array.from(FS?.readFile(path) ?? []);
  FS?.unlink(path);
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return zipSync(
    {
      'metadata.json': json({ keras_version: '3.4.1', date_saved: '2024-07-01@10:00:00' }),
      'config.json': json(keras3Config(model)),
      'model.weights.h5': weights,
      ...files,
    },
    { level: 0 },
  );
}

function writeLayers(
  group: File | Group,
  layers: readonly Keras3Layer[],
  weightsOf: (layer: Keras3Layer) => readonly WeightFixture[],
  named: boolean,
): void {
  const root = group.create_group('layers');
  const counts = new Map<string, number>();
  for (const layer of layers) {
    if (layer.module?.includes('.ops.') === true) continue;
    const base = snakeNames[layer.class_name] ?? layer.class_name.toLowerCase();
    const seen = counts.get(base) ?? 0;
    counts.set(base, seen + 1);
    const own = root.create_group(seen === 0 ? base : `${base}_${String(seen)}`);
    const vars = own.create_group('vars');
    if (named) vars.create_attribute('name', String(layer.config.name));
    weightsOf(layer).forEach(({ shape, data }, index) => {
      vars.create_dataset({ name: String(index), data, shape: [...shape] });
    });
    if (layer.layers !== undefined) writeLayers(own, layer.layers, weightsOf, named);
    // What Keras keeps of a dropout's random numbers.
    if (layer.class_name === 'Dropout')
      own
        .create_group('seed_generator')
        .create_group('vars')
        .create_dataset({ name: '0', data: Uint32Array.of(7, 9), shape: [2] });
  }
}

/** Names as Keras writes them, where lower case is not enough. */
const snakeNames: Readonly<Record<string, string>> = {
  BatchNormalization: 'batch_normalization',
  DepthwiseConv2D: 'depthwise_conv2d',
  SeparableConv2D: 'separable_conv2d',
  MaxPooling1D: 'max_pooling1d',
  MaxPooling2D: 'max_pooling2d',
  GlobalAveragePooling2D: 'global_average_pooling2d',
  InputLayer: 'input_layer',
  ReLU: 're_lu',
  PReLU: 'p_re_lu',
};

/** The fixture's own weights of a layer. */
export const weightsFrom =
  ({ weights }: ModelFixture) =>
  ({ config }: Keras3Layer): WeightFixture[] =>
    weights.filter(({ name }) => name.startsWith(`${String(config.name)}/`));
