import type { LayersModel, SymbolicTensor, Tensor } from '@tensorflow/tfjs';
import { XaigridError } from '@xaigrid/contracts';
import type { KerasSource } from '@xaigrid/graph';
import { batchNormalization } from './batch-normalization.js';
import { layerNormalization } from './layer-normalization.js';
import type { TensorFlow } from './load-tensorflow.js';
import { plainConvolution } from './plain-convolution.js';
import { prepareTopology } from './prepare-topology.js';
import { sameAveragePooling } from './same-average-pooling.js';
import { twoClassSteps } from './two-classes.js';
import { upSampling } from './up-sampling.js';

type Layer = SymbolicTensor['sourceLayer'];

/** One layer, or the activation taken out of one, applied to the results of earlier steps. */
export interface Step {
  /** The layer's name when the result is that layer's output. */
  readonly output?: string;
  /** Keras class: `Conv1D`, `MaxPooling2D`, `Activation`, ... */
  readonly kind: string;
  /** Of an `Activation`: its Keras name. */
  readonly activation?: string;
  /** A convolution with padding `same` whose stride is larger than its kernel: TensorFlow.js 4.22's WebAssembly shifts it. */
  readonly strideBeyondKernel: boolean;
  /** Indices of earlier steps. */
  readonly inputs: readonly number[];
  apply(inputs: readonly Tensor[]): Tensor;
}

/** A Keras model as a list of steps in topological order. Step 0 is the input, the last one the output. */
export interface Network {
  readonly steps: readonly Step[];
  /**
   * Runs the steps on `input`, `[batch, ...inputShape]`; results are in the order of `steps`.
   * `tap` may replace a layer's output by another tensor.
   */
  run(input: Tensor, tap?: (layer: string, output: Tensor) => Tensor): Tensor[];
  /** The index of the step whose result is this layer's output. */
  stepOf(layer: string): number | undefined;
  dispose(): void;
}

export async function loadNetwork(tf: TensorFlow, source: KerasSource): Promise<Network> {
  const { topology, activations } = prepareTopology(source.topology);
  const model = await loadLayers(tf, topology, source);
  const own = stepsOf(tf, model, { activations, definitions: source.definitions });
  const steps = source.twoClassesOf === undefined ? own : [...own, ...twoClassSteps(tf, own, source.twoClassesOf)];
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
    dispose: () => void model.dispose(),
  };
}

async function loadLayers(tf: TensorFlow, topology: Record<string, unknown>, source: KerasSource): Promise<LayersModel> {
  const weightData = new Float32Array(source.weights.reduce((total, weight) => total + weight.data.length, 0));
  let offset = 0;
  for (const { data } of source.weights) {
    weightData.set(data, offset);
    offset += data.length;
  }
  const artifacts = {
    modelTopology: topology,
    weightSpecs: source.weights.map(({ name, shape }) => ({
      // Keras names variables, TensorFlow.js weights: `conv1d/kernel:0` is `conv1d/kernel`.
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
      {
        cause: error,
      },
    );
  }
}

interface StepOptions extends Pick<KerasSource, 'definitions'> {
  /** By the name of the layer that they were taken out of. */
  readonly activations: ReadonlyMap<string, string>;
}

function stepsOf(tf: TensorFlow, model: LayersModel, { activations, definitions }: StepOptions): Step[] {
  const [output, ...others] = model.outputs;
  if (output === undefined || others.length > 0 || model.inputs.length !== 1) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The model has ${model.inputs.length} inputs and ${model.outputs.length} outputs; engines execute models with one of each.`,
    );
  }
  const steps: Step[] = [];
  const done = new Map<number, number>();

  function visit(tensor: SymbolicTensor): number {
    const known = done.get(tensor.id);
    if (known !== undefined) return known;
    const inputs = tensor.inputs.map(visit);
    const layer: Layer = tensor.sourceLayer;
    const kind = layer.getClassName();
    const config = layer.getConfig();
    const inner = activations.get(layer.name);
    const own = kind === 'Activation' && typeof config.activation === 'string' ? config.activation : undefined;
    steps.push({
      kind,
      inputs,
      strideBeyondKernel: strideBeyondKernel(config),
      ...(inner === undefined ? { output: layer.name } : {}),
      ...(own === undefined ? {} : { activation: own }),
      apply:
        plainConvolution(tf, layer) ??
        sameAveragePooling(tf, layer) ??
        batchNormalization(tf, layer) ??
        layerNormalization(tf, layer) ??
        upSampling(tf, layer, definitions) ??
        ((values) => applied(layer, values)),
    });
    if (inner !== undefined) {
      const activation = activationLayer(tf, inner);
      const linear = steps.length - 1;
      steps.push({
        kind: 'Activation',
        activation: inner,
        strideBeyondKernel: false,
        inputs: [linear],
        output: layer.name,
        apply: (values) => applied(activation, values),
      });
    }
    done.set(tensor.id, steps.length - 1);
    return steps.length - 1;
  }
  visit(output);
  return steps;
}

function strideBeyondKernel({ padding, strides, kernelSize }: ReturnType<Layer['getConfig']>): boolean {
  const kernel = [kernelSize ?? []].flat().map(Number);
  return padding === 'same' && kernel.some((extent, axis) => Number([strides].flat()[axis] ?? 1) > extent);
}

function activationLayer(tf: TensorFlow, name: string): Layer {
  // Keras' names have underscores where TensorFlow.js has capitals.
  const spelled = name.replace(/_sigmoid$/, 'Sigmoid').replace(/_softmax$/, 'Softmax');
  // Its type lists fewer activations than it has; it throws for those it has not.
  return tf.layers.activation({ activation: spelled as 'relu' });
}

function applied(layer: Layer, values: readonly Tensor[]): Tensor {
  const [only] = values;
  const output = layer.apply(values.length === 1 && only !== undefined ? only : [...values]);
  if (Array.isArray(output)) throw new XaigridError('OPERATION_UNSUPPORTED', `Layer "${layer.name}" has several outputs.`);
  // Given tensors, a layer returns tensors; symbolic ones only for symbolic inputs.
  return output as Tensor;
}

function nullThrows<Value>(value: Value | undefined, reason: string): Value {
  if (value === undefined) throw new XaigridError('INTERNAL', reason);
  return value;
}
