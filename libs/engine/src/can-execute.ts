import type { EngineName, Target } from '@xaigrid/contracts';
import type { Model, RelevanceRules } from '@xaigrid/graph';

/*
 * The checks of `assert-executable.ts`. That module imports every layer of the engines and every rule of the graph, so it is
 * loaded only when a check is made.
 */

/**
 * Checks whether an engine can execute a model, without loading the engine.
 * @throws OPERATION_UNSUPPORTED as `createEngine` does.
 */
export async function assertExecutable(name: EngineName, model: Model): Promise<void> {
  const module = await import('./assert-executable.js');
  module.assertExecutable(name, model);
}

/**
 * Checks whether the engine has a DeepLIFT rule for every layer or node of the model.
 * @throws OPERATION_UNSUPPORTED as `Engine.deepLift` and the object it returns do.
 */
export async function assertDeepLift(name: EngineName, model: Model, target?: Target): Promise<void> {
  const module = await import('./assert-executable.js');
  module.assertDeepLift(name, model, target);
}

/**
 * Checks whether the engine can give gradients at the biases of the model.
 * @throws OPERATION_UNSUPPORTED as `Engine.biasGradients` does.
 */
export async function assertBiasGradients(name: EngineName, model: Model, target?: Target): Promise<void> {
  const module = await import('./assert-executable.js');
  module.assertBiasGradients(name, model, target);
}

/**
 * Checks whether the engine can propagate relevance from the model's logits to its input.
 * @throws OPERATION_UNSUPPORTED as `Engine.relevance` does.
 */
export async function assertRelevance(name: EngineName, model: Model, rules: RelevanceRules): Promise<void> {
  const module = await import('./assert-executable.js');
  module.assertRelevance(name, model, rules);
}
