import { XaigridError, type EngineName, type Target } from '@xaigrid/contracts';
import {
  assertDeepLift as assertDeepLiftOfGraph,
  assertDifferentiable,
  assertRelevance as assertRelevanceOfGraph,
  targetGraph,
  type Model,
  type RelevanceRules,
} from '@xaigrid/graph';
import { noDeepLift, ruleOf } from './tensorflow/deep-lift-rules.js';
import { noBiasGradients } from './tensorflow/no-bias-gradients.js';
import { noRelevance } from './tensorflow/no-relevance.js';
import { prepareTopology } from './tensorflow/prepare-topology.js';

/**
 * Checks whether an engine can execute a model, without loading the engine. Plans call it before anything is computed.
 * @throws OPERATION_UNSUPPORTED as `createEngine` does.
 */
export function assertExecutable(name: EngineName, model: Model): void {
  if (name === 'tensorflow') prepareTopology(kerasOf(model).topology);
}

/**
 * Checks whether the engine has a DeepLIFT rule for every layer or node of the model.
 * @throws OPERATION_UNSUPPORTED as `Engine.deepLift` and the object it returns do.
 */
export function assertDeepLift(name: EngineName, model: Model, target: Target = 'probability'): void {
  if (name === 'onnxruntime') {
    assertDeepLiftOfGraph(targetGraph(model, target));
    return;
  }
  for (const { name: layer, className, config, activation } of prepareTopology(kerasOf(model).topology).layers) {
    if (className === 'InputLayer') continue;
    const own = className === 'Activation' ? { activation: String(config.activation) } : {};
    const steps = [{ kind: className, ...own }, ...(activation === undefined ? [] : [{ kind: 'Activation', activation }])];
    for (const step of steps) {
      ruleOf(step, 'log-softmax');
      const softmax = step.kind === 'Softmax' || ('activation' in step && step.activation === 'softmax');
      const [, ...positions] = model.layers.find((candidate) => candidate.name === layer)?.shape ?? [];
      if (softmax && positions.length > 0) throw noDeepLift('softmax over positions');
    }
  }
}

/**
 * Checks whether the engine can propagate relevance from the model's logits to its input.
 * @throws OPERATION_UNSUPPORTED as `Engine.relevance` does.
 */
export function assertRelevance(name: EngineName, model: Model, rules: RelevanceRules): void {
  if (name === 'tensorflow') throw noRelevance();
  assertRelevanceOfGraph(targetGraph(model, 'logit'), rules);
}

/**
 * Checks whether the engine can give gradients at the biases of the model.
 * @throws OPERATION_UNSUPPORTED as `Engine.biasGradients` does.
 */
export function assertBiasGradients(name: EngineName, model: Model, target: Target = 'probability'): void {
  if (name === 'tensorflow') throw noBiasGradients();
  assertDifferentiable(targetGraph(model, target));
}

/**
 * The model in the form that TensorFlow.js takes.
 * @throws OPERATION_UNSUPPORTED for models that did not come from Keras or TF.js.
 */
export function kerasOf({ keras, format }: Model): NonNullable<Model['keras']> {
  if (keras !== undefined) return keras;
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `The engine tensorflow executes Keras and TF.js models, not models of format ${format}. Use the engine onnxruntime, or give the model as Keras HDF5.`,
  );
}
