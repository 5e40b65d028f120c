import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { XaigridError } from '@xaigrid/contracts';
import type { KerasSource } from '@xaigrid/graph';
import { activationFunction } from './layers/activation-functions.js';
import type { Apply, LayerScope } from './layers/layer.js';
import { ownLayers } from './layers/registry.js';
import { createPlaceholders } from './own-layers.js';
import { prepareTopology, type PreparedLayer, type PreparedTopology, type Reference } from './prepare-topology.js';
import { twoClassSteps } from './two-classes.js';
import type { TensorFlow } from './tensorflow-library.js';
import type { Step } from './step.js';

type Layer = SymbolicTensor['sourceLayer'];

/** A Keras model as a list of steps in topological order. Step 0 is the input, the last one the output. */
export interface Network {
  readonly steps: readonly Step[];
  /**
   * Runs the steps on `input`, `[batch, ...inputShape]`. Results are in the order of `steps`. `tap` may replace the output of a
   * layer.
   */
  run(input: Tensor, tap?: (layer: string, output: Tensor) => Tensor): Tensor[];
  /** The index of the step whose result is this layer's output. */
  stepOf(layer: string): number | undefined;
  readonly dispose: () => void;
}

/**
 * The network that `source` describes. Layers are TensorFlow.js's if they compute the same as Keras, otherwise the engine's own.
 * @throws OPERATION_UNSUPPORTED naming a layer that is neither
 */
export async function loadNetwork(tf: TensorFlow, source: KerasSource): Promise<Network> {
  const topology = prepareTopology(source.topology);
  const model = await loadLayers(tf, topology, source);
  const constants: Tensor[] = [];
  const layers = new Map(
    topology.layers.map((layer) => [layer.name, { layer, apply: ownApply(tf, layer, { source, constants }) }]),
  );
  const own = stepsOf(tf, model, layers, topology.outputs);
  const steps = source.twoClassesOf === undefined ? own : [...own, ...twoClassSteps(tf, own, source.twoClassesOf)];
  return networkOf(steps, () => {
    model.dispose();
    tf.dispose(constants);
  });
}

/** @param dispose frees the tensors that the steps keep */
export function networkOf(steps: readonly Step[], dispose: () => void): Network {
  const stepOfLayer = new Map(steps.flatMap((step, index) => (step.output === undefined ? [] : [[step.output, index] as const])));
  return {
    steps,
    run(input, tap = (_, output) => output) {
      const results: Tensor[] = [];
      for (const step of steps) {
        const arguments_ = step.inputs.map((index) => nullThrows(results[index], 'Steps are in topological order.'));
        const output = step.inputs.length === 0 ? input : step.apply(arguments_);
        results.push(step.output === undefined ? output : tap(step.output, output));
      }
      return results;
    },
    stepOf: (layer) => stepOfLayer.get(layer),
    dispose,
  };
}

/** The computation of one of the engine's own layers. Undefined for layers of TensorFlow.js. */
function ownApply(
  tf: TensorFlow,
  { name, className, config }: PreparedLayer,
  { source, constants }: { readonly source: KerasSource; readonly constants: Tensor[] },
): Apply | undefined {
  const scope: LayerScope = {
    tf,
    config,
    definitions: source.definitions,
    // The same weight has two names: `conv1d/kernel:0` in Keras, `conv1d/kernel` in TensorFlow.js.
    weight: (role) => source.weights.find((weight) => weight.name.replace(/:\d+$/, '') === `${name}/${role}`),
    constant(data, shape) {
      const tensor = tf.tensor(data, [...shape]);
      constants.push(tensor);
      return tensor;
    },
  };
  return ownLayers.get(className)?.build(scope);
}

