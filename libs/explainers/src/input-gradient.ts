import { XaigridError } from '@xaigrid/contracts';
import type { ReluRule } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from './explainer.js';

/** ∂F/∂x, `[n, ...inputShape]`. @param reluRule what goes back through ReLUs; default: their gradient */
export async function inputGradient(
  engine: Engine,
  { inputs, classes, contrasts, signal }: ExplainRequest,
  reluRule?: ReluRule,
): Promise<Tensor> {
  signal?.throwIfAborted();
  const [result] = await engine.gradient({ inputs, classes, contrasts, wrt: 'input', reluRule });
  if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no input gradient.`);
  return result.gradient;
}
