import { noise } from './array.js';

export interface WeightFixture {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export interface LayerFixture {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: unknown;
  /** Weight shapes by role, in Keras's order. */
  readonly weights?: Readonly<Record<string, readonly number[]>>;
}

export interface ModelFixture {
  readonly topology: { readonly class_name: string; readonly config: unknown };
  readonly weights: readonly WeightFixture[];
  readonly layerNames: readonly string[];
}

/** Random weights, `layer/role:0`; variances stay positive. */
function weightsOf(layers: readonly LayerFixture[]): WeightFixture[] {
  const next = noise(layers.length);
  return layers.flatMap(({ config, weights = {} }) =>
    Object.entries(weights).map(([role, shape]) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const data = Float32Array.from({ length: size }, () => (role.endsWith('variance') ? 1 + 0.5 * next() : next()));
      return { name: `${String(config.name)}/${role}:0`, shape, data };
    }),
  );
}

const topologyLayer = ({ class_name, config, inbound_nodes }: LayerFixture) => ({
  class_name,
  config,
  ...(inbound_nodes !== undefined && { name: config.name, inbound_nodes }),
});

const inputLayer = (shape: readonly number[]): LayerFixture => ({
  class_name: 'InputLayer',
  config: { batch_input_shape: [null, ...shape], dtype: 'float32', name: 'the_input' },
});

/** A Sequential model as Keras 2.4 writes it. */
export function sequentialFixture(inputShape: readonly number[], layers: readonly LayerFixture[]): ModelFixture {
  return {
    topology: {
      class_name: 'Sequential',
      config: { name: 'sequential', layers: [inputLayer(inputShape), ...layers].map(topologyLayer) },
    },
    weights: weightsOf(layers),
    layerNames: layers.map(({ config }) => String(config.name)),
  };
}

/** A Functional model; every layer names its inputs. */
export function functionalFixture(
  inputShape: readonly number[],
  layers: readonly (LayerFixture & { readonly from: readonly string[] })[],
): ModelFixture {
  const connected = layers.map((layer) => ({ ...layer, inbound_nodes: [layer.from.map((name) => [name, 0, 0, {}])] }));
  const all = [{ ...inputLayer(inputShape), inbound_nodes: [] }, ...connected];
  return {
    topology: {
      class_name: 'Functional',
      config: {
        name: 'model',
        // Out of order: Keras does not promise one.
        layers: all.toReversed().map(topologyLayer),
        input_layers: [['the_input', 0, 0]],
        output_layers: [[layers.at(-1)?.config.name, 0, 0]],
      },
    },
    weights: weightsOf(layers),
    layerNames: layers.map(({ config }) => String(config.name)),
  };
}

/** The fixture as the files of a TF.js layers model, its weights cut into two shards in the middle of a number. */
export function tfjsFiles({ topology, weights }: ModelFixture): { name: string; bytes: Uint8Array }[] {
  const bytes = new Uint8Array(weights.reduce((total, { data }) => total + data.byteLength, 0));
  let offset = 0;
  for (const { data } of weights) {
    bytes.set(new Uint8Array(data.buffer), offset);
    offset += data.byteLength;
  }
  const cut = Math.floor(bytes.length / 2) + 1;
  const manifest = [
    {
      paths: ['group1-shard1of2.bin', 'group1-shard2of2.bin'],
      weights: weights.map(({ name, shape }) => ({ name: name.replace(/:0$/, ''), shape, dtype: 'float32' })),
    },
  ];
  const json = {
    format: 'layers-model',
    modelTopology: { keras_version: '2.4.0', backend: 'tensorflow', model_config: topology },
    weightsManifest: manifest,
  };
  return [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(json)) },
    { name: 'group1-shard1of2.bin', bytes: bytes.slice(0, cut) },
    { name: 'group1-shard2of2.bin', bytes: bytes.slice(cut) },
  ];
}