/** The model as TensorFlow.js reads it. The engine's own layers have no weights in it. */
async function loadLayers(tf: TensorFlow, topology: PreparedTopology, source: KerasSource): Promise<LayersModel> {
  const placeholders = createPlaceholders(tf);
  const borrowed = topology.layers.filter(({ className }) => !ownLayers.has(className)).map(({ name }) => `${name}/`);
  const weights = source.weights.filter(({ name }) => borrowed.some((layer) => name.startsWith(layer)));
  const weightData = new Float32Array(weights.reduce((total, weight) => total + weight.data.length, 0));
  let offset = 0;
  for (const { data } of weights) {
    weightData.set(data, offset);
    offset += data.length;
  }
  const layers = topology.layers.map(({ name, className, config, inbound }) => {
    const own = ownLayers.get(className);
    const read =
      own === undefined
        ? { class_name: className, config }
        : placeholders.placeholder(name, (inputs) => own.shape?.(config, inputs) ?? inputs[0] ?? []);
    return { ...read, name, inbound_nodes: inbound };
  });
  const config = { name: topology.name, layers, input_layers: topology.inputs, output_layers: topology.outputs };
  const artifacts = {
    modelTopology: { class_name: 'Model', config },
    weightSpecs: weights.map(({ name, shape }) => ({
      name: name.replace(/:\d+$/, ''),
      shape: [...shape],
      dtype: 'float32' as const,
    })),
    weightData: weightData.buffer,
  };
  try {
    return await tf.loadLayersModel({ load: () => Promise.resolve(artifacts) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `TensorFlow.js cannot load the model: ${message} Use the engine onnxruntime.`,
      { cause: error },
    );
  } finally {
    placeholders.dispose();
  }
}

type Layers = ReadonlyMap<string, { readonly layer: PreparedLayer; readonly apply: Apply | undefined }>;

/** The steps, connected as the file says. TensorFlow.js may renumber the calls of a layer that is called more than once. */
function stepsOf(tf: TensorFlow, model: LayersModel, layers: Layers, [output]: PreparedTopology['outputs']): Step[] {
  const steps: Step[] = [];
  const done = new Map<string, number>();

  function visit([name, call]: Reference): number {
    const key = JSON.stringify([name, call]);
    const known = done.get(key);
    if (known !== undefined) return known;
    const { layer, apply } = nullThrows(layers.get(name), 'A layer is connected to layers of the model.');
    const inputs = (layer.inbound[call] ?? []).map(visit);
    const named = { output: call === 0 ? name : `${name}:${String(call)}` };
    steps.push({
      kind: layer.className,
      inputs,
      ...(layer.activation === undefined ? named : {}),
      ...(layer.className === 'Activation' ? { activation: String(layer.config.activation) } : {}),
      ...(isPlainRelu(layer) ? { activation: 'relu' } : {}),
      apply: apply ?? ((values) => applied(model.getLayer(name), values)),
    });
    if (layer.activation !== undefined) {
      const activate = nullThrows(activationFunction(layer.activation), 'Activations that are not known are refused.');
      steps.push({
        kind: 'Activation',
        activation: layer.activation,
        inputs: [steps.length - 1],
        ...named,
        apply: ([value]) => activate(tf, nullThrows(value, 'An activation has one input.')),
      });
    }
    done.set(key, steps.length - 1);
    return steps.length - 1;
  }
  visit(nullThrows(output, 'A model has an output.'));
  return steps;
}

function isPlainRelu({ className, config }: PreparedLayer): boolean {
  const { threshold, negative_slope: slope, max_value: limit } = config;
  return className === 'ReLU' && !threshold && !slope && typeof limit !== 'number';
}

function applied(layer: Layer, values: readonly Tensor[]): Tensor {
  const [only] = values;
  const output = layer.apply(values.length === 1 && only !== undefined ? only : [...values]);
  if (Array.isArray(output)) throw new XaigridError('OPERATION_UNSUPPORTED', `Layer "${layer.name}" has several outputs.`);
  // A layer returns tensors for tensors, and symbolic tensors only for symbolic ones.
  return output as Tensor;
}

function nullThrows<Value>(value: Value | undefined, reason: string): Value {
  if (value === undefined) throw new XaigridError('INTERNAL', reason);
  return value;
}
