import { XaigridError } from '@xaigrid/contracts';
import type { Engine } from '@xaigrid/engine';
import type { Tensor } from '@xaigrid/tensor';
import type { ExplainRequest } from './explainer.js';

/** ∂F/∂x, `[n, ...inputShape]`. */
export async function inputGradient(engine: Engine, { inputs, classes, contrasts, signal }: ExplainRequest): Promise<Tensor> {
  signal?.throwIfAborted();
  const [result] = await engine.gradient({ inputs, classes, contrasts, wrt: 'input' });
  if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no input gradient.`);
  return result.gradient;
}
