import { type Target } from '@xaigrid/contracts';
import { noLogits } from '@xaigrid/graph';
import { activationFunction } from './layers/activation-functions.js';
import { inferenceNoOps } from './layers/layout.js';
import { networkOf, type Network } from './network.js';
import type { Step } from './step.js';
import type { TensorFlow } from './tensorflow-library.js';

/** Layers that do not change probabilities. */
const passing = new Set(['Flatten', 'Reshape', 'Permute', ...Object.keys(inferenceNoOps)]);

/**
 * The network with its final activation replaced: by nothing for logits, or by its logarithm.
 * @throws OPERATION_UNSUPPORTED if it does not end in softmax or sigmoid
 */
export function targetNetwork(tf: TensorFlow, network: Network, target: Exclude<Target, 'probability'>): Network {
  const { steps } = network;
  const replaced = new Map<number, string>();
  let last = throughPassing(steps, steps.length - 1);
  // A LogSoftmax, to which an exponential was added.
  if (activationOf(steps[last]) === 'exponential') {
    replaced.set(last, 'linear');
    last = throughPassing(steps, steps[last]?.inputs[0] ?? 0);
  }
  const logarithm = logarithms[activationOf(steps[last]) ?? ''];
  if (logarithm === undefined) throw noLogits(target);
  replaced.set(last, target === 'logit' ? 'linear' : logarithm);
  return networkOf(
    steps.map((step, index) => withActivation(tf, step, replaced.get(index))),
    network.dispose,
  );
}

/** For each final activation: the function from logits to log-probabilities. */
const logarithms: Readonly<Record<string, string>> = {
  softmax: 'log_softmax',
  log_softmax: 'log_softmax',
  sigmoid: 'log_sigmoid',
};

const activationOf = (step: Step | undefined): string | undefined => (step?.kind === 'Softmax' ? 'softmax' : step?.activation);

function throughPassing(steps: readonly Step[], from: number): number {
  let index = from;
  for (let step = steps[index]; step !== undefined && passing.has(step.kind); step = steps[index]) index = step.inputs[0] ?? 0;
  return index;
}

function withActivation(tf: TensorFlow, step: Step, activation: string | undefined): Step {
  const apply = activation === undefined ? undefined : activationFunction(activation);
  if (activation === undefined || apply === undefined) return step;
  return {
    ...step,
    kind: 'Activation',
    activation,
    apply: ([value]) => {
      if (value === undefined) throw new TypeError('An activation has one input.');
      return apply(tf, value);
    },
  };
}
