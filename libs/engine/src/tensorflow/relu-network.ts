import type { Tensor } from '@tensorflow/tfjs';
import { XaigridError, type ReluRule } from '@xaigrid/contracts';
import { noRelu } from '@xaigrid/graph';
import { networkOf, type Network } from './network.js';
import type { Step } from './step.js';
import type { TensorFlowContext } from './tensorflow-context.js';
import type { TensorFlow } from './tensorflow-library.js';

/** Layers and activations that have a ReLU inside, which cannot be given another gradient here. */
const hiding: ReadonlySet<string> = new Set(['TimeDistributed', 'sparse_plus']);

/**
 * The context with a network that has another rule for what goes back through its ReLUs.
 * @throws OPERATION_UNSUPPORTED if it has none, or one inside another layer
 */
export function reluContext(context: TensorFlowContext, rule: ReluRule | undefined): TensorFlowContext {
  return rule === undefined ? context : { ...context, network: reluNetwork(context.tf, context.network, rule) };
}

function reluNetwork(tf: TensorFlow, network: Network, rule: ReluRule): Network {
  const hidden = network.steps.find(({ kind, activation = '' }) => hiding.has(kind) || hiding.has(activation));
  if (hidden !== undefined) {
    throw new XaigridError(
      'OPERATION_UNSUPPORTED',
      `The engine tensorflow cannot change the gradient of a ReLU inside ${hidden.activation ?? hidden.kind}. Use the engine onnxruntime.`,
    );
  }
  if (!network.steps.some(isRelu)) throw noRelu();
  return networkOf(
    network.steps.map((step) => (isRelu(step) ? withRule(tf, step, rule) : step)),
    network.dispose,
  );
}

const isRelu = ({ activation }: Step): boolean => activation === 'relu';

function withRule(tf: TensorFlow, step: Step, rule: ReluRule): Step {
  return {
    ...step,
    apply: ([value]) => {
      if (value === undefined) throw new TypeError('An activation has one input.');
      return relu(tf, value, rule);
    },
  };
}

function relu(tf: TensorFlow, x: Tensor, rule: ReluRule): Tensor {
  return tf.customGrad((input, save) => {
    const given = input as Tensor;
    (save as (tensors: Tensor[]) => void)([given]);
    return {
      value: tf.relu(given),
      gradFunc: (dy: Tensor, [saved = given]: Tensor[]) => {
        const positive = tf.relu(dy);
        return rule === 'deconvnet' ? positive : tf.mul(positive, tf.cast(tf.greater(saved, 0), 'float32'));
      },
    };
  })(x);
}
