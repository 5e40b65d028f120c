import { XaigridError } from '@xaigrid/contracts';
import type { Engine, GradientRequest, LayerGradient } from '@xaigrid/engine';
import type { ExplainRequest } from './explainer.js';

/** The feature maps of a layer and ∂F there, `[n, ...grid, channels]`, or averaged over positions as `reduce` says. */
export async function layerGradient(
  engine: Engine,
  asked: Pick<ExplainRequest, 'inputs' | 'classes' | 'contrasts'> & {
    readonly layer: string;
    readonly reduce?: NonNullable<GradientRequest['reduce']>;
  },
): Promise<LayerGradient> {
  const { inputs, classes, contrasts, layer, reduce = 'none' } = asked;
  const [result] = await engine.gradient({ inputs, classes, contrasts, wrt: [layer], reduce });
  if (result === undefined) throw new XaigridError('INTERNAL', `${engine.name} returned no gradient for layer "${layer}".`);
  return result;
}
