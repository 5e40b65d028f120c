import type { Tensor } from '@tensorflow/tfjs';
import { XaigridError, type SoftmaxRule } from '@xaigrid/contracts';
import { isElementwise } from './layers/activation-functions.js';
import { inferenceNoOps } from './layers/layout.js';

import { logSoftmaxMultipliers, softmaxMultipliers, softmaxMultipliersAsShap, type SoftmaxPair } from './softmax-multipliers.js';
import type { TensorFlow } from './tensorflow-library.js';
import type { Step } from './step.js';

/** The values of one step for one sample (`[1, ...]`) and a block of references (`[references, ...]`). */
interface PairValues {
  readonly inputsX: readonly Tensor[];
  readonly inputsR: readonly Tensor[];
  readonly outputX: Tensor;
  readonly outputR: Tensor;
  /** The multipliers of the step's output, `[references, ...]`. */
  readonly upstream: Tensor;
}

/** Computes the multipliers of a step's inputs, `[references, ...]` for each input. */
export type Rule = (tf: TensorFlow, step: Step, values: PairValues) => Tensor[];

const linearKinds = new Set([
  ...['Dense', 'Conv1D', 'Conv2D', 'DepthwiseConv1D', 'DepthwiseConv2D', 'SeparableConv1D', 'SeparableConv2D'],
  ...['Conv1DTranspose', 'Conv2DTranspose', 'BatchNormalization', 'Normalization', 'Rescaling', 'LayerScale'],
  ...['AveragePooling1D', 'AveragePooling2D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D'],
  ...['Add', 'Subtract', 'CustomScaleLayer', 'Average', 'Concatenate', 'Flatten', 'Reshape', 'Permute', 'RepeatVector'],
  ...['ZeroPadding1D', 'ZeroPadding2D', 'Cropping1D', 'Cropping2D', 'UpSampling1D', 'UpSampling2D', 'Resizing'],
  ...Object.keys(inferenceNoOps),
]);
const elementwiseKinds = new Set(['ReLU', 'LeakyReLU', 'ELU', 'PReLU']);
const maxPoolKinds = new Set(['MaxPooling1D', 'MaxPooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D']);

/**
 * The DeepLIFT rule of a step.
 * @throws OPERATION_UNSUPPORTED naming the layer's class if there is no rule.
 */
export function ruleOf(step: Pick<Step, 'kind' | 'activation'>, softmaxRule: SoftmaxRule): Rule {
  if (step.kind === 'Activation' || step.kind === 'Softmax') {
    const activation = step.activation ?? 'softmax';
    if (activation === 'linear') return linearRule;
    if (activation === 'softmax') return ruleOfRows(ofPair[softmaxRule]);
    if (activation === 'log_softmax') return ruleOfRows(logSoftmaxMultipliers);
    if (isElementwise(activation)) return elementwiseRule;
    throw noDeepLift(`the activation ${activation}`);
  }
  if (linearKinds.has(step.kind)) return linearRule;
  if (elementwiseKinds.has(step.kind)) return elementwiseRule;
  if (maxPoolKinds.has(step.kind)) return maxPoolRule;
  throw noDeepLift(`a layer of class ${step.kind}`);
}

/**
 * For steps that are affine in all their inputs together: the gradient, which is the same everywhere. An input that is given
 * twice is cloned; otherwise each of its places would get the gradient of both.
 */
const linearRule: Rule = (tf, step, { inputsR, upstream }) =>
  tf.grads((...inputs: Tensor[]) => step.apply(inputs))(
    inputsR.map((input) => tf.clone(input)),
    upstream,
  );

/** (f(x) − f(r))/(x − r), or f′(r) if x and r are within 1e-6. */
const elementwiseRule: Rule = (tf, step, { inputsX, inputsR, outputX, outputR, upstream }) => {
  const [x, r] = onlyInputs(inputsX, inputsR);
  const delta = tf.sub(x, r);
  const near = tf.less(tf.abs(delta), 1e-6);
  const slope = tf.div(tf.sub(outputX, outputR), tf.where(near, tf.onesLike(delta), delta));
  const derivative = tf.grad((input: Tensor) => step.apply([input]))(r, tf.onesLike(r));
  return [tf.mul(upstream, tf.where(near, derivative, slope))];
};

/**
 * With c = max(y_x, y_r): (c − y_r) goes to x's first maximum and (y_x − c) to r's, both divided by x − r. Nothing goes there if
 * x and r are within 1e-7 (shap, `deep_tf.py`, `maxpool`).
 */
const maxPoolRule: Rule = (tf, step, { inputsX, inputsR, outputX, outputR, upstream }) => {
  const [x, r] = onlyInputs(inputsX, inputsR);
  const route = tf.grad((input: Tensor) => step.apply([input]));
  const larger = tf.maximum(outputX, outputR);
  const tiledX = tf.tile(
    x,
    r.shape.map((extent, axis) => (axis === 0 ? extent : 1)),
  );
  const toX = route(tiledX, tf.mul(upstream, tf.sub(larger, outputR)));
  const toR = route(r, tf.mul(upstream, tf.sub(outputX, larger)));
  const delta = tf.sub(x, r);
  const near = tf.less(tf.abs(delta), 1e-7);
  const quotient = tf.div(tf.add(toX, toR), tf.where(near, tf.onesLike(delta), delta));
  return [tf.where(near, tf.zerosLike(delta), quotient)];
};

const ofPair = { 'log-softmax': softmaxMultipliers, shap: softmaxMultipliersAsShap };

const ruleOfRows =
  (multipliersOf: (pair: SoftmaxPair) => Float64Array): Rule =>
  (tf, _, { inputsX, inputsR, upstream }) => {
    const [x, r] = onlyInputs(inputsX, inputsR);
    if (x.rank !== 2) throw noDeepLift('softmax over positions');
    const [references = 0, classes = 0] = r.shape;
    const valuesX = x.dataSync();
    const valuesR = r.dataSync();
    const valuesUpstream = upstream.dataSync();
    const multipliers = new Float32Array(references * classes);
    for (let start = 0; start < multipliers.length; start += classes) {
      const end = start + classes;
      multipliers.set(
        multipliersOf({ x: valuesX, r: valuesR.subarray(start, end), upstream: valuesUpstream.subarray(start, end) }),
        start,
      );
    }
    return [tf.tensor(multipliers, [references, classes])];
  };

function onlyInputs(inputsX: readonly Tensor[], inputsR: readonly Tensor[]): [x: Tensor, r: Tensor] {
  const [x] = inputsX;
  const [r] = inputsR;
  if (x === undefined || r === undefined) throw new XaigridError('INTERNAL', 'A nonlinear step has one input.');
  return [x, r];
}

/** The error for a model without DeepLIFT. */
export function noDeepLift(what: string): XaigridError {
  return new XaigridError(
    'OPERATION_UNSUPPORTED',
    `DeepLIFT on the engine tensorflow has no rule for ${what}. Use the engine onnxruntime, or the method shap-gradient.`,
  );
}
