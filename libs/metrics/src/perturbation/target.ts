import { targets, XaigridError, type Target } from '@xaigrid/contracts';
import { noLogits, type ModelDescription } from '@xaigrid/engine';
import { outputsOfClasses } from '@xaigrid/tensor';
import { z } from 'zod';
import type { ScoreRequest } from '../metric.js';

export const targetSchema = z.enum(targets).meta({
  description:
    'Which output of the scored class c is read: its probability p_c; its logit z_c, that is what Softmax or the sigmoid is given; or log p_c.',
});

/** The parameter `target` of metrics. */
export const targetParameter = targetSchema.default('probability');

/**
 * Completes a setting that has a target (`settingRules`).
 * @throws OPERATION_UNSUPPORTED if the model has no logits
 */
export function withTarget<One extends { readonly target: Target }>(
  setting: One,
  { logits }: Pick<ModelDescription, 'logits'>,
): One {
  if (setting.target !== 'probability' && logits !== true) throw noLogits(setting.target);
  return setting;
}

/** F(x): the target of the scored class on each whole sample. Probabilities need no further pass. */
export async function wholeOutputs(
  { engine, inputs, predictions, classes }: Pick<ScoreRequest, 'engine' | 'inputs' | 'predictions' | 'classes'>,
  target: Target,
): Promise<Float64Array<ArrayBuffer>> {
  return outputsOfClasses(target === 'probability' ? predictions : await engine.predict(inputs, target), classes);
}

/** F(x) of every target that these settings use. Each is computed once. */
export async function wholeOutputsBy(
  request: Pick<ScoreRequest, 'engine' | 'inputs' | 'predictions' | 'classes'>,
  settings: readonly { readonly target: Target }[],
): Promise<(target: Target) => Float64Array<ArrayBuffer>> {
  const found = new Map<Target, Float64Array<ArrayBuffer>>();
  for (const target of new Set(settings.map((setting) => setting.target))) found.set(target, await wholeOutputs(request, target));
  return (target) => found.get(target) ?? new Float64Array();
}

/** The forward passes per sample of `wholeOutputsBy`. */
export function wholePasses(settings: readonly { readonly target: Target }[]): number {
  return new Set(settings.map(({ target }) => target).filter((target) => target !== 'probability')).size;
}

/**
 * `withTarget` for a definition whose default is logits.
 * @throws OPERATION_UNSUPPORTED if the model has no logits
 */
export function withDefinedTarget<One extends { readonly definition: string; readonly target: Target }>(
  setting: One,
  said: Target | undefined,
  model: Pick<ModelDescription, 'logits'>,
): One {
  if (said !== undefined || setting.target === 'probability' || model.logits === true) return withTarget(setting, model);
  throw new XaigridError(
    'OPERATION_UNSUPPORTED',
    `definition: ${setting.definition} reads logits, and this model gives probabilities of which xaigrid cannot tell what they are made of. Say target: probability, or export the model without its last activation.`,
  );
}
