import { z } from 'zod';
import type { Explainer } from './explainer.js';
import { noiseExplainer, noiseParams } from './noisy-copies.js';

const params = z.strictObject({
  ...noiseParams,
  absolute: z.boolean().default(false).meta({
    description: 'Whether it is the variance of the size of the gradient, as NoiseTunnel of Saliency in Captum.',
  }),
});
type Params = z.infer<typeof params>;

/**
 * VarGrad (Adebayo et al. 2018, "Local explanation methods for deep neural networks lack sensitivity to parameter values",
 * arXiv:1810.03307): the variance of the gradient over copies of the sample with Gaussian noise, Σ(g − ḡ)²/draws, or of another
 * map (`of`). Its noise is that of SmoothGrad.
 *
 * Maps are `[n, ...inputShape]`, with channels, or `[n, ...positions]` with the channels added up.
 */
export const varGrad: Explainer<Params> = noiseExplainer<Params>({
  method: 'var-grad',
  title: 'VarGrad',
  version: 1,
  summary: 'The variance of gradients over noisy copies of the sample (Adebayo et al. 2018).',
  source:
    'Adebayo et al., Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter Values, 2018, arXiv:1810.03307.',
  params,
  plannedOwn: ({ absolute }) => ({ absolute }),
  sizes: ({ absolute }) => absolute,
  // Rounding may leave a little less than nothing of equal numbers.
  valueOf: ({ draws }, { sum, square }) => Math.max(0, square / draws - (sum / draws) ** 2),
});
