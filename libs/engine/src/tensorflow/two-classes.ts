import type { Tensor } from '@tensorflow/tfjs';
import type { KerasSource } from '@xaigrid/graph';
import type { Step } from './step.js';
import type { TensorFlow } from './tensorflow-library.js';

/**
 * The steps that make two classes from a model's one output, `[n, 1]`, which is the log-odds or the probability of class 1: a
 * linear step, which both autodiff and DeepLIFT know, and a sigmoid if there is one. If the model ends in a sigmoid, both classes
 * are computed from its logit, because 1 − p has few digits if p is close to 1.
 */
export function twoClassSteps(tf: TensorFlow, steps: readonly Step[], of: NonNullable<KerasSource['twoClassesOf']>): Step[] {
  const last = steps.at(-1);
  const output = steps.length - 1;
  const logit = of === 'logit' ? output : last?.activation === 'sigmoid' ? last.inputs[0] : undefined;
  if (logit === undefined) {
    return [step('Dense', output, (p) => tf.concat([tf.sub(1, p), p], 1))];
  }
  return [
    step('Dense', logit, (z) => tf.concat([tf.neg(z), z], 1)),
    { ...step('Activation', steps.length, (z) => tf.sigmoid(z)), activation: 'sigmoid' },
  ];
}

function step(kind: string, input: number, apply: (value: Tensor) => Tensor): Step {
  return {
    kind,
    inputs: [input],
    apply: ([value]) => {
      if (value === undefined) throw new TypeError(`A step of kind ${kind} has one input.`);
      return apply(value);
    },
  };
}
