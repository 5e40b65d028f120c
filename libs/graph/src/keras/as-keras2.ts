import type { Ending } from '../ending.js';
import type { KerasSource } from '../model.js';
import type { Inbound } from './arguments.js';
import { activationName } from './layers/activation-functions.js';
import { activationSchema } from './layers/schemas.js';
import { isOperation } from './topology.js';
import type { Definitions, KerasWeight } from './weights.js';
import type { KerasLayer, Topology } from './keras-layer.js';

type Config = Record<string, unknown>;

/**
 * The model for TensorFlow.js: a Functional model of Keras 2 whose layers and weights have our names.
 * @param output the layer whose output the model gives; `ending`: what is added after the file's output
 */
export function asKeras2(
  topology: Topology,
  weightsOf: (layer: KerasLayer) => readonly KerasWeight[],
  options: {
    readonly kerasVersion: 2 | 3;
    readonly definitions: Definitions;
    readonly output: Inbound;
    readonly ending: Ending;
    /** The number that is subtracted from the input before the file's own layers. */
    readonly inputShift: number | undefined;
  },
): KerasSource {
  const { kerasVersion, definitions, output, ending, inputShift } = options;
  const shifted = freeName(topology, 'shifted_input');
  const source = (layer: string) => (inputShift !== undefined && layer === topology.input ? shifted : layer);
  const layers = topology.layers.map((layer) => ({
    // Operations of Keras 3 and layers of TensorFlow.js have the same names but other meanings.
    class_name: isOperation(layer, kerasVersion) ? `${layer.className} of keras.ops` : layer.className,
    name: layer.name,
    config: configOf(layer, kerasVersion),
    inbound_nodes: layer.calls
      .filter(({ inputs }) => inputs.length > 0)
      .map(({ inputs }) => inputs.map((from) => [source(from.layer), from.call, from.output ?? 0, {}])),
  }));
  const activation = activations[ending];
  const name = freeName(topology, 'probabilities');
  const end =
    activation === undefined ? [] : [endingLayer(name, activation, [output.layer, output.call, output.output ?? 0, {}])];
  const last = end[0] === undefined ? [output.layer, output.call, output.output ?? 0] : [end[0].name, 0, 0];
  return {
    definitions,
    topology: {
      class_name: 'Model',
      config: {
        name: topology.name,
        layers: [...layers, ...(inputShift === undefined ? [] : [shiftLayer(shifted, inputShift, topology.input)]), ...end],
        input_layers: [[topology.input, 0, 0]],
        output_layers: [last],
      },
    },
    weights: topology.layers.flatMap((layer) =>
      weightsOf(layer).map(({ role, shape, data }) => ({ name: `${layer.name}/${role}`, shape, data })),
    ),
    ...twoClassesOf(ending),
  };
}

const activations: Readonly<Partial<Record<Ending, string>>> = { softmax: 'softmax', sigmoid: 'sigmoid', exp: 'exponential' };

function twoClassesOf(ending: Ending): Pick<KerasSource, 'twoClassesOf'> {
  if (ending === 'two-classes-of-logit') return { twoClassesOf: 'logit' };
  return ending === 'two-classes-of-probability' ? { twoClassesOf: 'probability' } : {};
}

/** A name that no layer has. */
function freeName({ layers }: Topology, base: string): string {
  const taken = new Set(layers.map(({ name }) => name));
  let name = base;
  for (let count = 1; taken.has(name); count++) name = `${base}_${String(count)}`;
  return name;
}

function endingLayer(name: string, activation: string, from: unknown) {
  return { class_name: 'Activation', name, config: { name, activation }, inbound_nodes: [[from]] };
}

/** x · 1 − shift, which float32 computes as x − shift. */
function shiftLayer(name: string, inputShift: number, from: string) {
  return { class_name: 'Rescaling', name, config: { name, scale: 1, offset: -inputShift }, inbound_nodes: [[[from, 0, 0, {}]]] };
}

function configOf({ name, className, config }: KerasLayer, kerasVersion: 2 | 3): Config {
  const { batch_shape: batchShape, batch_input_shape: batchInputShape, negative_slope: slope, ...others } = config;
  const functions = ['activation', 'recurrent_activation'].flatMap((key) => {
    if (config[key] === undefined) return [];
    const function_ = activationSchema.safeParse(config[key]);
    const text = function_.success ? activationName(function_.data) : JSON.stringify(config[key]);
    return [[key, differs(text, kerasVersion) ? `${text} of Keras 3` : text] as const];
  });
  return {
    ...others,
    name,
    dtype: 'float32',
    ...(className === 'InputLayer' ? { batch_input_shape: batchShape ?? batchInputShape } : {}),
    ...Object.fromEntries(functions),
    ...(slope === undefined ? {} : className === 'LeakyReLU' ? { alpha: slope } : { negative_slope: slope }),
  };
}

/** Whether the activation differs: TensorFlow.js has the hard sigmoid of Keras 2, which Keras 3 defines differently. */
const differs = (activation: unknown, kerasVersion: 2 | 3) => activation === 'hard_sigmoid' && kerasVersion === 3;
