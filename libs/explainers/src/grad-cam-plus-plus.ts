import { z } from 'zod';
import { gradientCam, sumOverPlaces, type CamRule } from './gradient-cam.js';
import { targetParams } from './target.js';
import { weightedSum } from './weighted-feature-maps.js';

/**
 * Grad-CAM++ (Chattopadhay et al. 2018, arXiv:1710.11063): feature maps weighted by w_k = Σ_p α_pk·max(g_pk, 0), with
 * α_pk = g²/(2g² + ΣA_k·g³ + ε) by equation 19, where ΣA_k is the sum of the feature map over its positions, and g = ∂F/∂A.
 * α is 0 where the denominator is 0. The paper differentiates exp(F), whose factor exp(F) is the same for all of a sample
 * and left out here, as in pytorch-grad-cam.
 *
 * Maps are `[n, ...positions]`, without channels; degenerate where nothing is above 0.
 */
export const gradCamPlusPlus = gradientCam({
  method: 'grad-cam-plus-plus',
  title: 'Grad-CAM++',
  summary: 'Grad-CAM with positive gradients only, weighted by their own size (Chattopadhay et al. 2018).',
  source:
    'Chattopadhay et al., Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks, WACV 2018, arXiv:1710.11063, equation 19.',
  relu: true,
  params: (shared) =>
    z.strictObject({
      ...shared,
      epsilon: z.number().min(0).max(1).default(0).meta({
        description:
          'Is added to the denominator of α. The paper has none; pytorch-grad-cam has 1e-6, which outweighs gradients below 1e-3.',
      }),
      ...targetParams,
    }),
  plannedOwn: ({ epsilon }) => ({ epsilon }),
  rule: ({ epsilon }) => gradCamPlusPlusRule(epsilon),
});

export function gradCamPlusPlusRule(epsilon: number): CamRule {
  return (features) => {
    const totals = sumOverPlaces(features, (activation) => activation);
    const weights = sumOverPlaces(features, (_activation, gradient, channel) => {
      if (gradient <= 0) return 0;
      const square = gradient ** 2;
      const denominator = 2 * square + (totals[channel] ?? NaN) * gradient ** 3 + epsilon;
      return denominator === 0 ? 0 : (square / denominator) * gradient;
    });
    return weightedSum(features, weights);
  };
}
